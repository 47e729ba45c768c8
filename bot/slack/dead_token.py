"""What follows from a token that Slack does not take any more: nothing can be reported, so nothing is synced."""

from __future__ import annotations

from storage import audit, installations, integrations, workspaces
from storage.database import Session
from storage.integrations import IntegrationState

ACTOR = "slack"
"""The actor of what Slack did, in the audit."""


async def pause_integrations(session: Session, team_id: str, origin: str) -> int:
    """Pause all integrations of a workspace, and say in the audit where it came from; how many. None is lost."""
    paused = 0
    for one in await integrations.list_for(session, team_id):
        if one.state is not IntegrationState.PAUSED:
            await integrations.set_state(session, one.id, IntegrationState.PAUSED)
            old, new = {"state": one.state.value}, {"state": IntegrationState.PAUSED.value}
            await audit.write(session, team_id, ACTOR, "integration.paused", one.id, old=old, new=new, origin=origin)
            paused += 1
    return paused


async def pause_organisation(session: Session, enterprise_id: str, origin: str) -> int:
    """Pause what an organisation's token alone served: a workspace with a token of its own goes on."""
    paused = 0
    for workspace in await workspaces.of_enterprise(session, enterprise_id):
        if await installations.newest(session, team_id=workspace.team_id, enterprise_id=None) is None:
            paused += await pause_integrations(session, workspace.team_id, origin)
    return paused
