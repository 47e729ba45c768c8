"""What an overview shows of many integrations, each kind of it in one statement however many they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import runs
from storage.model_base import EMPLOYEES
from storage.models import ExpiryRow, IntegrationRow, LeaveFileRow, ProblemRow, RunRow, ScheduleRow, table
from storage.run_states import ENDED, RunKind
from storage.runs import Run
from storage.schedules import Schedule
from storage.schedules import of_row as schedule_of_row

_ENDED = [state.value for state in ENDED]


async def active(session: AsyncSession, team_id: str) -> dict[str, list[Run]]:
    """A workspace's runs that have not ended, oldest first, by their integrations' ids."""
    rows = table(RunRow)
    wanted = sa.select(rows).where(rows.c.team_id == team_id, rows.c.state.not_in(_ENDED))
    found = await session.execute(wanted.order_by(rows.c.created_at, rows.c.id))
    return _by_integration([runs.of_row(row) for row in found])


async def last_ended(session: AsyncSession, team_id: str, resource: str) -> dict[str, Run]:
    """The newest run of a resource that ended, for each integration of a workspace that has one; files for a person
    aside."""
    rows, own = table(RunRow), table(IntegrationRow).c
    # One look into the index for each integration: of its hundreds of runs none but the newest are touched.
    newest = (
        sa.select(rows.c.id)
        .where(rows.c.integration_id == own.id, rows.c.resource == resource, rows.c.kind != RunKind.FILE.value)
        .where(rows.c.state.in_(_ENDED), rows.c.finished_at.is_not(None))
        .order_by(rows.c.created_at.desc(), rows.c.id.desc())
        .limit(1)
        .correlate(table(IntegrationRow))
        .scalar_subquery()
    )
    chosen = sa.select(newest.label("id")).where(own.team_id == team_id, own.removed_at.is_(None)).subquery()
    found = await session.execute(sa.select(rows).join(chosen, rows.c.id == chosen.c.id))
    return {row.integration_id: runs.of_row(row) for row in found}


async def latest_syncs(
    session: AsyncSession, integration_ids: Collection[str], resource: str, number: int
) -> dict[str, list[Run]]:
    """The newest syncs of a resource of each of some integrations, `number` at most, newest first."""
    rows = table(RunRow)
    newest_first = (rows.c.created_at.desc(), rows.c.id.desc())
    place = sa.func.row_number().over(partition_by=rows.c.integration_id, order_by=newest_first)
    syncs = sa.and_(rows.c.kind == RunKind.SYNC.value, rows.c.resource == resource)
    ranked = sa.select(rows.c.id, place.label("place")).where(rows.c.integration_id.in_(integration_ids), syncs)
    chosen = ranked.subquery()
    wanted = sa.select(rows).join(chosen, rows.c.id == chosen.c.id).where(chosen.c.place <= number)
    return _by_integration([runs.of_row(row) for row in await session.execute(wanted.order_by(*newest_first))])


async def credentials_until(session: AsyncSession, team_id: str) -> dict[str, date]:
    """The last day of a workspace's credentials, by integration, that of the source under `SOURCE`; as far as told."""
    rows = table(ExpiryRow).c
    found = await session.execute(sa.select(rows.integration_id, rows.until).where(rows.team_id == team_id))
    return {row.integration_id: row.until for row in found}


async def files_in(session: AsyncSession, team_id: str, states: Collection[str]) -> dict[str, int]:
    """How many files of absence are in one of the states, by integration; those without any are left out."""
    rows = table(LeaveFileRow).c
    counted = sa.select(rows.integration_id, sa.func.count().label("number")).where(
        rows.team_id == team_id, rows.state.in_(states)
    )
    return {row.integration_id: row.number for row in await session.execute(counted.group_by(rows.integration_id))}


async def muted_people(session: AsyncSession, team_id: str, day: date) -> dict[str, int]:
    """How many people are muted on a day, by integration: those of whom all that is open is.

    `problems.muted_people` finds the same in what is loaded.
    """
    rows, own = table(ProblemRow).c, table(IntegrationRow).c
    muted = sa.and_(rows.muted_until.is_not(None), rows.muted_until >= day)
    ours = sa.select(own.id).where(own.team_id == team_id, own.removed_at.is_(None))
    any_muted = sa.select(rows.integration_id).where(rows.integration_id.in_(ours), muted).distinct()
    people = (
        sa.select(rows.integration_id)
        .where(rows.integration_id.in_(any_muted), rows.resource == EMPLOYEES, rows.solved_run.is_(None))
        .group_by(rows.integration_id, rows.source_id)
        .having(sa.func.count() == sa.func.sum(sa.case((muted, 1), else_=0)))
        .subquery()
    )
    counted = sa.select(people.c.integration_id, sa.func.count().label("number")).group_by(people.c.integration_id)
    return {row.integration_id: row.number for row in await session.execute(counted)}


async def schedules_of(session: AsyncSession, integration_ids: Collection[str]) -> dict[tuple[str, str], Schedule]:
    """The schedules of some integrations, by id and resource."""
    rows = table(ScheduleRow)
    found = await session.execute(sa.select(rows).where(rows.c.integration_id.in_(integration_ids)))
    return {(row.integration_id, row.resource): schedule_of_row(row) for row in found}


def _by_integration(found: Sequence[Run]) -> dict[str, list[Run]]:
    sorted_out: dict[str, list[Run]] = {}
    for run in found:
        sorted_out.setdefault(run.integration_id, []).append(run)
    return sorted_out
