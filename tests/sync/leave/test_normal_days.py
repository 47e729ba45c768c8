"""What is told of leave has words, and many rows take little memory."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.leave import LeaveDay, LeavePerson, LeaveStatus, ParentKind
from bot.domain.leave_delivery import CloseReason
from bot.locales.loader import catalogue
from bot.providers.leave_protocol import LeaveLimits
from bot.sync.leave.day_plan import ConflictKind
from bot.sync.leave.normal_days import NormalRules, Withheld, normal_leave
from bot.sync.leave.routes import routes_of
from tests.support.leave_office import CODES, SICK, TYPES, LeaveBook, LeaveOffice
from tests.support.properties import examples

TOLD = {
    "no_hours", "unmapped", "no_work_week", "on_holiday", "on_free_day", "more_than_scheduled", "last_day_differs",
    "sick_day_17", "code_twice", "code_disabled", "hours_gross", "extent_contradiction", "first_step_failed",
    "status_differs",
}  # fmt: skip

GUARDED = ("deletes", "person_deletes", "code", "source_drop", "first_run", "unshown")


@pytest.mark.parametrize("code", sorted(TOLD | {each.value for each in Withheld}))
def test_every_finding_says_what_happened_and_what_to_do(code: str) -> None:
    assert {f"leave.{code}", f"leave.{code}.advice"} <= set(catalogue("en"))


@pytest.mark.parametrize(
    "key",
    [
        *(f"leave.closed.{each.value}" for each in CloseReason),
        *(f"leave.conflict.{each.value}" for each in ConflictKind),
        *(f"leave.conflict.{each.value}.advice" for each in ConflictKind),
        *(
            f"guard.leave_{code}"
            for code in ("deletes", "person_deletes", "code", "source_drop", "first_run", "unshown")
        ),
        "leave.closed.advice",
        "leave.unsupported",
    ],
)
def test_every_reason_has_words(key: str) -> None:
    assert key in catalogue("en")


def test_a_leave_in_a_timesheet_counts_by_its_own_status() -> None:
    office = LeaveOffice()
    office.book.put("l", date(2026, 3, 2), date(2026, 3, 3))
    rows = [replace(row, parent=ParentKind.TIMESHEET_ENTRY, parent_id="t") for row in office.book.rows["l"]]
    office.book.rows["l"] = [rows[0], replace(rows[1], status=LeaveStatus.OTHER)]
    office.book.leaves.clear()
    office.plan()
    assert [found.day for found in office.wanted] == [date(2026, 3, 2)]
    assert [found.contributors for found in office.wanted.values()] == [("entry:t",)]
    assert office.normal.undecided == {"entry:t"}


def test_whose_number_no_file_can_hold_is_kept_out_and_the_others_are_sent() -> None:
    rules = NormalRules(
        first_day=date(2026, 1, 1), places=False, takes_number=LeaveLimits(number_shape="[0-9]+").takes_number
    )
    office = LeaveOffice(rules=rules)
    office.people["e1"] = replace(office.people["e1"], target_id=None, number="90 1")
    office.people["e2"] = replace(office.people["e2"], target_id=None, number=" 902 ")
    for at in (1, 2):
        office.book.put(f"l{at}", date(2026, 3, 2), employee=f"e{at}")
    office.plan()
    assert [found.employee_id for found in office.wanted] == ["e2"]
    assert office.normal.withheld_people == {"e1": Withheld.NUMBER_NOT_IN_FILES}


@pytest.mark.parametrize("places", [True, False])
def test_two_people_of_one_number_are_kept_out_where_the_number_alone_says_who_they_are(places: bool) -> None:
    office = LeaveOffice(rules=NormalRules(first_day=date(2026, 1, 1), places=places))
    office.people["e2"] = replace(office.people["e2"], target_id=office.people["e1"].target_id, number="900")
    for at in (1, 2, 3):
        office.book.put(f"l{at}", date(2026, 3, 2), employee=f"e{at}")
    office.plan()
    assert sorted(found.employee_id for found in office.wanted) == (["e1", "e2", "e3"] if places else ["e3"])
    if not places:
        assert set(office.normal.withheld_people.values()) == {Withheld.NUMBER_TWICE}
        assert "number_twice" in office.codes_found()


def test_only_confirmed_leave_counts_where_that_is_chosen() -> None:
    office = LeaveOffice(rules=NormalRules(first_day=date(2026, 1, 1), confirmed_only=True))
    office.book.put("a", date(2026, 3, 2))
    office.book.put("b", date(2026, 3, 3), status=LeaveStatus.CONFIRMED)
    office.plan()
    assert [found.day for found in office.wanted] == [date(2026, 3, 3)]
    assert office.normal.undecided == {"a"}


def test_many_rows_take_some_hundred_bytes_each() -> None:
    first = date(2026, 11, 2)
    book = LeaveBook()
    base = LeaveDay(
        employee_id="", day=first, parent_id="l", parent=ParentKind.TIMESHEET_ENTRY, type_id=SICK,
        status=LeaveStatus.APPROVED, hours=Decimal("7.5"), extent=Decimal(100),
    )  # fmt: skip
    days = [first + timedelta(at) for at in range(5)]
    tracemalloc.start()
    people = {f"e{at}": LeavePerson(employee_id=f"e{at}", number=str(at), target_id=f"p{at}") for at in range(800)}
    book.rows["l"] = [replace(base, employee_id=each, day=day) for each in people for day in days]
    snapshot = book.snapshot()
    normal = normal_leave(snapshot, people, routes_of(TYPES, CODES, {}), NormalRules(first_day=date(2026, 1, 1)))
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(normal.days) == 4_000
    assert taken < 3_000_000


@pytest.mark.parametrize("at", [0, 2, 4])
@pytest.mark.parametrize("status", [LeaveStatus.DENIED, LeaveStatus.CANCELLED, LeaveStatus.PENDING])
async def test_a_day_of_another_status_than_its_leave_waits_and_is_told_and_no_other(
    at: int, status: LeaveStatus
) -> None:
    office = LeaveOffice()
    office.book.put("l1", date(2026, 3, 2), date(2026, 3, 6))
    rows = office.book.rows["l1"]
    rows[at] = replace(rows[at], status=status)
    await office.run()
    assert {key.day for key in office.target.hours()} == {row.day for row in rows} - {rows[at].day}
    assert [(found.code, found.day) for found in office.normal.findings] == [("status_differs", rows[at].day)]


HOURS = ("0", "-1", "7.5", "24", "24.01", "1E+30", "1E-9", "0.005", "1000", "-0")
EXTENTS = (None, "0", "-1", "0.5", "1", "50", "100.0001", "101", "1E+30", "1E-9")
DAYS = (date.min, date.max, date(2026, 1, 1), date(2026, 12, 31), date(2026, 3, 2), date(2026, 3, 7))
ODD_DAYS = st.fixed_dictionaries(
    {},
    optional={
        "hours": st.sampled_from(HOURS).map(Decimal),
        "extent": st.sampled_from(EXTENTS).map(lambda odd: None if odd is None else Decimal(odd)),
        "day": st.sampled_from(DAYS),
        "child_id": st.sampled_from((None, "", "c1", "x" * 5000)),
        "type_id": st.sampled_from((SICK, "t-vacation", "t-other", "", "nope")),
        "status": st.sampled_from(sorted(LeaveStatus)),
        "parent": st.sampled_from(sorted(ParentKind)),
        "parent_id": st.sampled_from(("l1", "zz", "")),
    },
)


@given(odd=st.lists(ODD_DAYS, min_size=5, max_size=5), before=st.booleans(), children=st.booleans())
@examples(60)
async def test_anything_in_one_persons_absence_leaves_all_others_as_they_are(
    odd: list[dict[str, Any]], before: bool, children: bool
) -> None:
    office = LeaveOffice(children=children)
    for person_id, hours in (("e1", "7.5"), ("e2", "7.5"), ("e3", "3.5")):
        office.book.put(f"l{person_id[1]}", date(2026, 3, 2), date(2026, 3, 6), employee=person_id, hours=hours)
    if before:
        await office.run()
    office.book.rows["l1"] = [
        replace(row, **different) for row, different in zip(office.book.rows["l1"], odd, strict=True)
    ]
    await office.run()
    others = [(key.employee_id, hours) for key, hours in office.target.hours().items() if key.employee_id != "e1"]
    assert sorted(others) == [("e2", Decimal("7.50"))] * 5 + [("e3", Decimal("3.50"))] * 5
    assert all(0 < hours <= 24 for hours in office.target.hours().values())
