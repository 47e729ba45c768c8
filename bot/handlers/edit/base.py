"""What the conversations that change an existing integration have in common."""

from __future__ import annotations

from typing import TypeVar

from bot.core.text import text
from bot.handlers.framework.draft import WizardState
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.wizard import StepContext
from bot.handlers.shared.drafts import IntegrationDraft
from bot.providers.protocol import Account
from bot.views.blocks import View
from bot.views.edit import saved as views
from storage import integrations, workspaces
from storage.database import Session
from storage.errors import ChoicesAltered
from storage.integrations import ASIDE, Integration, IntegrationState

D = TypeVar("D", bound=WizardState)

TESTED = frozenset({IntegrationState.TESTED, IntegrationState.LIVE})


async def answers_of(form: type[D], interaction: Interaction, integration: Integration) -> D:
    """An integration as the answers that a form begins with; its credentials are not among them.

    Of what is known of it, a form takes the fields that it has.
    """
    async with interaction.services.database.reading() as session:
        workspace = await workspaces.get(session, interaction.team_id)
    source = None
    if workspace and workspace.source_account_id:
        source = Account(id=workspace.source_account_id, name=workspace.source_account_name or "")
    state = (
        integration.paused_from_state
        if integration.state in ASIDE and integration.paused_from_state
        else integration.state
    )
    return form.model_validate(
        {
            "tested": state in TESTED,
            "base_version": integration.version,
            "provider": integration.provider,
            "source_company": source,
            "target_company": Account(
                id=integration.target_account_id,
                name=integration.target_account_name,
                environment=integration.environment,
            ),
            "settings": {key: str(value) for key, value in integration.settings.items()},
            "channel_id": integration.channel_id,
            "language": integration.language,
            "name": integration.name,
            "timezone": interaction.member.timezone,
        }
    )


async def unchanged(session: Session, context: StepContext[WizardState]) -> Integration | None:
    """The integration, if nobody has changed it since the form was opened. What somebody has changed in the database is
    put back, and so was changed."""
    assert context.draft.integration_id is not None
    integration = await integrations.get(session, context.draft.integration_id, team_id=context.interaction.team_id)
    if integration is None or integration.version != context.answers.base_version:
        return None
    try:
        return None if await integrations.put_back(session, integration.id) else integration
    except ChoicesAltered:  # the next run says so, and what to do
        return None


def overtaken(context: StepContext[WizardState]) -> View:
    """Somebody else was first; nothing is saved."""
    t = context.interaction.t
    return views.not_saved(t, text("edit.changed"))


def ended(context: StepContext[IntegrationDraft]) -> View:
    """For a second press: it is saved already."""
    t = context.interaction.t
    return views.saved(t, text("edit.saved", name=context.answers.name), integration_id=context.answers.finished or "")
