"""Leaves of absence are written once, wherever a run is cut off, and never taken back."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.core.text import text
from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import PeriodWrite, RowReference, TargetPeriod
from bot.domain.leave_ledger import LedgerState
from bot.providers.errors import DayClosed, ProviderError, Rejected, Unavailable
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind, StepKind
from bot.sync.leave.period_applier import PeriodApplier, PeriodOutcome
from tests.support.leave_office import KEYS, Kill, Killed, MemoryLedger
from tests.sync.leave.test_edge_cases_periods import Absences, halved

WORDS = text("apply.unexpected")


class AbsenceTarget:
    """Leaves of absence by the id that was sent with them; refuses a second one of the same id."""

    def __init__(self, rows: dict[str, TargetPeriod]) -> None:
        self.rows = rows
        self.kill = Kill()
        self.trouble: ProviderError | None = None
        self.writes = self.ended = 0

    async def read_periods(self, people: Sequence[LeavePerson]) -> Sequence[TargetPeriod]:
        self.kill.step()
        return list(self.rows.values())

    async def create_period(self, write: PeriodWrite) -> RowReference:
        assert write.wanted.key.reference not in self.rows
        return self._put(write, 1)

    async def update_period(self, write: PeriodWrite, row: RowReference) -> RowReference:
        assert self.rows[write.wanted.key.reference].row == row
        return self._put(write, int(row.version) + 1)

    async def end_on_first_day(self, write: PeriodWrite, row: RowReference) -> RowReference:
        there = self.rows[write.wanted.key.reference]
        assert there.row == row
        self.ended += 1
        return self._put(replace(write, wanted=replace(write.wanted, last=there.first)), int(row.version) + 1)

    def _put(self, write: PeriodWrite, version: int) -> RowReference:
        self.kill.step()
        trouble, self.trouble = self.trouble, None
        if trouble is not None and not isinstance(trouble, Unavailable):
            raise trouble
        wanted = write.wanted
        row = RowReference(wanted.key.reference, str(version))
        self.rows[wanted.key.reference] = TargetPeriod(
            employee_id=wanted.employee_id, reference=wanted.key.reference, code=wanted.code, first=wanted.first,
            last=wanted.last, percent=wanted.percent, row=row,
        )  # fmt: skip
        self.writes += 1
        self.kill.step()
        if trouble is not None:
            raise trouble
        return row


class Company:
    """Parental leave, a target for it, and a ledger."""

    def __init__(self) -> None:
        self.absences = Absences()
        self.target = AbsenceTarget(self.absences.rows)
        self.ledger = MemoryLedger()

    async def run(self) -> list[PeriodOutcome]:
        self.absences.entries = {entry.key: entry for entry in self.ledger.latest()}
        steps = self.absences.plan()
        applier = PeriodApplier(self.target, self.ledger, KEYS, "run")  # type: ignore[arg-type]
        return await applier.apply(self.absences.office.people["e1"], steps)

    def half_from_december(self) -> None:
        book = self.absences.book
        book.rows["l"] = [halved(row) if row.day.month == 12 else row for row in book.rows["l"]]

    def standing(self) -> dict[str, tuple[date, date | None, Decimal]]:
        return {reference: (row.first, row.last, row.percent) for reference, row in self.absences.rows.items()}


HALVED = {
    "l": (date(2026, 7, 1), date(2026, 11, 30), Decimal(100)),
    "l:2": (date(2026, 12, 1), date(2027, 6, 30), Decimal(50)),
}


@pytest.mark.parametrize("calls", range(16))
async def test_a_kill_between_any_two_calls_is_settled_by_the_next_run(calls: int) -> None:
    made = Company()
    made.absences.put()
    await made.run()
    made.half_from_december()
    made.target.kill = made.ledger.kill = Kill(calls)
    with contextlib.suppress(Killed):
        await made.run()
    made.target.kill = made.ledger.kill = Kill()
    await made.run()
    assert made.standing() == HALVED
    assert made.target.writes == 3
    assert await made.run() == []


async def test_an_answer_that_was_lost_is_read() -> None:
    made = Company()
    made.absences.put()
    made.target.trouble = Unavailable("lost", text=WORDS, sent=True)
    (outcome,) = await made.run()
    assert (outcome.kind, made.target.writes) == (DayOutcomeKind.CREATED, 1)
    assert await made.run() == []


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (DayClosed("closed", text=WORDS), DayOutcomeKind.HELD),
        (Rejected("no", text=WORDS), DayOutcomeKind.FAILED),
    ],
)
async def test_what_is_refused_is_tried_again_by_the_next_run(trouble: ProviderError, kind: DayOutcomeKind) -> None:
    made = Company()
    made.absences.put()
    made.target.trouble = trouble
    (outcome,) = await made.run()
    assert outcome.kind is kind
    assert [entry.state for entry in made.ledger.latest()] == [LedgerState.WITHDRAWN]
    (outcome,) = await made.run()
    assert outcome.kind is DayOutcomeKind.CREATED


async def test_what_somebody_changed_meanwhile_is_left_alone() -> None:
    made = Company()
    made.absences.put()
    await made.run()
    made.half_from_december()
    made.absences.entries = {entry.key: entry for entry in made.ledger.latest()}
    steps = made.absences.plan()
    made.absences.rows["l"] = replace(made.absences.rows["l"], percent=Decimal(80))
    applier = PeriodApplier(made.target, made.ledger, KEYS, "run")  # type: ignore[arg-type]
    outcomes = await applier.apply(made.absences.office.people["e1"], steps)
    assert (outcomes[0].kind, outcomes[0].reason) == (DayOutcomeKind.CONFLICT, ConflictKind.EDITED)
    assert made.standing()["l"][2] == Decimal(80)


async def test_a_withdrawal_is_a_question_and_writes_nothing() -> None:
    made = Company()
    made.absences.put()
    await made.run()
    made.absences.book.remove("l")
    (outcome,) = await made.run()
    assert (outcome.kind, outcome.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.WITHDRAWAL)
    assert made.target.writes == 1
    assert outcome.step.kind is StepKind.CONFLICT
