"""What could not be read of the source is neither sent nor taken back, and holds up nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.domain.findings import Severity
from bot.domain.leave import LeaveFinding, LeaveSnapshot
from bot.sync.leave.day_plan import StepKind
from tests.support.leave_office import LeaveBook, LeaveOffice, key

FIRST, SECOND = date(2026, 3, 2), date(2026, 3, 3)


def unread(code: str = "row_unreadable", **of: object) -> LeaveFinding:
    return LeaveFinding(code=code, severity=Severity.BLOCKING, **of)  # type: ignore[arg-type]


class PartlyReadBook(LeaveBook):
    """A book of which some rows could not be read: they are findings in the place of days."""

    unread: tuple[LeaveFinding, ...] = ()
    missing: frozenset[tuple[str, date]] = frozenset()
    without: frozenset[str] = frozenset()

    def snapshot(self) -> LeaveSnapshot:
        whole = super().snapshot()
        days = [day for day in whole.days if (day.employee_id, day.day) not in self.missing]
        leaves = {id_: leave for id_, leave in whole.leaves.items() if id_ not in self.without}
        return replace(whole, days=days, leaves=leaves, findings=self.unread)


@pytest.fixture
def book() -> PartlyReadBook:
    book = PartlyReadBook()
    for employee in ("e1", "e2"):
        book.put(f"l-{employee}", FIRST, SECOND, employee=employee)
    return book


@pytest.fixture
def office(book: PartlyReadBook) -> LeaveOffice:
    return LeaveOffice(book=book)


async def test_a_day_that_could_not_be_read_stays_and_its_neighbours_go_on(
    office: LeaveOffice, book: PartlyReadBook
) -> None:
    await office.run()
    book.missing = frozenset({("e1", FIRST)})
    book.unread = (unread(employee_id="e1", day=FIRST, parent_id="l-e1"),)
    book.put("l-e1", FIRST, FIRST)
    steps = {step.key: (step.kind, step.reason) for step in office.plan().steps}
    assert steps == {key(FIRST): (StepKind.HELD, "row_unreadable"), key(SECOND): (StepKind.DELETE, None)}


async def test_part_of_a_day_is_not_sent_without_the_rest(office: LeaveOffice, book: PartlyReadBook) -> None:
    book.unread = (unread(employee_id="e1", day=FIRST, parent_id="other"),)
    assert {step.key for step in office.plan().steps} == {key(SECOND), key(FIRST, employee="e2"),
                                                          key(SECOND, employee="e2")}  # fmt: skip


async def test_a_row_without_a_day_holds_all_of_that_person(office: LeaveOffice, book: PartlyReadBook) -> None:
    await office.run()
    book.missing = frozenset({("e1", FIRST), ("e1", SECOND), ("e2", FIRST)})
    book.unread = (unread(employee_id="e1"),)
    steps = {step.key: step.kind for step in office.plan().steps}
    assert steps == {key(FIRST): StepKind.HELD, key(SECOND): StepKind.HELD, key(FIRST, employee="e2"): StepKind.DELETE}


async def test_a_row_of_nobody_takes_nothing_back_and_sends_what_is_new(
    office: LeaveOffice, book: PartlyReadBook
) -> None:
    await office.run()
    book.missing = frozenset({("e1", FIRST), ("e2", FIRST)})
    book.unread = (unread("row_of_nobody"),)
    book.put("new", FIRST, employee="e3")
    steps = {step.key: step.kind for step in office.plan().steps}
    assert steps == {
        key(FIRST): StepKind.HELD, key(FIRST, employee="e2"): StepKind.HELD, key(FIRST, employee="e3"): StepKind.CREATE,
    }  # fmt: skip


@pytest.mark.parametrize("employee", ["e1", None])
async def test_leave_that_could_not_be_read_keeps_its_days(
    office: LeaveOffice, book: PartlyReadBook, employee: str | None
) -> None:
    await office.run()
    book.without = frozenset({"l-e1"})
    book.unread = (unread("leave_unreadable", employee_id=employee, parent_id="l-e1"),)
    book.missing = frozenset({("e2", FIRST)})
    steps = {step.key: step.kind for step in office.plan().steps}
    assert steps == {key(FIRST): StepKind.HELD, key(SECOND): StepKind.HELD, key(FIRST, employee="e2"): StepKind.DELETE}
