"""What is done more rarely: mapping, thresholds, conflicts, history, audit. By word, button, or a card's menu."""

from __future__ import annotations

from collections.abc import Mapping

from bot.handlers.edit import mappings, thresholds
from bot.handlers.framework.integration_picker import Work, on_id, on_named
from bot.handlers.framework.interaction import Visit
from bot.handlers.framework.listeners import Guarded, Handler
from bot.handlers.framework.wizard_runner import Flows
from bot.handlers.overview import history
from bot.handlers.runs import decisions
from bot.views.overview.cards import AUDIT, CONFLICTS, HISTORY, MAPPING, MORE, THRESHOLDS


def works(flows: Flows) -> Mapping[str, Work]:
    """What opens each of them, by action id."""
    return {
        MAPPING: mappings.editor(flows),
        THRESHOLDS: thresholds.editor(flows),
        CONFLICTS: decisions.editor(flows),
        HISTORY: history.history,
        AUDIT: history.audited,
    }


def register(guarded: Guarded, flows: Flows) -> None:
    """Their conversations, a button for each, and the menu of all."""
    mappings.register(guarded, flows)
    thresholds.register(flows)
    decisions.register(flows)
    history.register(guarded)
    known = works(flows)
    for action_id, work in known.items():
        guarded.action(action_id, _pressed(work))

    async def chosen(visit: Visit) -> None:
        action_id, _, integration_id = visit.value.partition(":")
        if action_id in known:
            await on_id(visit, integration_id, known[action_id])

    guarded.action(MORE, chosen)


async def command(visit: Visit, flows: Flows, word: str, name: str) -> None:
    """`/integration mapping|thresholds|conflicts|history|audit [name]`."""
    if word == "audit":
        await history.command(visit, name)
        return
    action_id = f"integration.{word}"
    await on_named(visit, name, word, action_id, works(flows)[action_id])


def _pressed(work: Work) -> Handler:
    async def pressed(visit: Visit) -> None:
        await on_id(visit, visit.value, work)

    return pressed
