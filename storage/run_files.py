"""Which files in Slack hold what a run has made for one person, so that they can be deleted by the run's id."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import RunFileRow, table
from storage.upsert import insert


async def record(session: AsyncSession, run_id: str, file_id: str) -> None:
    """A file of the run is in Slack; noted twice, it is noted once."""
    statement = insert(session, table(RunFileRow)).values(run_id=run_id, file_id=file_id)
    await session.execute(statement.on_conflict_do_nothing())


async def of_run(session: AsyncSession, run_id: str) -> Sequence[str]:
    """Slack's ids of the run's files."""
    rows = await session.scalars(
        sa.select(RunFileRow.file_id).where(RunFileRow.run_id == run_id).order_by(RunFileRow.file_id)
    )
    return list(rows)
