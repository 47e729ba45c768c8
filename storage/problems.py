"""What is wrong with whom, and since when: ids and codes, no names. They outlive the outcomes that told of them.

A problem is known by a person's source id and its code. Noting the same run twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

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
    """`since` and `first_run` tell when it was first seen; `solved_run` is the run that found it gone, if one did.

    Until `muted_until`, that day included, it is not told each time; `muted_as` says what it was when that was chosen.
    """

    since: datetime
    first_run: str
    solved_run: str | None = None
    muted_until: date | None = None
    muted_as: str | None = None


async def load(session: AsyncSession, integration_id: str, *, resource: str = EMPLOYEES) -> dict[Key, Problem]:
    """The problems as the last noted run left them: open ones, and those that it found gone."""
    columns = table(ProblemRow).c
    key = sa.tuple_(columns.source_id, columns.code)
    statement = sa.select(columns.source_id, columns.code, columns.since, columns.first_run, columns.solved_run,
                          columns.muted_until, columns.muted_as)  # fmt: skip
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
        for source_id, code, *told in rows:
            after = (source_id, codes.setdefault(code, code))
            problem = Problem(*told)
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
    said: Mapping[Key, str] | None = None,
) -> None:
    """Take over what a run found; a run of some people (`among`) says nothing of the others.

    `said` tells what a problem is now, as `mute` is told: one that was muted as another is a new one.
    """
    own = (integration_id, resource)
    before, now = await load(session, integration_id, resource=resource), frozenset(found)
    open_before = {key for key, problem in before.items() if problem.solved_run is None}
    told_of = None if among is None else frozenset(among)
    other = {key for key in open_before & now if (as_was := before[key].muted_as) and (said or {}).get(key) != as_was}
    gone = {key for key in open_before - now if told_of is None or key[0] in told_of}
    past = {key for key, problem in before.items() if problem.solved_run not in (None, run_id)}
    await _erase(session, own, past)
    await _solve(session, own, gone, run_id)
    await _open(session, own, (now - open_before) | other, run_id, seen_at)


async def mute(
    session: AsyncSession, integration_id: str, source_id: str, said: Mapping[str, str], until: date | None
) -> bool:
    """Mute all that is open of one person until a day, or, without one, tell it again. `said` has what each code is.

    False where something is open that is not in `said`, or nothing is that is: the person has another problem by now.
    """
    open_now = {
        code
        for (whose, code), problem in (await load(session, integration_id)).items()
        if whose == source_id and problem.solved_run is None
    }
    if not open_now or open_now != set(said):
        return False
    for code in sorted(open_now):
        values = {"muted_until": until, "muted_as": said[code] if until else None}
        own = _among((integration_id, EMPLOYEES), [(source_id, code)])
        await session.execute(sa.update(table(ProblemRow)).where(own).values(**values))
    return True


def muted_people(known: Mapping[Key, Problem], day: date) -> dict[str, date]:
    """Source ids of those of whom all that is open is muted on a day, with the last day of the first that ends."""
    found: dict[str, date | None] = {}
    for (source_id, _), problem in known.items():
        if problem.solved_run is None:
            until = problem.muted_until if problem.muted_until and problem.muted_until >= day else None
            before = found.get(source_id, until)
            found[source_id] = min(until, before) if until and before else None
    return {source_id: until for source_id, until in found.items() if until}


async def mutes_anybody(session: AsyncSession, integration_id: str, day: date) -> bool:
    """Whether anything is muted on a day; the problems of an integration that mutes nobody need not be read."""
    columns = table(ProblemRow).c
    muted = sa.exists().where(columns.integration_id == integration_id, columns.muted_until >= day)
    return bool(await session.scalar(sa.select(muted)))


async def _open(
    session: AsyncSession, own: tuple[str, str], keys: Collection[Key], run_id: str, seen_at: datetime
) -> None:
    fresh: dict[str, object] = {"since": seen_at, "first_run": run_id, "solved_run": None}
    fresh |= {"muted_until": None, "muted_as": None}
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
