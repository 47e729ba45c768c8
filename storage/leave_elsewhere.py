"""What other integrations of a workspace and environment that were not removed have of somebody's leave in payroll."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.leave_ledger import DAY, PERIOD
from storage.models import IntegrationRow, LeaveEntryRow, PersonRow, table
from storage.upsert import chunked

_STANDS = ("delivered", "closed", "released", "unknown")
"""States after which something may stand in payroll."""


async def sent_elsewhere(
    session: AsyncSession, integration_id: str, employee_ids: Iterable[str], first: date, last: date
) -> set[tuple[str, date]]:
    """Days of these people, both ends included, that another integration of the workspace has in payroll, or may have:
    one of the same environment that was not removed."""
    columns = table(LeaveEntryRow).c
    wanted = [columns.unit == DAY, columns.day.between(first, last), *_stands_elsewhere(integration_id)]
    found: set[tuple[str, date]] = set()
    for chunk in chunked(employee_ids):
        rows = await session.execute(
            sa.select(columns.employee_id, columns.day).where(*wanted, columns.employee_id.in_(chunk))
        )
        found |= {(employee_id, day) for employee_id, day in rows}
    return found


async def absences_elsewhere(
    session: AsyncSession, integration_id: str, employee_ids: Iterable[str]
) -> set[tuple[str, str]]:
    """Leaves of absence as (employee, leave) that another integration has in payroll, or may have; as above."""
    columns = table(LeaveEntryRow).c
    found: set[tuple[str, str]] = set()
    for chunk in chunked(employee_ids):
        rows = await session.execute(
            sa.select(columns.employee_id, columns.contributors).where(
                columns.unit == PERIOD, columns.employee_id.in_(chunk), *_stands_elsewhere(integration_id)
            )
        )
        found |= {(employee_id, parents[0]) for employee_id, parents in rows if parents}
    return found


async def known_elsewhere(
    session: AsyncSession, integration_id: str, employee_ids: Collection[str]
) -> dict[str, dict[str, date]]:
    """Which of these people another integration of the workspace has in its payroll system, and until which day at
    least, by that integration: one of the same environment that was not removed, which has found or made them there
    (until it saw them last), or has sent leave of theirs (until its last day)."""
    entries, persons = table(LeaveEntryRow).c, table(PersonRow).c
    found: dict[str, dict[str, date]] = {}
    for chunk in chunked(employee_ids):
        seen = await session.execute(
            sa.select(persons.integration_id, persons.source_id, persons.seen_at).where(
                persons.integration_id.in_(_others(integration_id)),
                persons.source_id.in_(chunk),
                persons.target_id.is_not(None),
            )
        )
        signs = [(other, employee_id, seen_at.date()) for other, employee_id, seen_at in seen]
        sent = await session.execute(
            sa.select(entries.integration_id, entries.employee_id, sa.func.max(entries.day))
            .where(entries.employee_id.in_(chunk), *_stands_elsewhere(integration_id))
            .group_by(entries.integration_id, entries.employee_id)
        )
        for other, employee_id, day in [*signs, *sent]:
            known = found.setdefault(other, {})
            known[employee_id] = max(known.get(employee_id, day), day)
    return found


def _others(integration_id: str) -> sa.Select[tuple[str]]:
    """Integrations of the same workspace and environment that were not removed, but for one."""
    there = table(IntegrationRow).c
    own = sa.select(there.team_id, there.environment).where(there.id == integration_id).subquery()
    return (
        sa.select(there.id)
        .join(own, sa.and_(own.c.team_id == there.team_id, own.c.environment == there.environment))
        .where(there.id != integration_id, there.removed_at.is_(None))
    )


def _stands_elsewhere(integration_id: str) -> list[sa.ColumnElement[bool]]:
    """That an entry is the latest of its key in another integration, and that something may stand in payroll by it."""
    columns, newer = table(LeaveEntryRow).c, table(LeaveEntryRow).alias()
    overtaken = sa.exists().where(
        newer.c.integration_id == columns.integration_id,
        newer.c.key == columns.key,
        newer.c.sequence > columns.sequence,
    )
    return [
        columns.integration_id.in_(_others(integration_id)), columns.content != "", columns.state.in_(_STANDS),
        ~overtaken,
    ]  # fmt: skip
