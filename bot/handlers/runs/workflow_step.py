"""The step "Run integration sync", as a workflow starts it. `bot.notify.workflow_step` answers it when its run is
over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.text import Text, text
from bot.handlers.framework.integration_picker import named
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.overview import cards
from bot.jobs.runs.service import RunNotPossible, RunRequest
from bot.notify.workflow_step import CALLBACK_ID, key_of
from bot.providers.registry import main_resource
from bot.slack.roles import Action
from storage.runs import RunKind

INTEGRATION = "integration"


def register(listeners: AuthorizedListeners) -> None:
    """The step."""
    listeners.step(CALLBACK_ID, start, Action.SYNC)


async def start(interaction: Interaction, execution_id: str, inputs: Mapping[str, Any]) -> Text | None:
    """Start the sync of the integration that the workflow names; says why it cannot be started."""
    name = " ".join(str(inputs.get(INTEGRATION) or "").split())
    offered = await cards.stored(interaction)
    meant = named(offered, name) if name else ()
    if len(meant) != 1:
        known = tuple(each.name for each in offered)
        return text("step.no_such", name=name, known=known) if known else text("command.none")
    about, key = main_resource(meant[0].provider), key_of(execution_id)
    try:
        await interaction.services.runs.start(
            RunRequest(meant[0].id, RunKind.SYNC, interaction.user_id, key, resource=about)
        )
    except RunNotPossible as refused:
        return text("step.not_done", name=meant[0].name, why=refused.text)
    return None
