"""From a name, or nothing, to the one integration that is meant."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Sequence

from bot.core.likeness import folded
from bot.core.text import text
from bot.handlers.framework.interaction import Interaction
from bot.handlers.overview import cards
from bot.views import command as views
from storage.integrations import Integration

Work = Callable[[Interaction, Integration], Awaitable[None]]
"""What is done with the integration."""


async def on_named(interaction: Interaction, name: str, which: str, action_id: str, work: Work) -> None:
    """Do the work on the integration of this name, or the only one; else ask which, with a button each.

    `which` is the last part of the question's text key (`command.which.<which>`).
    """
    offered = await cards.stored(interaction)
    if not offered:
        await interaction.reply(views.said(interaction.t, text("command.none")))
        return
    meant = named(offered, name)
    if len(meant) == 1:
        await work(interaction, meant[0])
        return
    question, unmatched = text(f"command.which.{which}"), name if not meant else None
    choices = await cards.standings(interaction, meant or nearest(offered, name) or offered)
    await interaction.reply(views.choose(interaction.t, question, action_id, choices, unmatched))


def named(offered: Sequence[Integration], name: str) -> Sequence[Integration]:
    """Those of this name, else those of one that is written another way (composed, quoted, by another keyboard), else
    those with it as a part of their own, their company's or their system's name."""
    wanted, alike = name.casefold(), folded(name)
    exactly = [each for each in offered if each.name.casefold() == wanted]
    likely = [each for each in offered if alike and folded(each.name) == alike]
    partly = [each for each in offered if wanted in each.name.casefold() or (alike and alike in folded(each.name))]
    by_company = [each for each in offered if wanted in f"{each.target_account_name} {each.provider}".casefold()]
    return exactly or likely or partly or by_company


def unescaped(said: str) -> str:
    """What somebody has typed for us. Slack may send its three control characters as entities."""
    return said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def nearest(offered: Sequence[Integration], name: str) -> list[Integration]:
    """Those whose name, or a word of it, looks like what was typed."""

    def is_alike(integration: Integration) -> bool:
        own = integration.name.casefold()
        return bool(difflib.get_close_matches(name.casefold(), [own, *own.split()], n=1, cutoff=0.6))

    return [each for each in offered if is_alike(each)]


async def on_id(interaction: Interaction, integration_id: str, work: Work) -> None:
    """Do the work on an integration that a button named, if it is the person's workspace's and still there."""
    integration = await cards.integration(interaction, integration_id)
    if integration is None:
        await interaction.reply(views.said(interaction.t, text("command.gone")))
        return
    await work(interaction, integration)
