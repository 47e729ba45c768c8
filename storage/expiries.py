"""Until when credentials are good, where somebody has told us, and when the next warning of it is due.

A row belongs to an integration's target, or with `integration_id` "" to the workspace's source. `told` is the warning
that was begun last and whom it has reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.claim import move_on
from storage.delivery import DeliveryState
from storage.models import ExpiryRow, table
from storage.upsert import insert

SOURCE = ""
"""In place of an integration's id: the source that all integrations of a workspace share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """`until` is the last day on which the credentials are good; `warn_at` is None once the last warning was given."""

    team_id: str
    integration_id: str
    until: date
    warn_at: datetime | None
    told: DeliveryState | None = None


async def replace(session: AsyncSession, team_id: str, integration_id: str, wanted: Expiry | None) -> None:
    """Keep the day of credentials that were just entered, in place of the former ones' day; None where none is told."""
    rows = table(ExpiryRow)
    await session.execute(sa.delete(rows).where(_is(team_id, integration_id)))
    if wanted is not None:
        await session.execute(
            insert(session, rows).values(
                team_id=team_id, integration_id=integration_id, until=wanted.until, warn_at=wanted.warn_at
            )
        )


async def get(session: AsyncSession, team_id: str, integration_id: str) -> Expiry | None:
    """The day of one integration's target, or of the source; None where nobody told it."""
    row = await session.scalar(sa.select(ExpiryRow).where(_is(team_id, integration_id)))
    return _read(row) if row else None


async def due(session: AsyncSession, now: datetime, limit: int = 100) -> Sequence[Expiry]:
    """Those to be warned of, the most overdue first."""
    rows = await session.scalars(
        sa.select(ExpiryRow)
        .where(ExpiryRow.warn_at <= now)
        .order_by(ExpiryRow.warn_at, ExpiryRow.team_id, ExpiryRow.integration_id)
        .limit(limit)
    )
    return [_read(row) for row in rows]


async def advance(session: AsyncSession, seen: Expiry, warn_at: datetime | None) -> bool:
    """Move the next warning on, if all is still as it was seen; False when another replica or a person was first."""
    as_seen = sa.and_(_is(seen.team_id, seen.integration_id), ExpiryRow.until == seen.until)
    return await move_on(session, ExpiryRow.warn_at, as_seen, seen.warn_at, warn_at)


async def note(session: AsyncSession, team_id: str, integration_id: str, told: DeliveryState) -> None:
    """Remember which warning is being given, and whom it has reached."""
    await session.execute(sa.update(table(ExpiryRow)).where(_is(team_id, integration_id)).values(told=told.to_json()))


def _is(team_id: str, integration_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(ExpiryRow.team_id == team_id, ExpiryRow.integration_id == integration_id)


def _read(row: ExpiryRow) -> Expiry:
    return Expiry(
        team_id=row.team_id,
        integration_id=row.integration_id,
        until=row.until,
        warn_at=row.warn_at,
        told=DeliveryState.from_json(row.told),
    )
