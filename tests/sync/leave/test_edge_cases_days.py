"""The edge cases of leave by number: hours of a day, from the source's rows to what stands in the target."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from bot.domain.leave import EmployedSpan, Leave, LeaveDay, LeaveKind
from bot.domain.leave_calendar import Shift, local_day
from bot.domain.leave_delivery import DayKey
from bot.domain.leave_settings import LeaveSettings
from bot.providers.leave_protocol import LeaveCode
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.normal_days import NormalRules, Withheld
from bot.sync.leave.payroll_calendar import period_of, public_holidays
from bot.sync.leave.wanted_days import sick_hints
from tests.support.leave_office import (
    CARE,
    CODES,
    LONG_DAY,
    OFFICE_DAY,
    OTHER,
    SHORT_DAY,
    SICK,
    TYPES,
    VACATION,
    YEAR,
    LeaveBook,
    LeaveOffice,
    key,
    leave_type,
    person,
    week,
)

HALF, HOURS = "50", "7.50"
START = date(2026, 1, 1)


def office(*schedules: object, **more: object) -> LeaveOffice:
    book = LeaveBook(schedules=schedules or (week(),))  # type: ignore[arg-type]
    return LeaveOffice(book=book, **more)  # type: ignore[arg-type]


def written(made: LeaveOffice) -> dict[DayKey, str]:
    return {found: str(hours) for found, hours in made.target.hours().items()}


def days(*of_month: int, month: int, code: str = "801", hours: str = HOURS) -> dict[DayKey, str]:
    return {key(date(2026, month, day), code): hours for day in of_month}


async def test_case_1_a_sick_day() -> None:
    made = office()
    made.book.put("l", date(2026, 3, 2))
    (outcome,) = await made.run()
    assert outcome.kind is DayOutcomeKind.CREATED
    assert written(made) == days(2, month=3)


async def test_case_2_a_holiday_without_a_row_has_none() -> None:
    made = office()
    made.book.put("l", date(2026, 1, 5), date(2026, 1, 7), percent=HALF, days=[date(2026, 1, 5), date(2026, 1, 7)])
    await made.run()
    assert written(made) == days(5, 7, month=1, hours="3.75")


async def test_case_3_a_row_on_a_holiday_is_sent_and_told() -> None:
    holidays = public_holidays("SE", YEAR)
    made = office(rules=NormalRules(first_day=START, holidays=holidays))
    made.book.put("l", date(2026, 1, 5), date(2026, 1, 7), percent=HALF)
    await made.run()
    assert written(made) == days(5, 6, 7, month=1, hours="3.75")
    told = [(finding.code, finding.day) for finding in made.normal.findings]
    assert told == [("on_holiday", date(2026, 1, 6))]


def test_case_3_holidays_differ_by_country() -> None:
    assert date(2026, 1, 6) in public_holidays("SE", YEAR)
    assert date(2026, 1, 6) not in public_holidays("NO", YEAR)
    assert date(2026, 5, 17) in public_holidays("NO", YEAR)
    assert public_holidays("XX", YEAR) == frozenset()


async def test_case_4_easter_has_the_sources_three_days() -> None:
    made = office()
    easter = [date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 1)]
    made.book.put("l", easter[0], date(2026, 4, 6), type_id=VACATION, days=easter)
    await made.run()
    assert sum(made.target.hours().values()) == Decimal("22.50")
    assert {found.day for found in made.target.rows} == set(easter)


async def test_case_5_the_day_before_and_the_day_after() -> None:
    made = office()
    made.book.put("l", date(2026, 5, 15), date(2026, 5, 18))
    await made.run()
    assert written(made) == days(15, 18, month=5)


async def test_case_6_decimals_are_rounded_once_per_row() -> None:
    made = office()
    made.book.put("l", date(2026, 3, 2), date(2026, 3, 6), percent="37.5")
    await made.run()
    assert written(made) == days(2, 3, 4, 5, 6, month=3, hours="2.81")
    assert sum(made.target.hours().values()) == Decimal("14.05")


async def test_case_7_a_third_of_a_swedish_day() -> None:
    made = office(week(LONG_DAY))
    made.book.put("l", date(2026, 3, 2), percent="33.33")
    await made.run()
    assert written(made) == days(2, month=3, hours="2.67")


async def test_case_8_a_part_timers_day_is_as_long_as_theirs() -> None:
    made = office(week(SHORT_DAY))
    made.book.put("l", date(2026, 3, 2), type_id=VACATION)
    await made.run()
    assert written(made) == days(2, month=3, code="802", hours="6.00")


async def test_case_9_a_free_friday_has_no_row() -> None:
    made = office(week(OFFICE_DAY, 4))
    made.book.put("l", date(2026, 3, 2), date(2026, 3, 6))
    await made.run()
    assert written(made) == days(2, 3, 4, 5, month=3)
    assert sum(made.target.hours().values()) == Decimal("30.00")


async def test_case_10_a_position_is_not_taken_off_twice() -> None:
    made = office(week(SHORT_DAY))
    made.book.put("l", date(2026, 3, 2), percent=HALF)
    await made.run()
    assert written(made) == days(2, month=3, hours="3.00")


@pytest.mark.parametrize(
    ("case", "hours", "expected"), [(11, "4.00", "4.00"), (12, "1.3333333333", "1.33"), (47, "0", None)]
)
async def test_case_11_12_47_part_of_a_day_has_the_sources_hours(case: int, hours: str, expected: str | None) -> None:
    made = office()
    made.book.put("l", date(2026, 3, 2), hours=hours)
    await made.run()
    assert written(made) == (days(2, month=3, hours=expected) if expected else {})
    assert ("no_hours" in made.codes_found()) is (case == 47)


async def test_case_13_two_leaves_of_a_day_are_one_row() -> None:
    made = office()
    monday = date(2026, 3, 2)
    made.book.put("a", monday, hours="2.00")
    made.book.put("b", monday, hours="1.50")
    await made.run()
    assert written(made) == days(2, month=3, hours="3.50")
    assert made.ledger.latest()[0].contributors == ("a", "b")
    made.book.remove("a")
    (outcome,) = await made.run()
    assert (outcome.kind, written(made)) == (DayOutcomeKind.UPDATED, days(2, month=3, hours="1.50"))


async def test_case_14_two_codes_of_a_day_are_two_rows() -> None:
    made = office()
    made.book.put("a", date(2026, 3, 2), hours="4.00")
    made.book.put("b", date(2026, 3, 2), type_id=VACATION, hours="3.50")
    await made.run()
    assert written(made) == days(2, month=3, hours="4.00") | days(2, month=3, code="802", hours="3.50")
    assert not made.codes_found()


async def test_case_15_a_day_that_is_taken_twice_is_held_and_what_was_delivered_stays() -> None:
    made = office()
    made.book.put("a", date(2026, 3, 2))
    await made.run()
    made.book.put("b", date(2026, 3, 2), type_id=VACATION)
    (outcome,) = await made.run()
    assert (outcome.kind, outcome.reason) == (DayOutcomeKind.HELD, Withheld.OVERLAP)
    assert written(made) == days(2, month=3)
    (finding,) = [each for each in made.normal.findings if each.code == "overlap"]
    assert finding.day == date(2026, 3, 2)


async def test_case_34_35_a_child_is_a_row_of_its_own_only_where_the_target_has_children() -> None:
    made = office(week(LONG_DAY))
    made.book.put("a", date(2026, 3, 2), type_id=CARE, hours="4.00", child="c1")
    made.book.put("b", date(2026, 3, 2), type_id=CARE, hours="4.00", child="c2")
    await made.run()
    assert written(made) == days(2, month=3, code="803", hours="8.00")
    apart = office(week(LONG_DAY), children=True)
    apart.book = made.book
    await apart.run()
    assert {found.child: str(hours) for found, hours in apart.target.hours().items()} == {"c1": "4.00", "c2": "4.00"}


async def test_case_40_41_without_an_end_the_days_go_to_the_end_of_what_is_read() -> None:
    made = office()
    made.book.window = replace(YEAR, last=date(2026, 3, 6))
    made.book.put("l", date(2026, 3, 2), date(2026, 3, 13), open_end=True)
    await made.run()
    assert written(made) == days(2, 3, 4, 5, 6, month=3)
    made.book.window = replace(YEAR, last=date(2026, 3, 9))
    await made.run()
    assert written(made) == days(2, 3, 4, 5, 6, 9, month=3)
    for last_day in (None, date(2099, 12, 31)):
        found = Leave(
            id="l", employee_id="e", type_id="t", status=made.book.leaves["l"].status, first_day=START,
            last_day=last_day,
        )  # fmt: skip
        assert found.is_open


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 12, 31, 23, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, tzinfo=UTC), date(2026, 10, 26)),
        (datetime(2026, 3, 2, tzinfo=UTC), date(2026, 3, 2)),
    ],
)
def test_case_42_43_44_the_day_is_the_one_where_the_employee_works(instant: datetime, day: date) -> None:
    assert local_day(instant, "Europe/Oslo").day == day
    assert period_of(day, LeaveSettings()).first == day.replace(day=1)


async def test_case_45_a_night_is_one_row_on_the_day_it_begins() -> None:
    night = (Shift(time(22), time(2)), Shift(time(2, 30), time(6)))
    made = office(week(night))
    made.book.put("l", date(2026, 3, 6), date(2026, 3, 7))
    await made.run()
    assert written(made) == days(6, month=3)


@pytest.mark.parametrize("rows", [["38"], ["13", "13"]])
async def test_case_46_more_than_a_day_is_blocked(rows: list[str]) -> None:
    made = office()
    for at, hours in enumerate(rows):
        made.book.put(f"l{at}", date(2026, 3, 2), hours=hours)
    assert await made.run() == []
    assert made.normal.withheld == {("e1", date(2026, 3, 2)): Withheld.TOO_LONG}
    assert "too_long" in made.codes_found()


async def test_case_47_a_delivered_day_without_hours_is_taken_back() -> None:
    made = office()
    made.book.put("l", date(2026, 3, 2))
    await made.run()
    made.book.put("l", date(2026, 3, 2), hours="-1")
    await made.run()
    assert written(made) == {}


async def test_case_48_codes_are_compared_as_texts() -> None:
    made = office()
    made.book.types = (leave_type(SICK, LeaveKind.SICK_LEAVE, "0801"), *TYPES[1:])
    made.book.put("l", date(2026, 3, 2))
    assert await made.run() == []
    (finding,) = made.normal.findings
    assert (finding.code, finding.type_id, finding.values) == ("unmapped", SICK, {"people": 1})


@pytest.mark.parametrize("problem", ["code_twice", "code_disabled"])
async def test_case_49_a_code_that_the_target_does_not_take_is_one_finding(problem: str) -> None:
    made = office(codes=(LeaveCode(value="801", label="Sick", problem=problem), *CODES[1:]))
    for employee in ("e1", "e2"):
        made.book.put(employee, date(2026, 3, 2), date(2026, 3, 6), employee=employee)
    assert await made.run() == []
    assert [finding.code for finding in made.normal.findings] == [problem]


async def test_case_51_66b_two_types_with_one_code_are_one_row() -> None:
    made = office()
    made.book.types = (*TYPES[:3], leave_type(OTHER, LeaveKind.OFF_DUTY, " 801 "))
    made.book.put("a", date(2026, 3, 2), hours="3.00")
    made.book.put("b", date(2026, 3, 2), hours="4.50", type_id=OTHER)
    await made.run()
    assert written(made) == days(2, month=3)


async def test_case_60_days_after_the_last_one_are_blocked() -> None:
    made = office()
    made.people["e1"] = replace(person(1), employments=(EmployedSpan(START, date(2026, 11, 15)),))
    made.book.put("l", date(2026, 11, 9), date(2026, 11, 20), type_id=VACATION)
    await made.run()
    assert written(made) == days(9, 10, 11, 12, 13, month=11, code="802")
    blocked = [finding.day for finding in made.normal.findings if finding.code == "outside_employment"]
    assert blocked == [date(2026, 11, day) for day in (16, 17, 18, 19, 20)]


async def test_case_61_what_lies_before_the_start_is_only_counted() -> None:
    made = office(rules=NormalRules(first_day=date(2026, 3, 4)))
    made.book.put("l", date(2026, 3, 2), date(2026, 3, 4))
    await made.run()
    assert written(made) == days(4, month=3)
    assert made.normal.counts["before_start"] == 2


@pytest.mark.parametrize(
    ("number", "target_id", "why"), [("", "p1", Withheld.NO_NUMBER), ("101", None, Withheld.NOT_PLACED)]
)
async def test_case_62_somebody_whom_payroll_does_not_know_holds_up_nobody_else(
    number: str, target_id: str | None, why: Withheld
) -> None:
    made = office()
    made.people["e1"] = replace(person(1), number=number, target_id=target_id)
    made.book.put("a", date(2026, 3, 2), date(2026, 3, 6))
    made.book.put("b", date(2026, 3, 2), employee="e2")
    await made.run()
    assert set(made.target.rows) == {key(date(2026, 3, 2), employee="e2")}
    assert made.normal.withheld_people == {"e1": why}
    assert [finding.code for finding in made.normal.findings] == [why.value]


def test_case_64_65_the_seventeenth_calendar_day_is_a_hint() -> None:
    made = office()
    made.book.put("l", date(2026, 11, 2), date(2026, 11, 20))
    made.plan()
    (hint,) = sick_hints(made.normal, made.book.snapshot())
    assert (hint.code, hint.day) == ("sick_day_17", date(2026, 11, 18))
    assert len(made.wanted) == 15


def test_case_68_nothing_carries_what_somebody_wrote_about_it() -> None:
    for model in (Leave, LeaveDay):
        assert not {"description", "note", "comment"} & {each.name for each in fields(model)}


def test_nobody_reads_why_somebody_is_away_in_a_log() -> None:
    made = office()
    made.book.put("l", date(2026, 3, 2), child="c-secret")
    plan = made.plan()
    said = repr((plan, made.wanted, made.normal, made.book.snapshot(), made.book.rows, made.book.leaves))
    for word in ("801", "7.50", "t-sick", "c-secret"):
        assert word not in said
    assert "e1" in said


def test_a_week_of_days_is_counted_from_the_first() -> None:
    assert period_of(date(2026, 11, 10), LeaveSettings(period_from=16)).name == "2026-11"
    mid = period_of(date(2026, 11, 16), LeaveSettings(period_from=16))
    assert (mid.name, mid.first, mid.last) == ("2026-12", date(2026, 11, 16), date(2026, 12, 15))
    assert mid.last + timedelta(1) == period_of(date(2026, 12, 16), LeaveSettings(period_from=16)).first
