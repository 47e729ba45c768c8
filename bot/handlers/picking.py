"""From a name, or nothing, to the one integration that is meant."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable

from bot.handlers import overview
from bot.handlers.visit import Visit
from bot.text import text
from bot.views import command as views
from storage.integrations import Integration

Work = Callable[[Visit, Integration], Awaitable[None]]
"""What is done with the integration."""


async def on_named(visit: Visit, name: str, which: str, action_id: str, work: Work) -> None:
    """Do the work on the integration of this name, or the only one; else ask which, with a button each.

    `which` is the last part of the question's text key (`command.which.<which>`).
    """
    offered = await overview.cards(visit)
    if not offered:
        await visit.tell(views.said(visit.t, text("command.none")))
        return
    meant = [one for one in offered if one.name.casefold() == name.casefold()]
    if name and not meant:
        meant = [one for one in offered if name.casefold() in one.name.casefold()]
    if not name:
        meant = offered
    if len(meant) == 1:
        await on_id(visit, meant[0].id, work)
        return
    unmatched = name if name and not meant else None
    if unmatched:
        names = {one.name.casefold(): one for one in offered}
        meant = [names[near] for near in difflib.get_close_matches(name.casefold(), names, n=5, cutoff=0.6)]
    question = text(f"command.which.{which}")
    await visit.tell(views.choose(visit.t, question, action_id, meant or offered, unmatched))


async def on_id(visit: Visit, integration_id: str, work: Work) -> None:
    """Do the work on an integration that a button named, if it is the person's workspace's and still there."""
    one = await overview.integration(visit, integration_id)
    if one is None:
        await visit.tell(views.said(visit.t, text("command.gone")))
        return
    await work(visit, one)
