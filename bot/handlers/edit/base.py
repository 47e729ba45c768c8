"""What the conversations that change an existing integration have in common."""

from __future__ import annotations

from bot.core.text import text
from bot.handlers.framework.draft import Answers
from bot.handlers.framework.interaction import Visit
from bot.handlers.framework.wizard import At
from bot.providers.protocol import Account
from bot.views.blocks import View
from bot.views.edit import saved as views
from storage import integrations, workspaces
from storage.database import Session
from storage.integrations import ASIDE, Integration, IntegrationState

TESTED = frozenset({IntegrationState.TESTED, IntegrationState.LIVE})


async def answers_of(visit: Visit, one: Integration) -> Answers:
    """An integration as the answers that a form begins with; its credentials are not among them."""
    async with visit.services.database.reading() as s:
        workspace = await workspaces.get(s, visit.team_id)
    source = None
    if workspace and workspace.source_account_id:
        source = Account(id=workspace.source_account_id, name=workspace.source_account_name or "")
    state = one.paused_from_state if one.state in ASIDE and one.paused_from_state else one.state
    return Answers(
        tested=state in TESTED,
        base_version=one.version,
        provider=one.provider,
        source_company=source,
        target_company=Account(id=one.target_account_id, name=one.target_account_name, environment=one.environment),
        settings={key: str(value) for key, value in one.settings.items()},
        channel_id=one.channel_id,
        language=one.language,
        name=one.name,
        timezone=visit.member.timezone,
    )


async def unchanged(s: Session, at: At) -> Integration | None:
    """The integration, if nobody has changed it since the form was opened."""
    assert at.draft.integration_id is not None
    one = await integrations.get(s, at.draft.integration_id, team_id=at.visit.team_id)
    return one if one is not None and one.version == at.answers.base_version else None


def overtaken(at: At) -> View:
    """Somebody else was first; nothing is saved."""
    t = at.visit.t
    return views.not_saved(t, text("edit.changed"))


def ended(at: At) -> View:
    """For a second press: it is saved already."""
    t = at.visit.t
    return views.saved(t, text("edit.saved", name=at.answers.name), integration_id=at.answers.finished or "")
