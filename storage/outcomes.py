"""Outcomes: what became of each person in a run. Names and details are sealed under the run; all go after a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import run_words, seals
from storage.clock import utc_now
from storage.json_codec import storable
from storage.models import IntegrationRow, RunRow, table
from storage.models import OutcomeRow as Row
from storage.upsert import CHUNK, chunked, insert, touched
from storage.vault import Vault

UNSETTLED = "unknown"
"""The one kind that a later outcome of the same run may replace: a read has settled it."""

START = -1
"""The position before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOutcome:
    """One person's outcome. `position` is that of their change in the plan.

    `fields` and `findings` are codes. `person_name` and `detail` are sealed; `created_at` is set by `record`.
    """

    position: int
    source_id: str
    person_number: str
    kind: str
    person_name: str = field(default="", repr=False)
    fields: Sequence[str] = ()
    findings: Sequence[str] = ()
    target_id: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict, repr=False)
    created_at: datetime | None = None


async def record(session: AsyncSession, vault: Vault, run_id: str, outcomes: Sequence[StoredOutcome]) -> None:
    """Keep outcomes. A position that has one keeps it, unless it was `unknown`: what happened first is what is true."""
    now = utc_now()
    statement = insert(session, table(Row))
    settled = ("source_id", "person_number", "kind", "fields", "findings", "target_id", "sealed", "created_at")
    keep_first = statement.on_conflict_do_update(
        index_elements=["run_id", "position"],
        set_={name: statement.excluded[name] for name in settled},
        where=Row.kind == UNSETTLED,
    )
    team_id = await seals.team_of_run(session, run_id) if outcomes else ""
    for chunk in chunked(outcomes):
        await session.execute(
            keep_first,
            [_values(vault, team_id, run_id, outcome) | {"created_at": now} for outcome in chunk],
        )


async def counts(session: AsyncSession, run_id: str) -> dict[str, int]:
    """How many outcomes of each kind the run has."""
    rows = await session.execute(sa.select(Row.kind, sa.func.count()).where(Row.run_id == run_id).group_by(Row.kind))
    return dict(rows.all())


async def page(
    session: AsyncSession,
    vault: Vault,
    run_id: str,
    kinds: Collection[str] | None = None,
    offset: int = 0,
    limit: int = 100,
) -> Sequence[StoredOutcome]:
    """A part of the outcomes, in the plan's order, of these kinds if given."""
    rows = await session.execute(_wanted(run_id, kinds).limit(limit).offset(offset))
    return [_read(vault, row) for row in rows]


async def stream(
    session: AsyncSession, vault: Vault, run_id: str, kinds: Collection[str] | None = None
) -> AsyncIterator[Sequence[StoredOutcome]]:
    """All outcomes in the plan's order, some hundred at a time, for lists of any length."""
    after = START
    while part := await following(session, vault, run_id, after, kinds):
        yield part
        after = part[-1].position


async def following(
    session: AsyncSession, vault: Vault, run_id: str, after: int = START, kinds: Collection[str] | None = None
) -> Sequence[StoredOutcome]:
    """The next some hundred outcomes in the plan's order, after those up to a position; none when there are no more."""
    rows = await session.execute(_wanted(run_id, kinds).where(Row.position > after).limit(CHUNK))
    return [_read(vault, row) for row in rows]


async def of_people(
    session: AsyncSession, vault: Vault, run_id: str, source_ids: Collection[str], kinds: Collection[str]
) -> Sequence[StoredOutcome]:
    """The outcomes of some people, if they are of these kinds."""
    found: list[StoredOutcome] = []
    for chunk in chunked(sorted(source_ids)):
        rows = await session.execute(_wanted(run_id, kinds).where(Row.source_id.in_(chunk)))
        found += [_read(vault, row) for row in rows]
    return found


async def all(session: AsyncSession, vault: Vault, run_id: str) -> Sequence[StoredOutcome]:  # noqa: A001
    """All outcomes in the plan's order. For long lists take `stream`."""
    return [outcome async for part in stream(session, vault, run_id) for outcome in part]


async def erase_older(session: AsyncSession, before: datetime, limit: int | None = None) -> int:
    """Erase outcomes from before a time, at most `limit` of them, so that nobody waits for many; says how many."""
    rows = table(Row)
    statement = sa.delete(rows).where(rows.c.created_at < before)
    if limit is not None:
        key = (rows.c.run_id, rows.c.position)
        oldest = sa.select(*key).where(rows.c.created_at < before).order_by(rows.c.created_at).limit(limit)
        statement = sa.delete(rows).where(sa.tuple_(*key).in_(oldest))
    return touched(await session.execute(statement))


async def erase_sooner(session: AsyncSession, now: datetime) -> int:
    """Erase outcomes, and the words of people and systems, of integrations that keep them for a shorter time; says how
    many outcomes."""
    erased = 0
    shorter = sa.select(IntegrationRow.retention_days).where(IntegrationRow.retention_days.is_not(None)).distinct()
    for days in list(await session.scalars(shorter)):
        before = now - timedelta(days=days or 0)
        own = sa.select(IntegrationRow.id).where(IntegrationRow.retention_days == days)
        own_runs = sa.select(RunRow.id).where(RunRow.integration_id.in_(own))
        rows, words = table(Row), table(RunRow)
        old = sa.and_(rows.c.created_at < before, rows.c.run_id.in_(own_runs))
        erased += touched(await session.execute(sa.delete(rows).where(old)))
        said = sa.and_(words.c.refusal.is_not(None), words.c.finished_at < before, words.c.integration_id.in_(own))
        await session.execute(sa.update(words).where(said).values(refusal=None))
        await run_words.erase(session, before, of=own)
    return erased


def _wanted(run_id: str, kinds: Collection[str] | None) -> sa.Select[Any]:
    # Columns, not objects: the session would hold on to 100,000 of them.
    statement = (
        sa.select(*table(Row).c, seals.OUTCOME.team.label("team")).where(Row.run_id == run_id).order_by(Row.position)
    )
    return statement if kinds is None else statement.where(Row.kind.in_(kinds))


def _values(vault: Vault, team_id: str, run_id: str, outcome: StoredOutcome) -> dict[str, Any]:
    key = {
        "run_id": run_id,
        "position": outcome.position,
        "source_id": outcome.source_id,
        "kind": outcome.kind,
    }
    return key | {
        "person_number": storable(outcome.person_number),
        "fields": list(outcome.fields),
        "findings": list(outcome.findings),
        "target_id": outcome.target_id and storable(outcome.target_id),
        "sealed": seals.OUTCOME.seal(vault, team_id, key, [outcome.person_name, outcome.detail]),
    }


def _read(vault: Vault, row: Any) -> StoredOutcome:
    person_name, detail = seals.OUTCOME.open(vault, row.team, row._mapping, row.sealed)
    return StoredOutcome(
        position=row.position,
        source_id=row.source_id,
        person_number=row.person_number,
        kind=row.kind,
        person_name=person_name,
        fields=tuple(row.fields),
        findings=tuple(row.findings),
        target_id=row.target_id,
        detail=detail,
        created_at=row.created_at,
    )
