"""What is wrong with whom, and since when: ids and codes, no names. They outlive the outcomes that told of them.

A problem is known by a person's source id and its code. Noting the same run twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.model_base import EMPLOYEES
from storage.models import ProblemRow, table
from storage.upsert import chunked, insert

_PAGE = 1_000

Key = tuple[str, str]
"""Source id and code."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`since` and `first_run` tell when it was first seen; `solved_run` is the run that found it gone, if one did."""

    since: datetime
    first_run: str
    solved_run: str | None = None


async def load(session: AsyncSession, integration_id: str, *, resource: str = EMPLOYEES) -> dict[Key, Problem]:
    """The problems as the last noted run left them: open ones, and those that it found gone."""
    columns = table(ProblemRow).c
    key = sa.tuple_(columns.source_id, columns.code)
    statement = sa.select(columns.source_id, columns.code, columns.since, columns.first_run, columns.solved_run)
    known: dict[Key, Problem] = {}
    same: dict[Problem, Problem] = {}
    codes: dict[str, str] = {}
    after: Key = ("", "")
    while True:
        # By key, a page at a time, so that nobody waits for 100,000; and what one run found has one story in memory.
        page = await session.execute(
            statement.where(columns.integration_id == integration_id, columns.resource == resource, key > after)
            .order_by(columns.source_id, columns.code)
            .limit(_PAGE)
        )
        rows = page.all()
        for source_id, code, since, first, solved in rows:
            after = (source_id, codes.setdefault(code, code))
            problem = Problem(since, first, solved)
            known[after] = same.setdefault(problem, problem)
        if len(rows) < _PAGE:
            return known


async def note(
    session: AsyncSession,
    integration_id: str,
    run_id: str,
    found: Collection[Key],
    seen_at: datetime,
    *,
    among: Collection[str] | None = None,
    resource: str = EMPLOYEES,
) -> None:
    """Take over what a run found; a run of some people (`among`) says nothing of the others."""
    own = (integration_id, resource)
    before, now = await load(session, integration_id, resource=resource), frozenset(found)
    open_before = {key for key, problem in before.items() if problem.solved_run is None}
    told_of = None if among is None else frozenset(among)
    gone = {key for key in open_before - now if told_of is None or key[0] in told_of}
    past = {key for key, problem in before.items() if problem.solved_run not in (None, run_id)}
    await _erase(session, own, past)
    await _solve(session, own, gone, run_id)
    await _open(session, own, now - open_before, run_id, seen_at)


async def _open(
    session: AsyncSession, own: tuple[str, str], keys: Collection[Key], run_id: str, seen_at: datetime
) -> None:
    fresh = {"since": seen_at, "first_run": run_id, "solved_run": None}
    statement = insert(session, table(ProblemRow)).on_conflict_do_update(
        index_elements=["integration_id", "resource", "source_id", "code"], set_=fresh
    )
    for chunk in chunked(sorted(keys)):
        rows = [
            {"integration_id": own[0], "resource": own[1], "source_id": source_id, "code": code} | fresh
            for source_id, code in chunk
        ]
        await session.execute(statement, rows)


async def _solve(session: AsyncSession, own: tuple[str, str], keys: Collection[Key], run_id: str) -> None:
    for chunk in chunked(sorted(keys)):
        await session.execute(sa.update(table(ProblemRow)).where(_among(own, chunk)).values(solved_run=run_id))


async def _erase(session: AsyncSession, own: tuple[str, str], keys: Collection[Key]) -> None:
    for chunk in chunked(sorted(keys)):
        await session.execute(sa.delete(table(ProblemRow)).where(_among(own, chunk)))


def _among(own: tuple[str, str], keys: Collection[Key]) -> sa.ColumnElement[bool]:
    columns = table(ProblemRow).c
    ours = sa.and_(columns.integration_id == own[0], columns.resource == own[1])
    return sa.and_(ours, sa.tuple_(columns.source_id, columns.code).in_(keys))
