"""Runs that a step of a workflow has started: told by the end of their ids (`bot.notify.workflow_step.key_of`)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import RunRow, table


async def has_run(session: AsyncSession, team_id: str, key: str) -> bool:
    """Whether a run of the workspace was asked for by this key, however it has ended."""
    rows = table(RunRow).c
    asked = sa.and_(rows.team_id == team_id, rows.id.endswith(f":{key}", autoescape=True))
    return await session.scalar(sa.select(rows.id).where(asked).limit(1)) is not None
