"""Records that have done their service: runs that are long over, and what is known of people who are long gone."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage import verdicts
from storage.model_base import EMPLOYEES
from storage.models import IntegrationRow, PersonRow, ProblemRow, ResolutionRow, RunRow, table
from storage.run_states import ENDED

AT_ONCE = 500
"""Rows in one statement: nobody waits long for it."""


async def erase_runs(session: AsyncSession, before: datetime, limit: int = AT_ONCE) -> int:
    """Erase runs that ended before a time, with all that hangs on them; says how many, `limit` at most.

    The last run of each kind stays, however old: it says how an integration stands.
    """
    newer = aliased(RunRow)
    follows = sa.exists().where(
        newer.integration_id == RunRow.integration_id,
        newer.kind == RunRow.kind,
        newer.resource == RunRow.resource,
        newer.created_at > RunRow.created_at,
        newer.state.in_([state.value for state in ENDED]),
    )
    old = (
        sa.select(RunRow.id)
        .where(RunRow.state.in_([state.value for state in ENDED]), RunRow.finished_at < before, follows)
        .order_by(RunRow.finished_at)
        .limit(limit)
    )
    found = list(await session.scalars(old))
    if found:
        await session.execute(sa.delete(table(RunRow)).where(table(RunRow).c.id.in_(found)))
    return len(found)


async def forget_people(session: AsyncSession, kept: timedelta, limit: int = AT_ONCE) -> int:
    """Erase what is known of people whom comparisons of everyone have not met for so long; says how many.

    What counts is the time of an integration's last comparison of everyone: while it rests, nobody becomes a stranger.
    """
    integrations = await session.execute(sa.select(IntegrationRow.id, IntegrationRow.full_compare_at))
    forgotten = 0
    for integration_id, compared in integrations.all():
        if compared is None:
            continue
        unseen = sa.select(PersonRow.source_id).where(
            PersonRow.integration_id == integration_id,
            PersonRow.resource == EMPLOYEES,
            PersonRow.seen_at < compared - kept,
        )
        found = list(await session.scalars(unseen.limit(limit - forgotten)))
        for row in (PersonRow, ProblemRow, ResolutionRow) if found else ():
            columns = table(row).c
            await session.execute(
                sa.delete(table(row)).where(columns.integration_id == integration_id, columns.source_id.in_(found))
            )
        if found:
            await verdicts.erase(session, integration_id)
        forgotten += len(found)
        if forgotten >= limit:
            break
    return forgotten
