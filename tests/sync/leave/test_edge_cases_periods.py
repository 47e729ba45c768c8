"""The edge cases of leave by number: leaves of absence, and the files of a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.leave import LeaveDay, LeaveKind, LeaveStatus
from bot.domain.leave_delivery import (
    ClosedDays,
    FileMode,
    FileRow,
    LeaveFileRequest,
    PayrollPeriod,
    RowReference,
    TargetPeriod,
)
from bot.domain.leave_ledger import LedgerEntry, LedgerState
from bot.domain.resource import LeaveWay
from bot.providers.leave_protocol import LeaveCode
from bot.sync.leave.day_plan import WRITTEN, ConflictKind, StepKind
from bot.sync.leave.ledger_entries import EntryMaker
from bot.sync.leave.normal_days import NormalRules, normal_leave
from bot.sync.leave.period_files import (
    FileContext,
    FileState,
    LatestFile,
    difference_rows,
    file_request,
    net_hours,
)
from bot.sync.leave.period_planner import PeriodStep, plan_periods
from bot.sync.leave.routes import routes_of
from bot.sync.leave.wanted_days import leave_runs, wanted_days
from tests.support.leave_office import (
    CARE,
    KEYS,
    LONG_DAY,
    PARENTAL,
    SICK,
    VACATION,
    LeaveBook,
    LeaveOffice,
    key,
    leave_type,
    week,
)
from tests.support.properties import examples

NOVEMBER = PayrollPeriod("2026-11", date(2026, 11, 1), date(2026, 11, 30))
ABSENCE = LeaveCode(value="PARENTAL_BENEFITS", label="Parental benefits", way=LeaveWay.PERIOD)


def halved(row: LeaveDay) -> LeaveDay:
    return replace(row, extent=Decimal(50), hours=row.hours / 2)


class Absences:
    """A source with parental leave, and a target's leaves of absence."""

    def __init__(self) -> None:
        self.book = LeaveBook(types=(leave_type(PARENTAL, LeaveKind.PARENTAL_LEAVE, ABSENCE.value),))
        self.office = LeaveOffice(book=self.book)
        self.rows: dict[str, TargetPeriod] = {}
        self.entries: dict[str, LedgerEntry] = {}
        self.in_periods = self.days = self.unchanged = 0
        self.deletes = False

    def plan(self) -> Sequence[PeriodStep]:
        snapshot = self.book.snapshot()
        routes = routes_of(self.book.types, (ABSENCE,), {})
        rules = NormalRules(first_day=date(2026, 1, 1))
        normal = normal_leave(snapshot, self.office.people, routes, rules)
        self.days = len(wanted_days(normal, snapshot, self.office.people, routes))
        self.in_periods = normal.counts["in_periods"]
        runs, _ = leave_runs(normal, snapshot, self.office.people, routes)
        people = frozenset(self.office.people)
        steps, self.unchanged = plan_periods(
            runs, self.entries.values(), self.rows.values(), normal, snapshot, KEYS, people, deletes=self.deletes
        )
        return steps

    def carry_out(self, steps: Sequence[PeriodStep]) -> None:
        for step in steps:
            assert step.wanted is not None
            reference = step.key.reference
            self.rows[reference] = TargetPeriod(
                employee_id=step.employee_id,
                reference=reference,
                code=step.wanted.code,
                first=step.wanted.first,
                last=step.wanted.last,
                percent=step.wanted.percent,
                row=RowReference(reference),
            )
            self.entries[step.hash] = step.made("run", LedgerState.DELIVERED, RowReference(reference))

    def put(self, percent: str = "100", last: date = date(2027, 6, 30), **more: object) -> None:
        self.book.put("l", date(2026, 7, 1), last, type_id=PARENTAL, percent=percent, **more)  # type: ignore[arg-type]


def test_case_36_a_year_is_one_leave_of_absence_and_no_days() -> None:
    made = Absences()
    made.put()
    (step,) = made.plan()
    assert step.kind is StepKind.CREATE
    assert step.wanted is not None
    assert (step.wanted.first, step.wanted.last, step.wanted.percent) == (
        date(2026, 7, 1), date(2027, 6, 30), Decimal(100),
    )  # fmt: skip
    assert step.key.reference == "l"
    assert (made.days, made.in_periods) == (0, 132)
    made.carry_out([step])
    assert (made.plan(), made.unchanged) == ([], 1)


def test_case_37_part_of_a_week_is_a_percentage() -> None:
    made = Absences()
    made.put("60")
    (step,) = made.plan()
    assert step.wanted is not None
    assert step.wanted.percent == Decimal(60)
    assert made.days == 0


@pytest.mark.parametrize("window_from", [date(2026, 1, 1), date(2026, 11, 1), date(2026, 12, 15)])
def test_case_38_another_percentage_ends_the_one_and_begins_another(window_from: date) -> None:
    made = Absences()
    made.put()
    made.carry_out(made.plan())
    rows = made.book.rows["l"]
    made.book.rows["l"] = [halved(row) if row.day.month == 12 else row for row in rows]
    made.carry_out(made.plan())
    assert {reference: (row.first, row.last, row.percent) for reference, row in made.rows.items()} == {
        "l": (date(2026, 7, 1), date(2026, 11, 30), Decimal(100)),
        "l:2": (date(2026, 12, 1), date(2027, 6, 30), Decimal(50)),
    }
    # What is read later on has less of it, and says the same.
    made.book.window = replace(made.book.window, first=window_from)
    made.book.rows["l"] = [row for row in made.book.rows["l"] if row.day >= window_from]
    assert made.plan() == []


@pytest.mark.parametrize("status", [LeaveStatus.CANCELLED, LeaveStatus.PENDING, None])
def test_case_39_a_leave_of_absence_is_never_taken_back_in_silence(status: LeaveStatus | None) -> None:
    made = Absences()
    made.put()
    made.carry_out(made.plan())
    if status is None:
        made.book.remove("l")
    else:
        made.book.status("l", status)
    (step,) = made.plan()
    if status is LeaveStatus.PENDING:
        assert step.kind is StepKind.HELD
    else:
        assert (step.kind, step.reason) == (StepKind.CONFLICT, ConflictKind.WITHDRAWAL)
    made.rows["l"] = replace(made.rows["l"], last=date(2026, 7, 1))
    if status is LeaveStatus.CANCELLED:
        (step,) = made.plan()
        assert step.kind is StepKind.FORGET


@pytest.mark.parametrize(
    ("deletes", "gone_by", "said"),
    [
        (False, "cancelled", (StepKind.CONFLICT, ConflictKind.WITHDRAWN_UNSEEN)),
        (False, "removed", (StepKind.CONFLICT, ConflictKind.WITHDRAWN_UNSEEN)),
        (True, "cancelled", (StepKind.FORGET, None)),
        (False, "never made", (StepKind.FORGET, None)),
    ],
)
def test_case_39_one_that_is_not_shown_is_forgotten_only_where_it_can_be_deleted(
    deletes: bool, gone_by: str, said: tuple[StepKind, ConflictKind | None]
) -> None:
    made = Absences()
    made.deletes = deletes
    made.put()
    steps = made.plan()
    made.carry_out(steps)
    made.rows.clear()
    if gone_by == "never made":
        made.entries = {step.hash: step.made("run", LedgerState.UNKNOWN, None) for step in steps}
    if gone_by == "removed":
        made.book.remove("l")
    else:
        made.book.status("l", LeaveStatus.CANCELLED)
    (step,) = made.plan()
    assert (step.kind, step.reason) == said


def test_case_39_one_of_a_day_that_cannot_be_deleted_is_asked_about_as_well() -> None:
    made = Absences()
    made.put(last=date(2026, 7, 1))
    made.carry_out(made.plan())
    made.book.status("l", LeaveStatus.CANCELLED)
    (step,) = made.plan()
    assert (step.kind, step.reason) == (StepKind.CONFLICT, ConflictKind.WITHDRAWAL)
    # It ends on its first day already: once somebody has said so, there is nothing left to do.
    made.entries = {key: replace(entry, state=LedgerState.TO_END) for key, entry in made.entries.items()}
    (step,) = made.plan()
    assert step.kind is StepKind.FORGET


def test_case_39_one_of_a_day_that_can_be_deleted_still_stands_until_it_is() -> None:
    made = Absences()
    made.deletes = True
    made.put(last=date(2026, 7, 1))
    made.carry_out(made.plan())
    made.book.status("l", LeaveStatus.CANCELLED)
    (step,) = made.plan()
    assert (step.kind, step.reason) == (StepKind.CONFLICT, ConflictKind.WITHDRAWAL)
    made.entries = {key: replace(entry, state=LedgerState.TO_END) for key, entry in made.entries.items()}
    (step,) = made.plan()
    assert (step.kind, step.ends) == (StepKind.UPDATE, True)
    made.rows.clear()
    (step,) = made.plan()
    assert step.kind is StepKind.FORGET


def test_case_40_without_an_end_a_leave_of_absence_has_none() -> None:
    made = Absences()
    made.put(open_end=True)
    (step,) = made.plan()
    assert step.wanted is not None
    assert step.wanted.last is None


@pytest.mark.parametrize("reason", [ConflictKind.EDITED, ConflictKind.REMOVED, ConflictKind.SOMEONE_ELSES])
def test_case_52_53_54_hold_of_leaves_of_absence_too(reason: ConflictKind) -> None:
    made = Absences()
    made.put()
    made.carry_out(made.plan())
    if reason is ConflictKind.REMOVED:
        made.rows.clear()
        made.put(last=date(2027, 1, 31))
    else:
        made.rows["l"] = replace(made.rows["l"], last=date(2027, 3, 31))
    if reason is ConflictKind.SOMEONE_ELSES:
        made.entries.clear()
    (step,) = made.plan()
    assert (step.kind, step.reason) == (StepKind.CONFLICT, reason)


def test_case_66c_a_percentage_that_goes_back_changes_the_first_part_first() -> None:
    made = Absences()
    monday, friday = date(2026, 11, 9), date(2026, 11, 13)
    made.book.put("l", monday, friday, type_id=PARENTAL)
    made.book.rows["l"] = [halved(row) if row.day.day > 11 else row for row in made.book.rows["l"]]
    made.carry_out(made.plan())
    assert [(row.reference, row.percent) for row in made.rows.values()] == [("l", Decimal(100)), ("l:2", Decimal(50))]
    made.book.put("l", monday, friday, type_id=PARENTAL)
    first, second = made.plan()
    assert (first.kind, first.wanted and first.wanted.last) == (StepKind.UPDATE, friday)
    assert (second.kind, second.key.reference) == (StepKind.CONFLICT, "l:2")


class Files:
    """A company whose payroll imports files of November."""

    def __init__(self) -> None:
        self.office = LeaveOffice(book=LeaveBook(schedules=(week(LONG_DAY),)), reads=False)
        self.latest: LatestFile | None = None

    def make(self, *, proven: bool = True) -> LeaveFileRequest | None:
        plan = self.office.plan()
        context = FileContext(people=self.office.people, snapshot=self.office.book.snapshot())
        made = file_request(
            NOVEMBER, plan, self.latest, context,
            made_on=date(2026, 12, 1), differences_proven=proven,
        )  # fmt: skip
        if made is not None:
            self.latest = LatestFile(made.sequence, FileState.DOWNLOADED, "digest")
        return made

    async def imported(self) -> None:
        assert self.latest is not None
        maker = EntryMaker("import", NOVEMBER.name)
        steps = [step for step in self.office.plan().steps if step.kind in WRITTEN]
        await self.office.ledger.append([maker.done(step, step.sequence, None) for step in steps])
        self.latest = replace(self.latest, state=FileState.IMPORTED)


def said(request: LeaveFileRequest | None) -> list[tuple[int, str, str]]:
    assert request is not None
    return [(row.key.day.day, row.key.code, str(row.hours)) for row in request.rows]


async def test_case_29_a_line_that_is_locked_gets_minus_and_plus() -> None:
    made = Files()
    day = date(2026, 10, 29)
    made.office.book.schedules = (week(),)
    made.office.book.put("l", day)
    made.latest = LatestFile(1, FileState.DOWNLOADED, "digest")
    await made.imported()
    made.office.book.put("l", day, percent="50")
    made.office.closed = ClosedDays(through=day)
    (held,) = made.office.plan().steps
    assert held.kind is StepKind.HELD
    (step,) = made.office.plan(try_closed=True).steps
    context = FileContext(people=made.office.people, snapshot=made.office.book.snapshot())
    rows = difference_rows([step], context)
    assert [(str(row.hours), row.key.day) for row in rows] == [("-7.50", day), ("3.75", day)]
    assert [KEYS.reference(step.hash, step.sequence + at)[-2:] for at in (0, 1)] == [":2", ":3"]


async def test_case_31_what_was_not_imported_is_made_again_whole() -> None:
    made = Files()
    made.office.book.put("l", date(2026, 11, 9))
    first = made.make()
    made.office.book.put("m", date(2026, 11, 10))
    second = made.make()
    assert first is not None
    assert second is not None
    assert (first.mode, second.mode) == (FileMode.WHOLE, FileMode.WHOLE)
    assert (first.sequence, second.sequence) == (1, 2)
    assert said(second) == [(9, "801", "8.00"), (10, "801", "8.00")]
    assert len(second.schedules["e1"]) == 30


@pytest.mark.parametrize("proven", [True, False])
async def test_case_32_a_withdrawal_after_the_import_is_one_row(proven: bool) -> None:
    made = Files()
    made.office.book.put("l", date(2026, 11, 10))
    made.make()
    await made.imported()
    assert made.make(proven=proven) is None
    made.office.book.remove("l")
    request = made.make(proven=proven)
    assert request is not None
    assert request.mode is (FileMode.DIFFERENCE if proven else FileMode.LIST)
    assert said(request) == [(10, "801", "-8.00")]


async def test_case_33_half_after_the_import_is_minus_and_plus() -> None:
    made = Files()
    made.office.book.put("l", date(2026, 11, 10))
    made.make()
    await made.imported()
    made.office.book.put("l", date(2026, 11, 10), percent="50")
    assert said(made.make()) == [(10, "801", "-8.00"), (10, "801", "4.00")]


@given(
    versions=st.lists(
        st.lists(
            st.tuples(
                st.sampled_from([SICK, VACATION, CARE]), st.integers(2, 13), st.sampled_from(["100", "50", "37.5"])
            ),
            max_size=5,
            unique_by=lambda leave: leave[1],
        ),
        min_size=1,
        max_size=4,
    )
)
@examples(60)
async def test_what_was_imported_and_its_corrections_add_up_to_what_is_wanted(
    versions: list[list[tuple[str, int, str]]],
) -> None:
    made = Files()
    rows: list[FileRow] = []
    for version in versions:
        for leave_id in list(made.office.book.leaves):
            made.office.book.remove(leave_id)
        for at, (type_id, day, percent) in enumerate(version):
            made.office.book.put(f"l{at}", date(2026, 11, day), type_id=type_id, percent=percent)
        request = made.make()
        if request is not None:
            rows += request.rows
            await made.imported()
        assert net_hours(rows) == {found: day.hours for found, day in made.office.wanted.items()}
        assert made.make() is None


def test_a_row_says_nothing_of_why() -> None:
    made = Files()
    made.office.book.put("l", date(2026, 11, 9))
    assert "801" not in repr(made.make())
    assert key(date(2026, 11, 9)).code == "801"
