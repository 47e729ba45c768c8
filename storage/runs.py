"""Runs: previews and syncs. A run's id is made of its cause, so that the same cause finds the same run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from storage import approval_seal, kept_plans, seals
from storage.clock import utc_now
from storage.delivery import PostedState
from storage.errors import ForbiddenTransition, NotFound, RunEnded, StaleRunState
from storage.model_base import EMPLOYEES
from storage.models import IntegrationRow, RunRow, table
from storage.run_options import NO_OPTIONS, RunOptions
from storage.run_states import ENDED, may_follow
from storage.run_states import RunKind as RunKind
from storage.run_states import RunState as RunState
from storage.upsert import insert, touched
from storage.vault import Vault


class RunTrigger(StrEnum):
    """What started a run."""

    MANUAL = "manual"
    SCHEDULE = "schedule"
    APPROVAL = "approval"


_ONE = sa.select(table(RunRow)).where(table(RunRow).c.id == sa.bindparam("run_id"))
"""Made once, and of the table, not the class: a run is read before each employee, and this costs a third less."""

_ONE_LOCKED = _ONE.with_for_update()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run to be made. `id` names its cause; `slot` is the scheduled time; `options` narrow what it does."""

    id: str
    integration_id: str
    team_id: str
    kind: RunKind
    trigger: RunTrigger
    requested_by: str | None = None
    slot: datetime | None = None
    channel_id: str | None = None
    message_ts: str | None = None
    options: RunOptions = NO_OPTIONS
    resource: str = EMPLOYEES


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run. `counts` go by outcome; `reason` says why it failed; `guard` what it found; `thread` where details are;
    `basis` with what its plan was made (`storage.kept_plans`); `remarks` are told of it as a whole; `turn` is the last
    time that its work was set for because it had to wait, 0 for none."""

    id: str
    integration_id: str
    team_id: str
    kind: RunKind
    trigger: RunTrigger
    requested_by: str | None
    slot: datetime | None
    options: RunOptions
    state: RunState
    reason: Mapping[str, Any] | None
    counts: Mapping[str, int]
    progress_done: int
    progress_total: int | None
    channel_id: str | None
    message_ts: str | None
    thread: PostedState
    guard: Mapping[str, Any] | None
    approved_by: str | None
    approved_at: datetime | None
    expires_at: datetime | None
    cancel_requested_by: str | None
    created_at: datetime
    started_at: datetime | None
    interrupted_at: datetime | None
    finished_at: datetime | None
    basis: int | None = None
    turn: int = 0
    resource: str = EMPLOYEES
    remarks: Sequence[Any] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing follows."""
        return self.state.ended


class RunFields(TypedDict, total=False):
    """What `advance` and `update` can set beside the state."""

    reason: Mapping[str, Any] | None
    counts: Mapping[str, int]
    progress_done: int
    progress_total: int | None
    channel_id: str | None
    message_ts: str | None
    thread: PostedState
    guard: Mapping[str, Any] | None
    expires_at: datetime | None
    interrupted_at: datetime | None
    finished_at: datetime | None
    basis: int | None
    turn: int | None
    remarks: Sequence[Any]


async def create(session: AsyncSession, new: NewRun) -> tuple[Run, bool]:
    """The run of this id, and whether it was made now. The same id twice gives the first run, untouched.

    Raises `NotFound` for a new run of an integration that is unknown or removed.
    """
    existing = await get(session, new.id)
    if existing is not None:
        return existing, False
    living = sa.select(IntegrationRow.id).where(
        IntegrationRow.id == new.integration_id, IntegrationRow.removed_at.is_(None)
    )
    if await session.scalar(living) is None:
        raise NotFound("integration", new.integration_id)
    created = await session.scalar(_insert(session).values(**_values(new)))
    return of_row(await _row(session, new.id)), created is not None


async def create_all(session: AsyncSession, new: Sequence[NewRun]) -> set[str]:
    """Make runs of integrations that the session holds (`storage.integrations.lock_for_update`); ids of those made now:
    the others were there already, and are as they were."""
    if not new:
        return set()
    # In one order everywhere: of two sessions that make the same runs one waits, and never each for the other.
    values = [_values(one) for one in sorted(new, key=lambda one: one.id)]
    return set(await session.scalars(_insert(session), values))


async def queued(session: AsyncSession, run_ids: Collection[str]) -> set[str]:
    """Of these runs, those that have not begun."""
    rows = table(RunRow).c
    return set(
        await session.scalars(sa.select(rows.id).where(rows.id.in_(run_ids), rows.state == RunState.QUEUED.value))
    )


async def get(session: AsyncSession, run_id: str, *, team_id: str | None = None) -> Run | None:
    """One run; None if unknown or of another team than `team_id`."""
    row = (await session.execute(_ONE, {"run_id": run_id})).one_or_none()
    return of_row(row) if row and team_id in (None, row.team_id) else None


async def latest(
    session: AsyncSession,
    integration_id: str,
    kind: RunKind | None = None,
    limit: int = 10,
    *,
    resource: str | None = None,
) -> Sequence[Run]:
    """The integration's newest runs, newest first, of one resource if it is given."""
    wanted: list[sa.ColumnElement[bool]] = [RunRow.integration_id == integration_id]
    if kind is not None:
        wanted.append(RunRow.kind == kind.value)
    wanted += [RunRow.resource == resource] if resource is not None else []
    newest = sa.select(RunRow).where(*wanted).order_by(RunRow.created_at.desc(), RunRow.id.desc()).limit(limit)
    return [of_row(row) for row in await session.scalars(newest)]


async def active(session: AsyncSession, integration_id: str | None = None) -> Sequence[Run]:
    """Runs that have not ended, of one integration or of all, oldest first."""
    wanted: list[sa.ColumnElement[bool]] = [RunRow.state.not_in([state.value for state in ENDED])]
    if integration_id is not None:
        wanted.append(RunRow.integration_id == integration_id)
    found = sa.select(RunRow).where(*wanted).order_by(RunRow.created_at, RunRow.id)
    return [of_row(row) for row in await session.scalars(found)]


async def working(session: AsyncSession, integration_id: str) -> Sequence[Run]:
    """Runs of an integration whose work is not over, oldest first: one that is only being told of holds up nobody."""
    return [run for run in await active(session, integration_id) if run.state is not RunState.REPORTING]


async def unended(session: AsyncSession, before: datetime, limit: int, *, after: Run | None = None) -> Sequence[Run]:
    """Runs that were made before a time and have not ended, oldest first; those that follow `after` in this order."""
    rows = table(RunRow).c
    wanted = [rows.state.not_in([state.value for state in ENDED]), rows.created_at < before]
    if after is not None:
        same_time = sa.and_(rows.created_at == after.created_at, rows.id > after.id)
        wanted.append(sa.or_(rows.created_at > after.created_at, same_time))
    found = sa.select(table(RunRow)).where(*wanted).order_by(rows.created_at, rows.id).limit(limit)
    return [of_row(row) for row in await session.execute(found)]


async def between(session: AsyncSession, integration_id: str, since: datetime, until: datetime) -> Sequence[Run]:
    """Runs that ended from `since` on and before `until`, oldest first."""
    rows = await session.scalars(
        sa.select(RunRow)
        .where(
            RunRow.integration_id == integration_id,
            RunRow.state.in_([state.value for state in ENDED]),
            RunRow.finished_at >= since,
            RunRow.finished_at < until,
        )
        .order_by(RunRow.finished_at, RunRow.id)
    )
    return [of_row(row) for row in rows]


async def expired_approvals(session: AsyncSession, now: datetime, limit: int = 100) -> Sequence[Run]:
    """Runs that waited for an approval until their time was over."""
    over = sa.and_(RunRow.state == RunState.WAITING_APPROVAL.value, RunRow.expires_at <= now)
    wanted = sa.select(RunRow).where(over).order_by(RunRow.expires_at).limit(limit)
    return [of_row(row) for row in await session.scalars(wanted)]


async def advance(
    session: AsyncSession,
    run_id: str,
    state: RunState,
    *,
    expected: Collection[RunState] | None = None,
    **fields: Unpack[RunFields],
) -> Run:
    """Move a run to a state, as `storage.run_states.ALLOWED` has it. Ending it erases its plan with it, but for the
    latest preview's (`storage.kept_plans`).

    `expected` are the states in which the caller takes the run to be. To the state in which it already is, is allowed,
    for a step that is done twice. Raises `RunEnded` when it ended otherwise, `StaleRunState` when it is in none of
    `expected`, `ForbiddenTransition`, and `NotFound`.
    """
    row = await _row(session, run_id, lock=True)
    before = RunState(row.state)
    if before.ended and before is not state:
        raise RunEnded(run_id, before)
    if expected is not None and before not in expected:
        raise StaleRunState(run_id, before)
    if not may_follow(before, state):
        raise ForbiddenTransition(run_id, before, state)
    now = utc_now()
    values = _plain(fields) | {"state": state.value}
    if state is not RunState.QUEUED and row.started_at is None:
        values["started_at"] = now
    if state.ended and row.finished_at is None:
        values["finished_at"] = now
    await kept_plans.follow(session, row, state)
    return await _set(session, run_id, values)


async def update(session: AsyncSession, run_id: str, **fields: Unpack[RunFields]) -> Run:
    """Note something about a run, whatever its state. Raises `NotFound`."""
    return await _set(session, run_id, _plain(fields))


async def approve(session: AsyncSession, run_id: str, user_id: str, now: datetime | None = None) -> Run | None:
    """Record and seal who approved a waiting run; None when it does not wait, was approved, or its time is over.

    Raises what `approval_seal.record` raises.
    """
    now = now or utc_now()
    rows = table(RunRow).c
    waits = sa.and_(rows.id == run_id, rows.state == RunState.WAITING_APPROVAL.value, rows.approved_by.is_(None))
    open_still = sa.and_(rows.cancel_requested_by.is_(None), sa.or_(rows.expires_at.is_(None), rows.expires_at > now))
    approved = sa.update(table(RunRow)).where(waits, open_still).values(approved_by=user_id, approved_at=now, turn=None)
    run = await _if_touched(session, run_id, approved)
    if run is not None:
        await approval_seal.record(session, run_id, run.team_id, user_id, run.approved_at)
    return run


async def request_cancel(session: AsyncSession, run_id: str, user_id: str) -> Run | None:
    """Record who asked first to stop a run; None when it has ended, or someone had asked."""
    return await _if_touched(
        session,
        run_id,
        sa.update(table(RunRow))
        .where(
            RunRow.id == run_id,
            RunRow.state.not_in([state.value for state in ENDED]),
            RunRow.cancel_requested_by.is_(None),
        )
        .values(cancel_requested_by=user_id),
    )


async def keep_refusal(session: AsyncSession, vault: Vault, run_id: str, words: str) -> None:
    """Keep the words in which somebody refused a run; sealed, as people's names may be in them."""
    team_id = await seals.team_of_run(session, run_id)
    await _set(session, run_id, {"refusal": seals.REFUSAL.seal(vault, team_id, {"id": run_id}, words)})


async def refusal(session: AsyncSession, vault: Vault, run_id: str) -> str | None:
    """The words in which the run was refused, if there are any. Raises `WrongOwner`, `Unreadable`."""
    rows = table(RunRow).c
    found = (
        await session.execute(sa.select(rows.id, rows.team_id, rows.refusal).where(rows.id == run_id))
    ).one_or_none()
    if found is None or found.refusal is None:
        return None
    return str(seals.REFUSAL.open(vault, found.team_id, found._mapping, found.refusal))


async def erase_refusals(session: AsyncSession, before: datetime) -> int:
    """Erase the words of runs that ended before a time; says how many."""
    rows = table(RunRow)
    old = sa.and_(rows.c.refusal.is_not(None), rows.c.finished_at < before)
    return touched(await session.execute(sa.update(rows).where(old).values(refusal=None)))


def _insert(session: AsyncSession) -> ReturningInsert[tuple[str]]:
    return insert(session, table(RunRow)).on_conflict_do_nothing(index_elements=["id"]).returning(table(RunRow).c.id)


def _values(new: NewRun) -> dict[str, Any]:
    return {
        "id": new.id,
        "integration_id": new.integration_id,
        "team_id": new.team_id,
        "kind": new.kind.value,
        "trigger": new.trigger.value,
        "requested_by": new.requested_by,
        "slot": new.slot,
        "options": new.options.to_json(),
        "state": RunState.QUEUED.value,
        "counts": {},
        "progress_done": 0,
        "channel_id": new.channel_id,
        "message_ts": new.message_ts,
        "created_at": utc_now(),
        "resource": new.resource,
    }


def _plain(fields: RunFields) -> dict[str, Any]:
    plain = {key: dict(value) if isinstance(value, Mapping) else value for key, value in fields.items()}
    return plain | ({"thread": fields["thread"].to_json()} if "thread" in fields else {})


async def _if_touched(session: AsyncSession, run_id: str, statement: sa.Update) -> Run | None:
    return of_row(await _row(session, run_id)) if touched(await session.execute(statement)) else None


async def _set(session: AsyncSession, run_id: str, values: Mapping[str, Any]) -> Run:
    if not values:
        return of_row(await _row(session, run_id))
    statement = sa.update(table(RunRow)).where(RunRow.id == run_id).values(**values).returning(table(RunRow))
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("run", run_id)
    return of_row(row)


async def _row(session: AsyncSession, run_id: str, *, lock: bool = False) -> sa.Row[Any]:
    if (row := (await session.execute(_ONE_LOCKED if lock else _ONE, {"run_id": run_id})).one_or_none()) is None:
        raise NotFound("run", run_id)
    return row


def of_row(row: RunRow | sa.Row[Any]) -> Run:
    """A run as its row says."""
    return Run(
        id=row.id,
        integration_id=row.integration_id,
        team_id=row.team_id,
        kind=RunKind(row.kind),
        trigger=RunTrigger(row.trigger),
        requested_by=row.requested_by,
        slot=row.slot,
        options=RunOptions.from_json(row.options),
        state=RunState(row.state),
        reason=row.reason,
        counts=dict(row.counts),
        progress_done=row.progress_done,
        progress_total=row.progress_total,
        channel_id=row.channel_id,
        message_ts=row.message_ts,
        thread=PostedState.from_json(row.thread),
        guard=row.guard,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        expires_at=row.expires_at,
        cancel_requested_by=row.cancel_requested_by,
        created_at=row.created_at,
        started_at=row.started_at,
        interrupted_at=row.interrupted_at,
        finished_at=row.finished_at,
        basis=row.basis,
        turn=row.turn or 0,
        resource=row.resource,
        remarks=tuple(row.remarks or ()),
    )
