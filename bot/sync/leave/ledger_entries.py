"""Entries that steps leave in the ledger. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot.domain.leave_delivery import RowReference
from bot.domain.leave_ledger import LedgerDetail, LedgerEntry, LedgerState
from bot.sync.leave.day_plan import DayStep, StepKind

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class KnownDetail:
    """What is sealed, where it is at hand already."""

    detail: LedgerDetail

    def __call__(self) -> LedgerDetail:
        """The detail."""
        return self.detail


class Decision(StrEnum):
    """What a person answers to what waits for them.

    SEND_AGAIN: what was removed in payroll is made anew. USE_SOURCE: the row there is ours, and is brought into step.
    KEEP: the row there stays, until the source says something else. BY_HAND: a person has done there what was to be
    done, which stays the same way. END: a leave of absence that was withdrawn ends on its first day, by the next sync.
    """

    BY_HAND = "by_hand"
    END = "end"
    SEND_AGAIN = "send_again"
    USE_SOURCE = "use_source"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class EntryMaker:
    """Makes the entries of one run for one step after the other; `period` is the payroll period of a day, by name."""

    run_id: str
    period: str = ""

    def intent(self, step: DayStep, sequence: int) -> LedgerEntry:
        """That a write has begun: until more is known, either what was or what shall be stands there."""
        return self._entry(step, sequence, LedgerState.UNKNOWN, step.content, step.new, step.row, before=step.before)

    def done(self, step: DayStep, sequence: int, row: RowReference | None) -> LedgerEntry:
        """That the content of a step stands there."""
        state = LedgerState.DELIVERED if step.content else LedgerState.WITHDRAWN
        return self._entry(step, sequence, state, step.content, step.new, row)

    def undone(self, step: DayStep, sequence: int) -> LedgerEntry:
        """That a write was begun and not made: what stood there before still does."""
        state = LedgerState.DELIVERED if step.before else LedgerState.WITHDRAWN
        hours = step.old if step.before else _NOTHING
        parents = step.entry.contributors if step.entry is not None else step.contributors
        return self._entry(step, sequence, state, step.before, hours, step.row, parents=parents)

    def noted(self, step: DayStep, sequence: int) -> LedgerEntry:
        """What a step that writes nothing leaves: ADOPT, SETTLE, RELINK, FORGET or RELEASE."""
        if step.kind is StepKind.FORGET:
            return self._entry(step, sequence, LedgerState.WITHDRAWN, "", _NOTHING, None)
        if step.kind is StepKind.RELEASE:
            return self._entry(step, sequence, LedgerState.RELEASED, step.before, step.old, step.row)
        return self.done(step, sequence, step.row)

    def decided(
        self, step: DayStep, decision: Decision, sequence: int, found: str = "", row: RowReference | None = None
    ) -> LedgerEntry:
        """What a person's answer leaves. `found` is the content of the row there, and `row` the row itself."""
        if decision is Decision.SEND_AGAIN:
            return self._entry(step, sequence, LedgerState.WITHDRAWN, "", _NOTHING, None)
        if decision is Decision.USE_SOURCE:
            return self._entry(step, sequence, LedgerState.DELIVERED, found, step.old, row)
        return self._entry(step, sequence, LedgerState.PARKED, step.content, step.new, row)

    def _entry(
        self,
        step: DayStep,
        sequence: int,
        state: LedgerState,
        content: str,
        hours: Decimal,
        row: RowReference | None,
        *,
        before: str = "",
        parents: tuple[str, ...] | None = None,
    ) -> LedgerEntry:
        return LedgerEntry(
            key=step.hash,
            employee_id=step.key.employee_id,
            day=step.key.day,
            content=content,
            sequence=sequence,
            state=state,
            run_id=self.run_id,
            row=row,
            before=before,
            contributors=step.contributors if parents is None else parents,
            period=self.period,
            detail=KnownDetail(LedgerDetail(code=step.key.code, child=step.key.child, hours=hours)),
        )
