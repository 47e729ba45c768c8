"""When integrations sync by themselves.

The next fire is a column; the tick asks for the rows that are due, starts their runs, and advances the rows with a
compare-and-set. Who calculates fires is not storage's affair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.model_base import EMPLOYEES
from storage.models import ScheduleRow, table
from storage.upsert import insert, touched


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Weekdays (`mon` ... `sun`) and a wall time in a time zone (IANA), moved by `offset_seconds` to spread the load.

    `next_run_at` is the next fire, offset included. `holidays` is the country (ISO 3166-1 alpha-2) on whose public
    holidays it does not fire; `paused` are the first and the last local day of a pause. A missed fire that is older
    than `late_hours` asks first; None leaves that to the operator. `changed_by` is the Slack user id of who has changed
    it last. An integration has at most one for each resource.
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
    changed_by: str | None = None
    resource: str = EMPLOYEES


async def put(session: AsyncSession, schedule: Schedule) -> Schedule:
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
        "changed_by": schedule.changed_by,
    }
    await session.execute(
        insert(session, table(ScheduleRow))
        .values(integration_id=schedule.integration_id, resource=schedule.resource, **values)
        .on_conflict_do_update(index_elements=["integration_id", "resource"], set_=values)
    )
    return schedule


async def get(session: AsyncSession, integration_id: str, *, resource: str = EMPLOYEES) -> Schedule | None:
    """The integration's schedule; None when it is started by hand alone."""
    rows = await session.execute(sa.select(table(ScheduleRow)).where(_own(integration_id, resource)))
    row = rows.one_or_none()
    return of_row(row) if row else None


async def due(
    session: AsyncSession,
    now: datetime,
    limit: int = 100,
    *,
    after: Schedule | None = None,
    resource: str = EMPLOYEES,
) -> Sequence[Schedule]:
    """A resource's enabled schedules whose fire has come, earliest first; with `after`, those that follow it in this
    order."""
    rows = table(ScheduleRow).c
    wanted: list[sa.ColumnElement[bool]] = [rows.enabled, rows.next_run_at <= now, rows.resource == resource]
    if after is not None:
        same_time = sa.and_(rows.next_run_at == after.next_run_at, rows.integration_id > after.integration_id)
        wanted.append(sa.or_(rows.next_run_at > after.next_run_at, same_time))
    order = (rows.next_run_at, rows.integration_id)
    found = await session.execute(sa.select(table(ScheduleRow)).where(*wanted).order_by(*order).limit(limit))
    return [of_row(row) for row in found]


async def lock_for_update(session: AsyncSession, seen: Sequence[Schedule]) -> list[Schedule]:
    """Of schedules that were seen, those that are the same still, and stay so until the session ends.

    Needs a session that may write. A schedule that another session holds is passed over: whoever waits for one while
    holding others can come to wait for a session that waits for them. On PostgreSQL replicas so share a rush; what
    makes a fire happen once is the run's id and `advance`.
    """
    columns = table(ScheduleRow).c
    wanted = sa.tuple_(columns.integration_id, columns.resource).in_([_key(one) for one in seen])
    rows = await session.execute(sa.select(table(ScheduleRow)).where(wanted).with_for_update(skip_locked=True))
    found = {_key(row): of_row(row) for row in rows}
    return [one for one in seen if found.get(_key(one)) == one]


async def advance(session: AsyncSession, moves: Sequence[tuple[Schedule, datetime]]) -> int:
    """Move the next fires on, each if its schedule is the one that was seen; says how many.

    Another replica or a person was first with the others, or is about to be.
    """
    same = {_key(one) for one in await lock_for_update(session, [seen for seen, _ in moves])}
    values = [
        {"moved": seen.integration_id, "about": seen.resource, "expected": seen.next_run_at, "following": following}
        for seen, following in moves
        if _key(seen) in same
    ]
    if not values:
        return 0
    rows = table(ScheduleRow)
    statement = (
        sa.update(rows)
        .where(
            rows.c.integration_id == sa.bindparam("moved"),
            rows.c.resource == sa.bindparam("about"),
            rows.c.next_run_at == sa.bindparam("expected"),
        )
        .values(next_run_at=sa.bindparam("following"))
    )
    return touched(await session.execute(statement, values))


async def delete(session: AsyncSession, integration_id: str, *, resource: str = EMPLOYEES) -> bool:
    """Remove a schedule; False when there was none."""
    statement = sa.delete(table(ScheduleRow)).where(_own(integration_id, resource))
    return touched(await session.execute(statement)) > 0


def _own(integration_id: str, resource: str) -> sa.ColumnElement[bool]:
    columns = table(ScheduleRow).c
    return sa.and_(columns.integration_id == integration_id, columns.resource == resource)


def _key(row: Schedule | ScheduleRow | sa.Row[Any]) -> tuple[str, str]:
    return row.integration_id, row.resource


def of_row(row: ScheduleRow | sa.Row[Any]) -> Schedule:
    """A schedule as its row says."""
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
        changed_by=row.changed_by,
        resource=row.resource,
    )
