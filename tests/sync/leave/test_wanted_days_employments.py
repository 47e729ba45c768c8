"""Leave over two employments: each day goes to the one that covers it, and what none covers is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.leave import EmployedSpan
from bot.sync.leave.day_plan import StepKind
from tests.support.leave_office import LeaveOffice, key, person
from tests.sync.leave.test_edge_cases_periods import Absences

JULY, SEPTEMBER, OCTOBER = date(2026, 7, 1), date(2026, 9, 30), date(2026, 10, 1)
HIRED = date(2020, 1, 1)


async def test_days_of_either_employment_are_sent_and_those_between_are_told() -> None:
    made = LeaveOffice()
    spans = (EmployedSpan(HIRED, date(2026, 11, 3)), EmployedSpan(date(2026, 11, 5)))
    made.people["e1"] = replace(person(1), employments=spans)
    made.book.put("l", date(2026, 11, 2), date(2026, 11, 6))
    await made.run()
    assert set(made.target.rows) == {key(date(2026, 11, day)) for day in (2, 3, 5, 6)}
    assert [(each.code, each.day) for each in made.normal.findings] == [("outside_employment", date(2026, 11, 4))]


async def test_a_day_that_an_employment_stops_covering_stays_and_is_told() -> None:
    made = LeaveOffice()
    made.book.put("l", date(2026, 11, 2), date(2026, 11, 6))
    await made.run()
    made.people["e1"] = replace(person(1), employments=(EmployedSpan(HIRED, date(2026, 11, 4)),))
    outcomes = await made.run()
    assert [each.reason for each in outcomes] == ["outside_employment"] * 2
    assert len(made.target.rows) == 5


def standing(made: Absences) -> dict[str, tuple[date, date | None]]:
    return {reference: (row.first, row.last) for reference, row in made.rows.items()}


@pytest.mark.parametrize("window_from", [date(2026, 1, 1), date(2026, 9, 1), date(2026, 11, 1)])
def test_a_leave_of_absence_over_two_employments_is_a_part_in_each(window_from: date) -> None:
    made = Absences()
    made.office.people["e1"] = replace(person(1), employments=(EmployedSpan(HIRED, SEPTEMBER), EmployedSpan(OCTOBER)))
    made.put()
    made.carry_out(made.plan())
    assert standing(made) == {"l": (JULY, SEPTEMBER), "l:2": (OCTOBER, date(2027, 6, 30))}
    made.book.window = replace(made.book.window, first=window_from)
    made.book.rows["l"] = [row for row in made.book.rows["l"] if row.day >= window_from]
    assert made.plan() == []


def test_a_change_of_employment_within_a_leave_that_was_sent_ends_the_one_and_begins_another() -> None:
    made = Absences()
    made.put()
    made.carry_out(made.plan())
    made.office.people["e1"] = replace(person(1), employments=(EmployedSpan(HIRED, SEPTEMBER), EmployedSpan(OCTOBER)))
    steps = made.plan()
    assert [(step.kind, step.key.reference) for step in steps] == [(StepKind.UPDATE, "l"), (StepKind.CREATE, "l:2")]
    made.carry_out(steps)
    assert standing(made) == {"l": (JULY, SEPTEMBER), "l:2": (OCTOBER, date(2027, 6, 30))}


def test_between_two_employments_nobody_is_on_leave() -> None:
    made = Absences()
    made.office.people["e1"] = replace(
        person(1), employments=(EmployedSpan(HIRED, date(2026, 8, 31)), EmployedSpan(OCTOBER, date(2026, 12, 31)))
    )
    made.put(open_end=True)
    made.carry_out(made.plan())
    assert standing(made) == {"l": (JULY, date(2026, 8, 31)), "l:2": (OCTOBER, date(2026, 12, 31))}


def test_one_that_began_before_what_is_read_begins_with_the_employment_of_now() -> None:
    made = Absences()
    made.office.people["e1"] = replace(person(1), employments=(EmployedSpan(HIRED, SEPTEMBER), EmployedSpan(OCTOBER)))
    made.put()
    made.book.window = replace(made.book.window, first=date(2026, 11, 1))
    made.book.rows["l"] = [row for row in made.book.rows["l"] if row.day.month > 10]
    made.carry_out(made.plan())
    assert standing(made) == {"l": (OCTOBER, date(2027, 6, 30))}


def test_two_employments_beside_each_other_leave_the_leave_whole() -> None:
    made = Absences()
    made.office.people["e1"] = replace(person(1), employments=(EmployedSpan(HIRED), EmployedSpan(JULY)))
    made.put("60")
    (step,) = made.plan()
    assert step.wanted is not None
    assert (step.wanted.first, step.wanted.last, step.wanted.percent) == (JULY, date(2027, 6, 30), Decimal(60))
