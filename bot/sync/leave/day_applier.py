"""Carries out the steps of one person after the other: note what is begun, write, note what came of it.

Before each write the row is read again, and an intent is kept: whoever is killed between any two calls leaves a key of
unknown outcome, which the next plan settles by what stands in the target. No write is made twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Protocol

from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import CloseReason, DayWrite, RowReference, TargetDay
from bot.domain.leave_ledger import LedgerEntry
from bot.providers.errors import (
    DayClosed,
    ErrorScope,
    ProviderError,
    Rejected,
    RowExists,
    RowGone,
    Unavailable,
    WriteConflict,
)
from bot.providers.kit.one_person import about_one_person
from bot.providers.leave_protocol import LeaveDayTarget
from bot.sync.leave.day_plan import NOTED, WRITTEN, ConflictKind, DayStep, StepKind
from bot.sync.leave.ledger_entries import EntryMaker
from bot.sync.leave.ledger_keys import LedgerKeys


class LedgerJournal(Protocol):
    """Where entries are kept, for good once `append` returns."""

    async def append(self, entries: Sequence[LedgerEntry]) -> None:
        """Keep entries, all or none."""
        ...


class DayOutcomeKind(StrEnum):
    """What became of a step."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    NOTED = "noted"
    HELD = "held"
    CONFLICT = "conflict"
    PARKED = "parked"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOutcome:
    """What became of one step. `reason` is why of HELD and CONFLICT; `error` what the target said of a failure."""

    kind: DayOutcomeKind
    step: DayStep
    reason: str | None = None
    error: ProviderError | None = None


_DONE = {
    StepKind.CREATE: DayOutcomeKind.CREATED,
    StepKind.UPDATE: DayOutcomeKind.UPDATED,
    StepKind.DELETE: DayOutcomeKind.DELETED,
}
_SAID = {
    StepKind.HELD: DayOutcomeKind.HELD,
    StepKind.CONFLICT: DayOutcomeKind.CONFLICT,
    StepKind.PARKED: DayOutcomeKind.PARKED,
}
FIRST_STEP_FAILED = "first_step_failed"
"""A row of the same day could not be taken away, so the one that replaces it waits."""


class DayApplier:
    """Applies plans of days to one target. Raises those provider errors that would meet everybody."""

    def __init__(self, target: LeaveDayTarget, journal: LedgerJournal, keys: LedgerKeys, maker: EntryMaker) -> None:
        self._target, self._journal, self._keys, self._maker = target, journal, keys, maker

    async def apply(self, person: LeavePerson, steps: Sequence[DayStep]) -> list[DayOutcome]:
        """One person's steps in the order of the plan: first what is only noted, then deletes, updates and creates."""
        outcomes = [DayOutcome(kind=_SAID[step.kind], step=step, reason=step.reason) for step in steps
                    if step.kind in _SAID]  # fmt: skip
        noted = [step for step in steps if step.kind in NOTED]
        if noted:
            await self._journal.append([self._maker.noted(step, step.sequence) for step in noted])
            outcomes += [DayOutcome(kind=DayOutcomeKind.NOTED, step=step) for step in noted]
        stuck: set[date] = set()
        for step in steps:
            if step.kind not in WRITTEN:
                continue
            if step.kind is not StepKind.DELETE and step.key.day in stuck:
                outcomes.append(DayOutcome(kind=DayOutcomeKind.HELD, step=step, reason=FIRST_STEP_FAILED))
                continue
            outcome = await self._apply(person, step)
            if step.kind is StepKind.DELETE and outcome.kind is not DayOutcomeKind.DELETED:
                stuck.add(step.key.day)
            outcomes.append(outcome)
        return outcomes

    async def _apply(self, person: LeavePerson, step: DayStep) -> DayOutcome:
        rows = await self._target.read_day(person, step.key)
        row, conflict = _expected(step, rows)
        if conflict is not None:
            if self._stands(step, rows):
                return await self._settled(step, step.sequence, _row(rows))
            return DayOutcome(kind=DayOutcomeKind.CONFLICT, step=step, reason=conflict)
        if row is not None and row.locked and step.reason is None:
            return DayOutcome(kind=DayOutcomeKind.HELD, step=step, reason=CloseReason.ROW)
        # At the version just read: what was planned from is the same row with the same hours.
        step = replace(step, row=row.row if row is not None else None)
        sequence = step.sequence
        await self._journal.append([self._maker.intent(step, sequence)])
        try:
            with about_one_person(f"day {step.kind}", person.employee_id):
                written = await self._write(person, step)
        except Unavailable as error:
            if error.sent:
                return await self._settle(person, step, sequence + 1, error)
            await self._undo(step, sequence + 1)
            raise
        except DayClosed as error:
            await self._undo(step, sequence + 1)
            return DayOutcome(kind=DayOutcomeKind.HELD, step=step, reason=CloseReason.PERIOD, error=error)
        except (RowExists, RowGone, WriteConflict) as error:
            return await self._settle(person, step, sequence + 1, error)
        except ProviderError as error:
            await self._undo(step, sequence + 1)
            if error.scope is ErrorScope.RUN:
                raise
            if step.reason is not None and isinstance(error, Rejected):
                # It was tried though the day is closed, and that is the likeliest reason of a refusal.
                return DayOutcome(kind=DayOutcomeKind.HELD, step=step, reason=step.reason, error=error)
            return DayOutcome(kind=DayOutcomeKind.FAILED, step=step, error=error)
        return await self._settled(step, sequence + 1, written)

    async def _write(self, person: LeavePerson, step: DayStep) -> RowReference | None:
        if step.kind is StepKind.DELETE:
            assert step.row is not None
            await self._target.delete_day(person, step.key, step.row)
            return None
        write = DayWrite(
            person=person,
            key=step.key,
            hours=step.new,
            marker=self._keys.marker(step.hash),
            reference=self._keys.reference(step.hash, step.sequence),
            scheduled=step.scheduled,
            contributors=step.contributors,
        )
        if step.kind is StepKind.CREATE:
            return await self._target.create_day(write)
        assert step.row is not None
        return await self._target.update_day(write, step.row)

    async def _settle(self, person: LeavePerson, step: DayStep, sequence: int, error: ProviderError) -> DayOutcome:
        """Read what stands there now, after a write that nobody knows the end of, or that met another row."""
        try:
            rows = await self._target.read_day(person, step.key)
        except ProviderError:
            return DayOutcome(kind=DayOutcomeKind.UNKNOWN, step=step, error=error)
        if self._stands(step, rows):
            return await self._settled(step, sequence, _row(rows))
        _, conflict = _expected(step, rows)
        if conflict is None:
            await self._undo(step, sequence)
            return DayOutcome(kind=DayOutcomeKind.FAILED, step=step, error=error)
        if not isinstance(error, Unavailable):
            await self._undo(step, sequence)
        return DayOutcome(kind=DayOutcomeKind.CONFLICT, step=step, reason=conflict, error=error)

    def _stands(self, step: DayStep, rows: Sequence[TargetDay]) -> bool:
        """Whether the target has what the step was to bring about."""
        if step.kind is StepKind.DELETE:
            return not rows
        return len(rows) == 1 and rows[0].hours == step.new

    async def _settled(self, step: DayStep, sequence: int, row: RowReference | None) -> DayOutcome:
        await self._journal.append([self._maker.done(step, sequence, row)])
        return DayOutcome(kind=_DONE[step.kind], step=step)

    async def _undo(self, step: DayStep, sequence: int) -> None:
        await self._journal.append([self._maker.undone(step, sequence)])


def _row(rows: Sequence[TargetDay]) -> RowReference | None:
    return rows[0].row if rows else None


def _expected(step: DayStep, rows: Sequence[TargetDay]) -> tuple[TargetDay | None, ConflictKind | None]:
    """The row that the plan was made from, as it stands now; or what has become of it."""
    if step.kind is StepKind.CREATE:
        return None, ConflictKind.SOMEONE_ELSES if rows else None
    named = [row for row in rows if step.row is not None and row.row.target_id == step.row.target_id]
    if not named:
        return None, ConflictKind.EDITED if rows else ConflictKind.REMOVED
    return named[0], ConflictKind.EDITED if named[0].hours != step.old else None
