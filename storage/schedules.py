"""When integrations sync by themselves.

The next fire is a column; the tick asks for the rows that are due, starts their runs, and advances each row with a
compare-and-set. Who calculates fires is not storage's affair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.due import move_on
from storage.models import ScheduleRow, table
from storage.upsert import insert, touched


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Weekdays (`mon` ... `sun`) and a wall time in a time zone (IANA), moved by `offset_seconds` to spread the load.

    `next_run_at` is the next fire, offset included. `holidays` is the country (ISO 3166-1 alpha-2) on whose public
    holidays it does not fire; `paused` are the first and the last local day of a pause. A missed fire that is older
    than `late_hours` asks first; None leaves that to the operator.
    """

    integration_id: str
    weekdays: tuple[str, ...]
    hour: int
    minute: int
    timezone: str
    next_run_at: datetime
    offset_seconds: int = 0
    enabled: bool = True
    holidays: str | None = None
    paused: tuple[date, date] | None = None
    late_hours: int | None = None


async def put(s: AsyncSession, schedule: Schedule) -> Schedule:
    """Set an integration's schedule, in place of the one it had."""
    values = {
        "weekdays": ",".join(schedule.weekdays),
        "hour": schedule.hour,
        "minute": schedule.minute,
        "timezone": schedule.timezone,
        "offset_seconds": schedule.offset_seconds,
        "next_run_at": schedule.next_run_at,
        "enabled": schedule.enabled,
        "holidays": schedule.holidays,
        "paused_from": schedule.paused[0] if schedule.paused else None,
        "paused_until": schedule.paused[1] if schedule.paused else None,
        "late_hours": schedule.late_hours,
    }
    await s.execute(
        insert(s, table(ScheduleRow))
        .values(integration_id=schedule.integration_id, **values)
        .on_conflict_do_update(index_elements=["integration_id"], set_=values)
    )
    return schedule


async def get(s: AsyncSession, integration_id: str) -> Schedule | None:
    """The integration's schedule; None when it is started by hand alone."""
    rows = await s.execute(sa.select(table(ScheduleRow)).where(ScheduleRow.integration_id == integration_id))
    row = rows.one_or_none()
    return _read(row) if row else None


async def due(s: AsyncSession, now: datetime, limit: int = 100) -> Sequence[Schedule]:
    """The enabled schedules whose fire has come, earliest first.

    Needs a session that may write. On PostgreSQL they stay locked until it ends, and rows that another replica
    holds are passed over, so that replicas share a rush. That saves work only; what makes a fire happen once is
    the run's id and `advance`.
    """
    rows = await s.scalars(
        sa.select(ScheduleRow)
        .where(ScheduleRow.enabled, ScheduleRow.next_run_at <= now)
        .order_by(ScheduleRow.next_run_at, ScheduleRow.integration_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_read(row) for row in rows]


async def advance(s: AsyncSession, integration_id: str, expected_next: datetime, new_next: datetime) -> bool:
    """Move the next fire on, if it is still the expected one; False when another replica or a person was first."""
    row = ScheduleRow.integration_id == integration_id
    return await move_on(s, ScheduleRow.next_run_at, row, expected_next, new_next)


async def set_enabled(s: AsyncSession, integration_id: str, enabled: bool) -> bool:
    """Turn a schedule on or off without losing it; False when there is none. `advance` it before turning it on."""
    result = await s.execute(
        sa.update(table(ScheduleRow)).where(ScheduleRow.integration_id == integration_id).values(enabled=enabled)
    )
    return touched(result) > 0


async def delete(s: AsyncSession, integration_id: str) -> bool:
    """Remove a schedule; False when there was none."""
    statement = sa.delete(table(ScheduleRow)).where(ScheduleRow.integration_id == integration_id)
    return touched(await s.execute(statement)) > 0


def _read(row: ScheduleRow | sa.Row[Any]) -> Schedule:
    return Schedule(
        integration_id=row.integration_id,
        weekdays=tuple(filter(None, row.weekdays.split(","))),
        hour=row.hour,
        minute=row.minute,
        timezone=row.timezone,
        next_run_at=row.next_run_at,
        offset_seconds=row.offset_seconds,
        enabled=row.enabled,
        holidays=row.holidays,
        paused=(row.paused_from, row.paused_until) if row.paused_from and row.paused_until else None,
        late_hours=row.late_hours,
    )
