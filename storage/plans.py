"""Plans: what an unfinished run will do, sealed, one change per person; erased when the run ends.

The changes go in first, in chunks, each a transaction of its own if the caller likes, and the header last: a plan
exists once its header does, so one that was half written when the bot was killed is never taken for a whole one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import plan_differences, seals
from storage.clock import utc_now
from storage.database import Database
from storage.errors import PlanTaken
from storage.json_codec import Json
from storage.models import PlanChangeRow, PlanRow, RunRow, table
from storage.plan_digest import PlanDigest
from storage.upsert import CHUNK, chunked, insert, touched
from storage.vault import Vault

NewChange: TypeAlias = tuple[str, str, Json]
"""Person key (the source's id), kind of change, and the change itself, which is sealed."""

START = -1
"""The position before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """A change of a plan. `position` is its place in the plan, from 0; `change` is private."""

    position: int
    person_key: str
    kind: str
    change: Any = field(repr=False)
    applied: bool


async def store(session: AsyncSession, vault: Vault, run_id: str, header: Json, changes: Iterable[NewChange]) -> int:
    """Keep a plan in one transaction, in place of the run's earlier one; says how many changes it has.

    For more than some thousand changes use `store_large`, which lets other writers in between.
    """
    await erase(session, run_id)
    size, digest = 0, PlanDigest()
    for chunk in chunked(digest.counted(changes)):
        await append(session, vault, run_id, size, chunk)
        size += len(chunk)
    await complete(session, vault, run_id, header, size, digest.of(header))
    return size


async def store_large(database: Database, run_id: str, maker: str, header: Json, changes: Iterable[NewChange]) -> int:
    """Like `store`, with a transaction for each chunk, so that nobody waits for a plan of 100,000 changes.

    Raises `PlanTaken`, and leaves the plan as it is, once another maker than this one has begun (`begin`).
    """
    digest = PlanDigest()
    parts = chunked(digest.counted(changes))
    first = next(parts, ())
    async with database.session() as session:
        await require(session, run_id, maker)
        if len(first) < CHUNK:
            return await store(session, database.vault, run_id, header, first)
        await erase(session, run_id)
        await append(session, database.vault, run_id, 0, first)
    size = len(first)
    for chunk in parts:
        async with database.session() as session:
            await require(session, run_id, maker)
            await append(session, database.vault, run_id, size, chunk)
        size += len(chunk)
    async with database.session() as session:
        await require(session, run_id, maker)
        await complete(session, database.vault, run_id, header, size, digest.of(header))
    return size


async def begin(session: AsyncSession, run_id: str, maker: str) -> None:
    """From now on this maker makes the run's plan, and nobody who began before may store any more of theirs."""
    await session.execute(sa.update(table(RunRow)).where(RunRow.id == run_id).values(planner=maker))


async def require(session: AsyncSession, run_id: str, maker: str) -> None:
    """Keep others from beginning until the transaction ends. Raises `PlanTaken` when one has begun."""
    found = await session.scalar(sa.select(table(RunRow).c.planner).where(RunRow.id == run_id).with_for_update())
    if found != maker:
        raise PlanTaken(run_id)


async def append(session: AsyncSession, vault: Vault, run_id: str, start: int, changes: Sequence[NewChange]) -> None:
    """Write changes at the positions from `start` on; the same positions again are replaced."""
    if not changes:
        return
    team_id = await seals.team_of_run(session, run_id)
    rows = table(PlanChangeRow)
    statement = insert(session, rows)
    replaced = {name: statement.excluded[name] for name in ("person_key", "kind", "sealed", "applied")}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["run_id", "position"], set_=replaced),
        [
            row | {"sealed": seals.CHANGE.seal(vault, team_id, row, change), "applied": False}
            for row, change in (
                ({"run_id": run_id, "position": position, "person_key": person_key, "kind": kind}, change)
                for position, (person_key, kind, change) in enumerate(changes, start)
            )
        ],
    )


async def complete(
    session: AsyncSession, vault: Vault, run_id: str, header: Json, size: int, digest: str | None = None
) -> None:
    """Write the header and the digest (`storage.plan_digest`), which make the plan whole."""
    team_id = await seals.team_of_run(session, run_id)
    key = {"run_id": run_id, "size": size}
    values = {
        "sealed": seals.PLAN.seal(vault, team_id, key, header),
        "digest": None if digest is None else seals.PLAN_DIGEST.seal(vault, team_id, key, digest),
        "size": size,
        "created_at": utc_now(),
    }
    await session.execute(
        insert(session, table(PlanRow))
        .values(run_id=run_id, **values)
        .on_conflict_do_update(index_elements=["run_id"], set_=values)
    )


async def header(session: AsyncSession, vault: Vault, run_id: str) -> Any:
    """The plan's header; None when there is no whole plan. Raises `WrongOwner`, `Unreadable`."""
    rows = table(PlanRow)
    wanted = sa.select(rows.c.run_id, rows.c.size, rows.c.sealed, seals.PLAN.team.label("team"))
    found = (await session.execute(wanted.where(rows.c.run_id == run_id))).one_or_none()
    return None if found is None else seals.PLAN.open(vault, found.team, found._mapping, found.sealed)


async def counts(session: AsyncSession, run_id: str) -> dict[str, int]:
    """How many changes of each kind the plan has."""
    rows = await session.execute(
        sa.select(PlanChangeRow.kind, sa.func.count())
        .where(PlanChangeRow.run_id == run_id)
        .group_by(PlanChangeRow.kind)
    )
    return dict(rows.all())


async def pending(
    session: AsyncSession, vault: Vault, run_id: str, limit: int, *, kinds: Collection[str]
) -> Sequence[PlannedChange]:
    """The first changes of these kinds, in the plan's order, that are not applied yet."""
    rows = list(await session.execute(_pending(tuple(kinds)), {"run": run_id, "most": limit}))
    rows.sort(key=lambda row: row.position)
    return [_read(vault, row) for row in rows[:limit]]


async def page(
    session: AsyncSession,
    vault: Vault,
    run_id: str,
    kinds: Collection[str] | None = None,
    offset: int = 0,
    limit: int = 100,
) -> Sequence[PlannedChange]:
    """A part of the plan, in its order, of these kinds if given."""
    statement = _changes(run_id) if kinds is None else _changes(run_id).where(PlanChangeRow.kind.in_(kinds))
    rows = await session.execute(statement.limit(limit).offset(offset))
    return [_read(vault, row) for row in rows]


async def following(
    session: AsyncSession, vault: Vault, run_id: str, after: int = START, kinds: Collection[str] | None = None
) -> Sequence[PlannedChange]:
    """The next some hundred changes of the plan, of these kinds if given, after those up to a position."""
    wanted = _changes(run_id).where(PlanChangeRow.position > after)
    if kinds is not None:
        wanted = wanted.where(PlanChangeRow.kind.in_(kinds))
    return [_read(vault, row) for row in await session.execute(wanted.limit(CHUNK))]


async def of_people(
    session: AsyncSession, vault: Vault, run_id: str, person_keys: Collection[str]
) -> dict[str, PlannedChange]:
    """What the plan says of some people, by person key; those whom it does not know are left out."""
    rows = await session.execute(_changes(run_id).where(PlanChangeRow.person_key.in_(person_keys)))
    return {row.person_key: _read(vault, row) for row in rows}


async def mark_applied(session: AsyncSession, run_id: str, positions: Collection[int]) -> int:
    """Note that changes were dealt with; says how many were not before."""
    marked = 0
    for chunk in chunked(positions):
        marked += touched(
            await session.execute(
                sa.update(table(PlanChangeRow))
                .where(
                    PlanChangeRow.run_id == run_id,
                    PlanChangeRow.position.in_(chunk),
                    PlanChangeRow.applied.is_(False),
                )
                .values(applied=True)
            )
        )
    return marked


async def erase(session: AsyncSession, run_id: str) -> None:
    """Erase a plan. `runs.advance` does so when a run ends."""
    await session.execute(sa.delete(table(PlanRow)).where(PlanRow.run_id == run_id))
    await session.execute(sa.delete(table(PlanChangeRow)).where(PlanChangeRow.run_id == run_id))
    await plan_differences.erase(session, run_id)


@cache
def _pending(kinds: tuple[str, ...]) -> sa.CompoundSelect[Any]:
    # A query per kind goes straight to the first row in the index; one over all kinds would pass all that is applied.
    pending = _changes(sa.bindparam("run", type_=sa.String)).where(PlanChangeRow.applied == sa.false())
    most = sa.bindparam("most", type_=sa.Integer)
    by_kind = (pending.where(PlanChangeRow.kind == kind).limit(most).subquery() for kind in kinds)
    return sa.union_all(*(sa.select(found) for found in by_kind))


def _changes(run_id: str | sa.BindParameter[str]) -> sa.Select[Any]:
    columns = table(PlanChangeRow).c
    return (
        sa.select(
            columns.run_id,
            columns.position,
            columns.person_key,
            columns.kind,
            columns.sealed,
            columns.applied,
            seals.CHANGE.team.label("team"),
        )
        .where(columns.run_id == run_id)
        .order_by(columns.position)
    )


def _read(vault: Vault, row: sa.Row[Any]) -> PlannedChange:
    return PlannedChange(
        position=row.position,
        person_key=row.person_key,
        kind=row.kind,
        change=seals.CHANGE.open(vault, row.team, row._mapping, row.sealed),
        applied=row.applied,
    )
