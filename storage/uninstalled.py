"""Workspaces that have uninstalled the app, and whose secrets are still kept in case they come back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.integrations import ASIDE
from storage.models import AuditRow, InstallationRow, IntegrationRow, WorkspaceRow, table

UNINSTALLED = "app.uninstalled"
"""The action in the audit."""


async def since(session: AsyncSession, before: datetime) -> Sequence[str]:
    """Workspaces that uninstalled the app before a time, have no token since, run nothing, and have secrets left."""
    spaces, one, entry, token = (table(row).c for row in (WorkspaceRow, IntegrationRow, AuditRow, InstallationRow))
    last = sa.select(sa.func.max(entry.at)).where(entry.team_id == spaces.team_id, entry.action == UNINSTALLED)
    of_enterprise = sa.and_(token.team_id == "", token.enterprise_id == sa.func.coalesce(spaces.enterprise_id, "-"))
    served = sa.exists().where(sa.or_(token.team_id == spaces.team_id, of_enterprise))
    mine = one.team_id == spaces.team_id
    at_work = sa.exists().where(mine, one.removed_at.is_(None), one.state.not_in([state.value for state in ASIDE]))
    secret = sa.or_(spaces.source_credentials.is_not(None), sa.exists().where(mine, one.credentials.is_not(None)))
    wanted = sa.select(spaces.team_id).where(last.scalar_subquery() < before, ~served, ~at_work, secret)
    return list(await session.scalars(wanted.order_by(spaces.team_id)))
