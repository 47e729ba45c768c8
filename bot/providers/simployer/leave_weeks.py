"""From Simployer's work weeks to schedules. Hours are those of the shifts: the unit of `duration` is not published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from functools import lru_cache
from sys import intern
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from bot.core.log_config import id_of
from bot.domain.leave_calendar import ScheduleOwner, Shift, WorkSchedule
from bot.providers.simployer.calendar import calendar_day
from bot.providers.simployer.cells import identifier, number, word
from bot.providers.simployer.leave_rows import Unread, zone_exists

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]
Shifts = tuple[tuple[Shift, ...], ...]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHARED: dict[Shifts, Shifts] = {}
_MOST_SHARED = 4_096


def schedule(row: Row, default_zone: ZoneInfo) -> tuple[WorkSchedule, bool]:
    """The schedule of a row, and whether all of it could be read.

    One of which the shifts or the first day cannot be read is not `known`: nobody's week is taken in its place. Its
    first day is then the first there is, so that any other of the same owner goes before it.
    """
    whole = True
    zone = word(row.get("timezone"))
    if zone is None or not zone_exists(zone):
        zone, whole = None, zone is None
    owner, owner_id = _owner(row)
    shifts: Shifts = ((),) * 7
    effective, until = date.min, None
    known = True
    try:
        named = ZoneInfo(zone) if zone is not None else default_zone
        effective = calendar_day(row.get("effectiveFrom"), named) or date.min
        known = effective > date.min
        until = calendar_day(row.get("effectiveTo"), named)
        shifts = _week(row)
    except (Unread, ValueError, OverflowError):
        known = False
    if not known:
        log.warning("work_week_unreadable", system="simployer", work_week=id_of(row.get("id")))
    made = WorkSchedule(
        owner=owner,
        owner_id=owner_id,
        effective=effective,
        until=until,
        zone=intern(zone) if zone is not None else None,
        shifts=shifts,
        known=known,
    )
    return made, known and whole


def _owner(row: Row) -> tuple[ScheduleOwner, str]:
    for key, owner in (("employeeId", ScheduleOwner.EMPLOYEE), ("officeId", ScheduleOwner.OFFICE)):
        if row.get(key) not in (None, ""):
            # One whose owner cannot be read must not become the company's.
            return owner, intern(identifier(row.get(key)) or "?")
    return ScheduleOwner.COMPANY, ""


def _week(row: Row) -> Shifts:
    week = tuple(_shifts(row.get(name)) for name in WEEKDAYS)
    if len(_SHARED) >= _MOST_SHARED:
        _SHARED.clear()
    return _SHARED.setdefault(week, week)


def _shifts(weekday: object) -> tuple[Shift, ...]:
    """The shifts of one weekday, none for a free one. Raises `Unread` for a working day without shifts."""
    if not isinstance(weekday, Mapping) or not isinstance(weekday.get("working"), bool):
        raise Unread("weekday")
    if not weekday["working"]:
        return ()
    shifts = weekday.get("shifts")
    if not isinstance(shifts, list) or (not shifts and number(weekday.get("duration")) != 0):
        raise Unread("shifts")
    found = tuple(map(_shift, shifts))
    return found if len(found) == 1 else tuple(sorted(found, key=lambda shift: shift.start))


def _shift(row: object) -> Shift:
    if not isinstance(row, Mapping):
        raise Unread("shift")
    clock = [row.get(key) for key in ("startHour", "startMinute", "endHour", "endMinute")]
    if any(type(part) is not int for part in clock):
        clock = [_whole(part) for part in clock]
    return _made(*clock)


def _whole(value: object) -> int:
    exact = number(value)
    if exact is None or exact != exact.to_integral_value():
        raise Unread("shift")
    return int(exact)


@lru_cache(1_024)
def _made(start_hour: int, start_minute: int, end_hour: int, end_minute: int) -> Shift:
    """A shift may end at 24:00. Raises `ValueError` for what no clock shows."""
    if (end_hour, end_minute) == (24, 0):
        end_hour = 0
    return Shift(time(start_hour, start_minute), time(end_hour, end_minute))
