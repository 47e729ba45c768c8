"""From a name, or nothing, to the one integration that is meant."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Sequence

from bot.core.text import text
from bot.handlers.framework.interaction import Interaction
from bot.handlers.overview import cards
from bot.views import command as views
from bot.views.overview.cards import Card
from storage.integrations import Integration

Work = Callable[[Interaction, Integration], Awaitable[None]]
"""What is done with the integration."""


async def on_named(interaction: Interaction, name: str, which: str, action_id: str, work: Work) -> None:
    """Do the work on the integration of this name, or the only one; else ask which, with a button each.

    `which` is the last part of the question's text key (`command.which.<which>`).
    """
    offered = await cards.cards(interaction)
    if not offered:
        await interaction.reply(views.said(interaction.t, text("command.none")))
        return
    meant = named(offered, name)
    if len(meant) == 1:
        await on_id(interaction, meant[0].id, work)
        return
    question, unmatched = text(f"command.which.{which}"), name if not meant else None
    await interaction.reply(
        views.choose(interaction.t, question, action_id, meant or nearest(offered, name) or offered, unmatched)
    )


def named(offered: Sequence[Card], name: str) -> Sequence[Card]:
    """Those of this name, else those with it as a part of their own, their company's or their system's name."""
    wanted = name.casefold()
    exactly = [card for card in offered if card.name.casefold() == wanted]
    partly = [card for card in offered if wanted in card.name.casefold()]
    by_company = [card for card in offered if wanted in f"{card.company} {card.provider}".casefold()]
    return exactly or partly or by_company


def nearest(offered: Sequence[Card], name: str) -> list[Card]:
    """Those whose name, or a word of it, looks like what was typed."""

    def is_alike(card: Card) -> bool:
        own = card.name.casefold()
        return bool(difflib.get_close_matches(name.casefold(), [own, *own.split()], n=1, cutoff=0.6))

    return [card for card in offered if is_alike(card)]


async def on_id(interaction: Interaction, integration_id: str, work: Work) -> None:
    """Do the work on an integration that a button named, if it is the person's workspace's and still there."""
    integration = await cards.integration(interaction, integration_id)
    if integration is None:
        await interaction.reply(views.said(interaction.t, text("command.gone")))
        return
    await work(interaction, integration)
