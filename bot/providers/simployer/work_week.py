"""Scheduled work out of rows of work weeks: minutes per weekday, and which of them holds on which day.

The unit of `duration` is not published. Hours come of the shifts' clock times; `duration` has to agree with them in one
unit throughout the week, and stands alone only where a day has no shifts. What does not fit together is unreadable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.employee import WorkWeek
from bot.providers.simployer.calendar import zone_named
from bot.providers.simployer.cells import Cells, number

Row = Mapping[str, Any]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = 24 * 60

_UNITS = (
    (Decimal(60), Decimal(0), Decimal(24)),
    (Decimal(1), Decimal(24), Decimal(_DAY)),
    (1 / Decimal(60), Decimal(_DAY), Decimal(_DAY * 60)),
    (1 / Decimal(60_000), Decimal(_DAY * 60), Decimal(_DAY * 60_000)),
)
"""Hours, minutes, seconds, milliseconds: minutes in one, and what a day's work in it is above and at most. Nobody works
for 24 minutes a day, or for 25 hours."""


def work_weeks(own: Iterable[Row], office: Iterable[Row], zone: ZoneInfo, cells: Cells) -> tuple[WorkWeek, ...]:
    """The work weeks that hold for somebody, one after the other: on each day their own, or else their office's.

    What cannot be read is kept in `cells`.
    """
    personal = _read(own, zone, cells)
    # What an office has is of no matter to somebody with a week of their own that goes on.
    theirs = _read(office, zone, Cells() if any(week.until is None for week in personal) else cells)
    found: list[WorkWeek] = []
    days = sorted({day for week in (*personal, *theirs) for day in (week.effective, week.until) if day is not None})
    for place, day in enumerate(days):
        holding = _holding(personal, day) or _holding(theirs, day)
        if holding is None:
            continue
        until = days[place + 1] if place + 1 < len(days) else None
        if found and found[-1].until == day and found[-1].minutes == holding.minutes:
            found[-1] = replace(found[-1], until=until)
        else:
            found.append(WorkWeek(effective=day, until=until, minutes=holding.minutes))
    for week in found:
        if week.minutes is None:
            cells.unreadable("work_week", until=week.until - timedelta(days=1) if week.until else None)
    return tuple(found)


def _holding(weeks: Sequence[WorkWeek], day: date) -> WorkWeek | None:
    holding = [week for week in weeks if week.effective <= day and (week.until is None or day < week.until)]
    return holding[-1] if holding else None


def _read(rows: Iterable[Row], zone: ZoneInfo, cells: Cells) -> list[WorkWeek]:
    found = []
    for row in sorted(rows, key=lambda row: str(row["id"])):
        own_zone = zone_named(row.get("timezone"), zone)
        reading = Cells()
        effective = reading.day(row, "effectiveFrom", own_zone, "work_week")
        until = reading.day(row, "effectiveTo", own_zone, "work_week")
        if effective is None or reading.misread:
            cells.unreadable("work_week", until=until)
        if effective is not None:
            found.append(WorkWeek(effective=effective, until=until, minutes=_minutes(row)))
    return sorted(found, key=lambda week: week.effective)


def _minutes(row: Row) -> tuple[int, ...] | None:
    """Minutes per weekday, Monday first; None for a week that cannot be read."""
    days = [row.get(name) for name in _WEEKDAYS]
    worked: list[tuple[int | None, Decimal | None]] = []
    for day in days:
        if not isinstance(day, Mapping) or not isinstance(day.get("working"), bool):
            return None
        length, given = number(day.get("duration")), day.get("duration") is not None
        clock = _clock(day.get("shifts"))
        if day["working"]:
            if clock is None or (length is None and (given or not clock)) or (length is not None and length < 0):
                return None
            worked.append((clock or None, length))
        else:
            worked.append((0, Decimal(0)))
    for unit in _UNITS:
        if all(_agree(clock, length, unit) for clock, length in worked):
            return tuple(clock if clock is not None else round((length or 0) * unit[0]) for clock, length in worked)
    return None


def _agree(clock: int | None, length: Decimal | None, unit: tuple[Decimal, Decimal, Decimal]) -> bool:
    """Whether a day's `duration`, in this unit, is that of its shifts, or that of a day where it has none."""
    size, above, most = unit
    if length is None:
        return True
    if clock is None:
        return length == 0 or above < length <= most
    return abs(length * size - clock) < 1


def _clock(shifts: object) -> int | None:
    """Minutes of all shifts of a day by their clock times; one that ends when it begins, or before, ends the next day.
    0 without shifts, None for what cannot be read."""
    if shifts is None:
        return 0
    if not isinstance(shifts, list):
        return None
    total = 0
    for shift in shifts:
        if not isinstance(shift, Mapping):
            return None
        start, end = _moment(shift, "start"), _moment(shift, "end")
        if start is None or end is None:
            return None
        total += end - start if end > start else end - start + _DAY
    return total if total <= _DAY else None


def _moment(shift: Row, name: str) -> int | None:
    """Minutes from midnight to 24:00."""
    hour, minute = number(shift.get(f"{name}Hour")), number(shift.get(f"{name}Minute"))
    if hour is None or minute is None or hour % 1 or minute % 1 or not 0 <= minute < 60:
        return None
    moment = int(hour * 60 + minute)
    return moment if 0 <= moment <= _DAY else None
