"""When an integration sums itself up: each day, each week or both.

The next one is a column, as with `storage.schedules`; `told` is the digest that was begun last and where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.claim import move_on
from storage.delivery import DeliveryState
from storage.models import DigestRow, table
from storage.upsert import insert


class Period(StrEnum):
    """What a digest sums up."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Weekdays and a wall time in a time zone (IANA). `next_at` is when the next one is due."""

    integration_id: str
    period: Period
    weekdays: tuple[str, ...]
    hour: int
    minute: int
    timezone: str
    next_at: datetime
    told: DeliveryState | None = None


async def replace(session: AsyncSession, integration_id: str, wanted: Sequence[Digest]) -> None:
    """Set an integration's digests, in place of those it had; what was told stays known."""
    kept = [digest.period.value for digest in wanted]
    rows = table(DigestRow)
    await session.execute(sa.delete(rows).where(rows.c.integration_id == integration_id, rows.c.period.not_in(kept)))
    for digest in wanted:
        values = {
            "weekdays": ",".join(digest.weekdays),
            "hour": digest.hour,
            "minute": digest.minute,
            "timezone": digest.timezone,
            "next_at": digest.next_at,
        }
        await session.execute(
            insert(session, rows)
            .values(integration_id=integration_id, period=digest.period.value, **values)
            .on_conflict_do_update(index_elements=["integration_id", "period"], set_=values)
        )


async def get(session: AsyncSession, integration_id: str, period: Period) -> Digest | None:
    """One digest of an integration; None when it is not wanted."""
    row = await session.scalar(sa.select(DigestRow).where(_is(integration_id, period)))
    return _read(row) if row else None


async def due(session: AsyncSession, now: datetime, limit: int = 100) -> Sequence[Digest]:
    """Those whose time has come, earliest first."""
    rows = await session.scalars(
        sa.select(DigestRow)
        .where(DigestRow.next_at <= now)
        .order_by(DigestRow.next_at, DigestRow.integration_id, DigestRow.period)
        .limit(limit)
    )
    return [_read(row) for row in rows]


async def advance(
    session: AsyncSession, integration_id: str, period: Period, expected_next: datetime, new_next: datetime
) -> bool:
    """Move the next one on, if it is still the expected one; False when another replica or a person was first."""
    return await move_on(session, DigestRow.next_at, _is(integration_id, period), expected_next, new_next)


async def note(session: AsyncSession, integration_id: str, period: Period, told: DeliveryState) -> None:
    """Remember which digest is being told, and where."""
    await session.execute(sa.update(table(DigestRow)).where(_is(integration_id, period)).values(told=told.to_json()))


def _is(integration_id: str, period: Period) -> sa.ColumnElement[bool]:
    return sa.and_(DigestRow.integration_id == integration_id, DigestRow.period == period.value)


def _read(row: DigestRow) -> Digest:
    return Digest(
        integration_id=row.integration_id,
        period=Period(row.period),
        weekdays=tuple(filter(None, row.weekdays.split(","))),
        hour=row.hour,
        minute=row.minute,
        timezone=row.timezone,
        next_at=row.next_at,
        told=DeliveryState.from_json(row.told),
    )
