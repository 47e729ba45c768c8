"""The end of a workspace, or of all that it has entrusted: cut off at once in a breach, or erased altogether."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import audit_upkeep, installations, integrations, kept_plans, runs, workspaces
from storage.clock import utc_now
from storage.database import Database
from storage.errors import NotFound
from storage.integrations import IntegrationState
from storage.models import AccountAssignmentRow, DraftRow, ExpiryRow, IntegrationRow, RunRow, WorkspaceRow, table
from storage.upsert import touched


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """How many of each were erased or ended; `enterprise_id` where an organisation's token may serve the workspace."""

    tokens: int
    integrations: int
    runs: int
    drafts: int
    enterprise_id: str | None


async def cut_off(session: AsyncSession, team_id: str) -> CutOff:
    """Erase every secret of a workspace, end its runs and set-ups, and have its integrations wait for new credentials.

    What was chosen and what happened stays. May be repeated. Raises `NotFound`.
    """
    workspace = await workspaces.get(session, team_id)
    if workspace is None:
        raise NotFound("workspace", team_id)
    tokens = await installations.delete_team(session, team_id)
    await workspaces.forget_source(session, team_id)
    ended = 0
    cut = await integrations.list_for(session, team_id)
    for one in cut:
        await integrations.set_state(session, one.id, IntegrationState.NEEDS_RECONNECT)
        for run in await runs.active(session, one.id):
            await runs.advance(session, run.id, runs.RunState.CANCELLED)
            ended += 1
        await kept_plans.erase(session, one.id)
    rows = table(IntegrationRow)
    await session.execute(sa.update(rows).where(rows.c.team_id == team_id).values(credentials=None))
    drafts = touched(await session.execute(sa.delete(table(DraftRow)).where(DraftRow.team_id == team_id)))
    return CutOff(
        tokens=tokens, integrations=len(cut), runs=ended, drafts=drafts, enterprise_id=workspace.enterprise_id
    )


async def erase(session: AsyncSession, team_id: str) -> int:
    """Erase all of a workspace but its audit; says how many integrations it had, removed ones with them.

    Raises `NotFound`.
    """
    await cut_off(session, team_id)
    for one in await integrations.list_for(session, team_id):
        await integrations.remove(session, one.id)
    # Everything else hangs on these.
    for row in (ExpiryRow, RunRow, AccountAssignmentRow):
        await session.execute(sa.delete(table(row)).where(row.team_id == team_id))
    gone = touched(await session.execute(sa.delete(table(IntegrationRow)).where(IntegrationRow.team_id == team_id)))
    await session.execute(sa.delete(table(WorkspaceRow)).where(WorkspaceRow.team_id == team_id))
    return gone


async def erase_audit(database: Database, team_id: str) -> int:
    """Erase the entries of a workspace's audit; its anchor stays and says that there were some. Says how many."""
    return await audit_upkeep.erase_of(database, team_id, utc_now())
