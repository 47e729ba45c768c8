"""Hours out of work weeks whose unit is not published, and whose week it is on which day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.employee import WorkWeek
from bot.providers.simployer.cells import Cells
from bot.providers.simployer.work_week import work_weeks

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FREE = {"working": False, "duration": 0, "shifts": []}
FULL = (450,) * 5 + (0, 0)
DAY = date(2026, 1, 1)


def shift(start: str, end: str) -> dict[str, Any]:
    (h1, m1), (h2, m2) = (map(int, moment.split(":")) for moment in (start, end))
    return {"startHour": h1, "startMinute": m1, "endHour": h2, "endMinute": m2, "duration": 0}


def day(duration: Any, *shifts: dict[str, Any], working: Any = True) -> dict[str, Any]:
    return {"working": working, "duration": duration, "shifts": list(shifts)}


def week(on: dict[str, Any], start: str = "2026-01-01", end: str | None = None, **days: Any) -> dict[str, Any]:
    return {
        "id": f"{start}{on}", "timezone": "Europe/Oslo", "effectiveFrom": start, "effectiveTo": end,
        **dict.fromkeys(WEEKDAYS[:5], on), **dict.fromkeys(WEEKDAYS[5:], FREE), **days,
    }  # fmt: skip


def read(*own: dict[str, Any], office: tuple[dict[str, Any], ...] = ()) -> tuple[tuple[WorkWeek, ...], Cells]:
    cells = Cells()
    return work_weeks(own, office, ZoneInfo("Europe/Oslo"), cells), cells


@pytest.mark.parametrize("duration", [Decimal("7.5"), 450, 27_000, 27_000_000])
@pytest.mark.parametrize("shifts", [(), (shift("8:00", "15:30"),), (shift("8:00", "12:00"), shift("20:30", "0:00"))])
def test_a_duration_is_in_the_unit_that_it_can_be(duration: Any, shifts: tuple[dict[str, Any], ...]) -> None:
    (found,), cells = read(week(day(duration, *shifts)))
    assert (found.minutes, cells.misread) == (FULL, ())


def test_a_night_ends_the_next_day() -> None:
    (found,), _ = read(week(day(480, shift("22:00", "6:00"))))
    assert found.minutes == (480,) * 5 + (0, 0)


def test_a_day_of_few_minutes_is_read_by_its_shifts() -> None:
    short = day(20, shift("8:00", "8:20"))
    (found,), cells = read(week(day(450, shift("8:00", "15:30")), friday=short))
    assert (found.minutes, cells.misread) == ((450, 450, 450, 450, 20, 0, 0), ())


@pytest.mark.parametrize(
    "odd",
    [
        None,
        [],
        day(450, shift("8:00", "15:30"), working=1),
        day(450, shift("8:00", "15:30"), working=None),
        day(None),
        day("7.5"),
        day(-450),
        day(20),
        day(480, shift("8:00", "15:30")),
        day(Decimal("7.5"), shift("8:00", "15:30")),
        day(450, shift("8:00", "25:30")),
        day(450, shift("8:00", "15:75")),
        day(450, {"startHour": "8", "startMinute": 0, "endHour": 15, "endMinute": 30}),
        {"working": True, "duration": 450, "shifts": "8-16"},
        {"working": True, "duration": 450, "shifts": [8]},
        day(1500, shift("0:00", "24:00"), shift("8:00", "9:00")),
    ],
)
def test_a_week_that_does_not_fit_together_is_told(odd: Any) -> None:
    (found,), cells = read(week(day(450, shift("8:00", "15:30")), wednesday=odd))
    assert found.minutes is None
    assert [(one.code, one.field, one.until) for one in cells.misread] == [("source.left_out", "work_week", None)]


@pytest.mark.parametrize("start", [None, "", "soon", 20260101])
def test_a_week_from_no_day_is_told(start: Any) -> None:
    found, cells = read(week(day(450)) | {"effectiveFrom": start})
    assert (found, [one.field for one in cells.misread]) == ((), ["work_week"])


def test_the_offices_week_holds_where_there_is_none_of_ones_own() -> None:
    office = (week(day(480), "2020-01-01"), week(day(450), "2026-03-01"))
    own = (week(day(300), "2026-01-01", "2026-02-01"), week(day(360), "2026-06-01"))
    found, cells = read(*own, office=office)
    assert [(one.effective, one.until, (one.minutes or (0,))[0]) for one in found] == [
        (date(2020, 1, 1), date(2026, 1, 1), 480),
        (date(2026, 1, 1), date(2026, 2, 1), 300),
        (date(2026, 2, 1), date(2026, 3, 1), 480),
        (date(2026, 3, 1), date(2026, 6, 1), 450),
        (date(2026, 6, 1), None, 360),
    ]
    assert cells.misread == ()


def test_an_offices_week_that_cannot_be_read_is_told_of_whom_it_holds_for() -> None:
    bad = week(day("x"), "2020-01-01")
    assert [one.until for one in read(office=(bad,))[1].misread] == [None]
    assert [one.until for one in read(week(day(450)), office=(bad,))[1].misread] == [date(2025, 12, 31)]
    assert read(week(day(450), "2020-01-01"), office=(bad,))[1].misread == ()
