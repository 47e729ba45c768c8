"""Running copies of the bot and their signs of life, by the clock that all of them share (the database's)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.clock import database_now
from storage.models import ExecutorRow, table
from storage.upsert import insert, touched

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


async def beat(session: AsyncSession, executor_id: str) -> None:
    """Give a sign of life; the first one makes the copy known."""
    now = await database_now(session)
    await session.execute(
        insert(session, table(ExecutorRow))
        .values(executor_id=executor_id, seen_at=now)
        .on_conflict_do_update(index_elements=["executor_id"], set_={"seen_at": now})
    )


async def register_unknown(session: AsyncSession, executor_ids: Iterable[str]) -> int:
    """Make copies known that are not, as if they had given a sign just now; says how many they were."""
    now = await database_now(session)
    known = 0
    for executor_id in executor_ids:
        statement = insert(session, table(ExecutorRow)).values(executor_id=executor_id, seen_at=now)
        known += touched(await session.execute(statement.on_conflict_do_nothing(index_elements=["executor_id"])))
    return known


async def known(session: AsyncSession) -> set[str]:
    """All copies that have given a sign of life and have not been forgotten."""
    return set(await session.scalars(sa.select(ExecutorRow.executor_id)))


async def silent(session: AsyncSession, longer_than: timedelta) -> Sequence[str]:
    """Copies that have given no sign for a while, longest first: they are taken for dead."""
    limit = await database_now(session) - longer_than
    rows = await session.scalars(
        sa.select(ExecutorRow.executor_id)
        .where(ExecutorRow.seen_at < limit)
        .order_by(ExecutorRow.seen_at, ExecutorRow.executor_id)
    )
    return rows.all()


async def retire(session: AsyncSession, executor_id: str) -> None:
    """Say goodbye: the copy counts as silent at once, so that a peer takes over what it leaves."""
    await session.execute(
        sa.update(table(ExecutorRow)).where(ExecutorRow.executor_id == executor_id).values(seen_at=_NEVER)
    )


async def remove(session: AsyncSession, executor_id: str) -> bool:
    """Forget a dead copy once nothing is left of it; False when it was forgotten already."""
    statement = sa.delete(table(ExecutorRow)).where(ExecutorRow.executor_id == executor_id)
    return touched(await session.execute(statement)) > 0
