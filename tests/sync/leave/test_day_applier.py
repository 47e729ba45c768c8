"""A run of leave against a model of a target: nothing is lost or doubled, wherever it is cut off."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.leave_ledger import LedgerState
from bot.providers.errors import Unavailable
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind, DayPlan
from tests.support.leave_office import CARE, SICK, VACATION, Kill, Killed, LeaveFault, LeaveOffice, key
from tests.support.properties import examples

MONDAY = date(2026, 11, 2)
DAYS = [MONDAY + timedelta(at) for at in (0, 1, 2, 3, 4)]

Entry = tuple[str, str, int, int, str]
"""Employee, type, first day, how many days, percentage."""

leaves = st.lists(
    st.tuples(
        st.sampled_from(["e1", "e2"]),
        st.sampled_from([SICK, VACATION, CARE]),
        st.integers(0, 4),
        st.integers(1, 3),
        st.sampled_from(["100", "50", "37.5", "33.33"]),
    ),
    max_size=4,
)


def set_book(office: LeaveOffice, wanted: list[Entry]) -> None:
    """Leaves that do not overlap: the second of two that would is left out."""
    for leave_id in list(office.book.leaves):
        office.book.remove(leave_id)
    taken: set[tuple[str, int]] = set()
    for at, (employee, type_id, first, count, percent) in enumerate(wanted):
        span = range(first, min(first + count, 5))
        if any((employee, day) in taken for day in span):
            continue
        taken |= {(employee, day) for day in span}
        office.book.put(f"l{at}", DAYS[span[0]], DAYS[span[-1]], employee=employee, type_id=type_id, percent=percent)


def stands_as_wanted(office: LeaveOffice) -> None:
    office.plan()
    assert office.target.hours() == {found: day.hours for found, day in office.wanted.items()}


@given(versions=st.lists(leaves, min_size=1, max_size=3))
@examples(60)
async def test_what_stands_there_is_what_is_wanted_and_twice_adds_nothing(
    versions: list[list[Entry]],
) -> None:
    office = LeaveOffice()
    for version in versions:
        set_book(office, version)
        await office.run()
        stands_as_wanted(office)
        before = sum(office.target.writes.values())
        entries = len(office.ledger.entries)
        assert await office.run() == []
        assert sum(office.target.writes.values()) == before
        assert len(office.ledger.entries) == entries


@given(first=leaves, second=leaves, calls=st.integers(0, 40), again=st.integers(0, 40))
@examples(150)
async def test_a_kill_between_any_two_calls_loses_and_doubles_nothing(
    first: list[Entry],
    second: list[Entry],
    calls: int,
    again: int,
) -> None:
    office = LeaveOffice()
    for version, limit in ((first, calls), (second, again)):
        set_book(office, version)
        office.target.kill = office.ledger.kill = Kill(limit)
        with contextlib.suppress(Killed):
            await office.run()
    office.target.kill = office.ledger.kill = Kill()
    outcomes = await office.run()
    assert {outcome.kind for outcome in outcomes} <= {
        DayOutcomeKind.CREATED, DayOutcomeKind.UPDATED, DayOutcomeKind.DELETED, DayOutcomeKind.NOTED,
    }  # fmt: skip
    stands_as_wanted(office)
    assert await office.run() == []
    # The model refuses a second row under a key: none was tried.
    made = [found for what, found in office.target.log if what == "create"]
    gone = [found for what, found in office.target.log if what == "delete"]
    assert len(made) - len(gone) == len(office.target.rows)


@given(
    version=leaves,
    faults=st.lists(st.sampled_from(list(LeaveFault)), max_size=6),
)
@examples(80)
async def test_whatever_goes_wrong_the_next_run_puts_it_right(version: list[Entry], faults: list[LeaveFault]) -> None:
    office = LeaveOffice()
    set_book(office, version)
    office.target.faults = faults
    for _ in range(7):
        with contextlib.suppress(Unavailable):
            await office.run()
    office.target.faults = []
    await office.run()
    stands_as_wanted(office)
    assert await office.run() == []


async def test_a_write_whose_answer_is_lost_is_not_made_twice() -> None:
    office = LeaveOffice()
    office.book.put("l1", MONDAY)
    office.target.faults = [LeaveFault.LOST_AFTER]
    (outcome,) = await office.run()
    assert outcome.kind is DayOutcomeKind.CREATED
    assert office.target.writes == {"create": 1}
    assert [entry.state for entry in office.ledger.entries] == [LedgerState.UNKNOWN, LedgerState.DELIVERED]


async def test_a_row_that_comes_between_plan_and_write_is_left_alone() -> None:
    office = LeaveOffice()
    office.book.put("l1", MONDAY)
    plan = office.plan

    def planned_and_typed_in(**scope: bool) -> DayPlan:
        made = plan(**scope)
        office.target.type_in(key(MONDAY), "4")
        return made

    office.plan = planned_and_typed_in  # type: ignore[method-assign]
    (outcome,) = await office.run()
    assert (outcome.kind, outcome.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.SOMEONE_ELSES)
    assert office.target.hours() == {key(MONDAY): Decimal(4)}
    assert not office.target.writes


@pytest.mark.parametrize("fault", [LeaveFault.REFUSED, LeaveFault.CLOSED])
async def test_a_delete_that_is_refused_keeps_the_row_that_would_replace_it_waiting(fault: LeaveFault) -> None:
    office = LeaveOffice()
    office.book.put("l1", MONDAY)
    await office.run()
    office.book.put("l1", MONDAY, type_id=VACATION)
    office.target.faults = [fault]
    outcomes = await office.run()
    assert [outcome.kind for outcome in outcomes][1] is DayOutcomeKind.HELD
    assert office.target.hours() == {key(MONDAY): Decimal("7.50")}
    await office.run()
    assert office.target.hours() == {key(MONDAY, "802"): Decimal("7.50")}
