"""The step "Run integration sync", as a workflow starts it. `bot.notify.workflow_step` answers it when its run is
over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.text import Text, text
from bot.domain.resource import Resource
from bot.handlers.framework.integration_picker import named, unescaped
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.services import Services
from bot.handlers.overview import cards
from bot.handlers.runs.start import no_absence
from bot.jobs.runs.service import RunNotPossible, RunRequest
from bot.locales import LANGUAGES, translator
from bot.notify.workflow_step import CALLBACK_ID, key_of
from bot.providers.registry import main_resource, takes_absence
from bot.slack.roles import Action
from storage import step_runs
from storage.runs import RunKind

INTEGRATION, ABOUT = "integration", "about"
"""The step's inputs, as the manifest names them."""


def register(listeners: AuthorizedListeners) -> None:
    """The step."""
    listeners.step(CALLBACK_ID, start, Action.SYNC, is_begun)


async def is_begun(services: Services, team_id: str, execution_id: str) -> bool:
    """Whether the step has a run. Slack may tell of it again when the person may no more, or the integration is gone:
    the run answers all the same."""
    async with services.database.reading() as session:
        return await step_runs.has_run(session, team_id, key_of(execution_id))


async def start(interaction: Interaction, execution_id: str, inputs: Mapping[str, Any]) -> Text | None:
    """Start the sync of the integration that the workflow names, of employees or of absence; says why it cannot be
    started."""
    name = " ".join(unescaped(str(inputs.get(INTEGRATION) or "")).split())
    offered = await cards.stored(interaction)
    meant = named(offered, name) if name else ()
    if len(meant) != 1:
        known = tuple(each.name for each in offered)
        return text("step.no_such", name=name, known=known) if known else text("command.none")
    said = " ".join(str(inputs.get(ABOUT) or "").split())
    resource = resource_named(said) if said else main_resource(meant[0].provider)
    if resource is None:
        return text("step.no_resource", said=said)
    if resource is Resource.ABSENCE and not takes_absence(meant[0].provider):
        return no_absence(meant[0])
    try:
        await interaction.services.runs.start(
            RunRequest(meant[0].id, RunKind.SYNC, interaction.user_id, key_of(execution_id), resource=resource)
        )
    except RunNotPossible as refused:
        return text("step.not_done", name=meant[0].name, why=refused.text)
    return None


def resource_named(said: str) -> Resource | None:
    """What a word means, in any language that is offered; employees where nothing is said, None for another word."""
    if not said:
        return Resource.EMPLOYEES
    word = said.casefold()
    for resource in Resource:
        names = {translator(language)(f"resource.{resource.value}").casefold() for language in LANGUAGES}
        if word in names | {resource.value}:
            return resource
    return None
