"""What is done more rarely: mapping, thresholds, conflicts, history, audit. By word, button, or a card's menu."""

from __future__ import annotations

from collections.abc import Mapping

from bot.handlers.edit import mappings, thresholds
from bot.handlers.framework.integration_picker import Work, on_id, on_named
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners, Handler
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.overview import history
from bot.handlers.runs import decisions
from bot.views.overview.cards import AUDIT, CONFLICTS, HISTORY, MAPPING, MORE, THRESHOLDS


def works(runner: WizardRunner) -> Mapping[str, Work]:
    """What opens each of them, by action id."""
    return {
        MAPPING: mappings.editor(runner),
        THRESHOLDS: thresholds.editor(runner),
        CONFLICTS: decisions.editor(runner),
        HISTORY: history.history,
        AUDIT: history.audited,
    }


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """Their conversations, a button for each, and the menu of all."""
    mappings.register(listeners, runner)
    thresholds.register(runner)
    decisions.register(runner)
    history.register(listeners)
    known = works(runner)
    for action_id, work in known.items():
        listeners.action(action_id, _pressed(work))

    async def chosen(interaction: Interaction) -> None:
        action_id, _, integration_id = interaction.value.partition(":")
        if action_id in known:
            await on_id(interaction, integration_id, known[action_id])

    listeners.action(MORE, chosen)


async def command(interaction: Interaction, runner: WizardRunner, word: str, name: str) -> None:
    """`/integration mapping|thresholds|conflicts|history|audit [name]`."""
    if word == "audit":
        await history.command(interaction, name)
        return
    action_id = f"integration.{word}"
    await on_named(interaction, name, word, action_id, works(runner)[action_id])


def _pressed(work: Work) -> Handler:
    async def pressed(interaction: Interaction) -> None:
        await on_id(interaction, interaction.value, work)

    return pressed
