"""Local days of instants, and the work week that holds on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from bot.domain.leave_calendar import ScheduleOwner, Shift, WorkSchedule, WorkSchedules, local_day, rounded

OSLO = "Europe/Oslo"
DAY_SHIFTS = (Shift(time(8), time(12)), Shift(time(12, 30), time(16)))
FULL = (DAY_SHIFTS,) * 5 + ((),) * 2


def week(owner: ScheduleOwner, owner_id: str, effective: date, until: date | None = None) -> WorkSchedule:
    return WorkSchedule(owner=owner, owner_id=owner_id, effective=effective, until=until, zone=OSLO, shifts=FULL)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-03-01T23:00:00Z", date(2026, 3, 2)),
        ("2026-07-01T22:00:00Z", date(2026, 7, 2)),
        ("2026-03-28T23:00:00Z", date(2026, 3, 29)),
        ("2026-10-24T22:00:00Z", date(2026, 10, 25)),
        ("2026-10-25T23:00:00Z", date(2026, 10, 26)),
        ("2026-12-31T23:00:00Z", date(2027, 1, 1)),
    ],
)
def test_midnight_where_the_employee_works_is_that_day(instant: str, day: date) -> None:
    assert local_day(datetime.fromisoformat(instant), OSLO).day == day
    assert not local_day(datetime.fromisoformat(instant), OSLO).odd


@pytest.mark.parametrize("zone", [OSLO, "Europe/Helsinki", "America/New_York"])
def test_midnight_of_utc_is_the_utc_day_in_any_zone(zone: str) -> None:
    assert local_day(datetime(2026, 3, 2, tzinfo=UTC), zone).day == date(2026, 3, 2)


def test_another_time_is_still_its_local_day_and_is_told() -> None:
    found = local_day(datetime(2026, 3, 2, 22, 30, tzinfo=UTC), OSLO)
    assert (found.day, found.odd) == (date(2026, 3, 2), True)
    with pytest.raises(ValueError, match="zone"):
        local_day(datetime(2026, 3, 2), OSLO)  # noqa: DTZ001 - what is refused


def test_hours_come_from_the_clock_and_a_night_belongs_to_the_day_it_begins() -> None:
    night = Shift(time(22), time(6))
    assert night.hours == 8
    assert week(ScheduleOwner.COMPANY, "", date(2026, 1, 1)).hours(date(2026, 3, 2)) == Decimal("7.5")
    assert week(ScheduleOwner.COMPANY, "", date(2026, 1, 1)).hours(date(2026, 3, 1)) == 0


def test_the_employees_own_week_goes_before_the_offices_and_the_companys() -> None:
    company = week(ScheduleOwner.COMPANY, "", date(2026, 1, 1))
    office = week(ScheduleOwner.OFFICE, "o", date(2026, 1, 1))
    first = week(ScheduleOwner.EMPLOYEE, "e", date(2026, 2, 1), date(2026, 3, 1))
    later = week(ScheduleOwner.EMPLOYEE, "e", date(2026, 3, 1))
    schedules = WorkSchedules((later, company, first, office))
    assert schedules.on(date(2026, 1, 15), "e", "o") is office
    assert schedules.on(date(2026, 1, 15), "e") is company
    assert schedules.on(date(2026, 2, 1), "e", "o") is first
    assert schedules.on(date(2026, 3, 1), "e", "o") is later
    assert WorkSchedules((first,)).on(date(2026, 3, 1), "e") is first
    assert WorkSchedules((first,)).on(date(2026, 3, 2), "e") is None


def test_rounding_is_half_up() -> None:
    assert rounded(Decimal("2.8125")) == Decimal("2.81")
    assert rounded(Decimal("2.665")) == Decimal("2.67")


def test_a_week_that_could_not_be_read_holds_and_says_nothing() -> None:
    """Somebody part-time must not be taken for full-time, as the office is, because their own week is odd."""
    office = week(ScheduleOwner.OFFICE, "o", date(2026, 1, 1))
    own = WorkSchedule(
        owner=ScheduleOwner.EMPLOYEE, owner_id="e", effective=date(2026, 1, 1), zone="Europe/Helsinki", known=False
    )
    schedules = WorkSchedules([office, own])
    assert schedules.on(date(2026, 3, 2), "e", "o") is None
    assert schedules.zone(date(2026, 3, 2), "e", "o") == "Europe/Helsinki"
    assert schedules.on(date(2026, 3, 2), "f", "o") is office


def test_people_with_the_same_hours_share_them() -> None:
    """Of a hundred thousand people, few work differently."""
    first, second = (week(ScheduleOwner.EMPLOYEE, owner, date(2026, 1, 1)) for owner in "ab")
    assert first.week is second.week
