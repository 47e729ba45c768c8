"""What a calendar knows of a day: public holidays, and the nights on which clocks change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import holidays

LOOK_AHEAD = 730
"""Days within which a clock change counts: whoever chooses a time of day keeps it for years."""


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A night on which wall times do not come exactly once: those from `start` until `end`.

    `repeated` tells that they come twice; else they are skipped.
    """

    day: date
    start: time
    end: time
    repeated: bool


def load() -> None:
    """Read what is read once, some hundred milliseconds: before somebody waits for it, and in a thread."""
    zones()
    is_public_holiday("SE", date(2026, 1, 1))


@cache
def countries() -> frozenset[str]:
    """The countries (ISO 3166-1 alpha-2) whose public holidays are known."""
    return frozenset(holidays.list_supported_countries(include_aliases=False))


@cache
def zones() -> frozenset[str]:
    """All time zones (IANA) that mean the same on every machine."""
    return frozenset(available_timezones() - {"localtime", "Factory", "posixrules"})


def local_day(now: datetime, zone: str) -> date:
    """The date that it is in a zone."""
    return now.astimezone(ZoneInfo(zone)).date()


def is_public_holiday(country: str, day: date) -> bool:
    """Whether a day is a public holiday in the whole country. Raises `ValueError` for an unknown country."""
    return day in _holidays(country)


def clock_change(zone: str, at: time, first: date) -> ClockChange | None:
    """The first night from a day on, within two years, on which a time of day is skipped or comes twice."""
    where = ZoneInfo(zone)
    for ahead in range(LOOK_AHEAD):
        day = first + timedelta(days=ahead)
        if _is_unsure(day, at, where):
            unsure = [minute for minute in map(_time_of_day, range(24 * 60)) if _is_unsure(day, minute, where)]
            after = datetime.combine(day, unsure[-1]) + timedelta(minutes=1)
            shift = _offset(day, at, where, fold=1) - _offset(day, at, where, fold=0)
            return ClockChange(day, unsure[0], after.time(), repeated=shift < timedelta())
    return None


@cache
def _holidays(country: str) -> Mapping[date, str]:
    if country not in countries():
        raise ValueError(f"no public holidays are known of {country!r}")
    return holidays.country_holidays(country)


def _is_unsure(day: date, at: time, where: ZoneInfo) -> bool:
    return _offset(day, at, where, fold=0) != _offset(day, at, where, fold=1)


def _offset(day: date, at: time, where: ZoneInfo, *, fold: int) -> timedelta:
    offset = datetime.combine(day, at.replace(fold=fold), where).utcoffset()
    assert offset is not None  # a zone always has one
    return offset


def _time_of_day(minute: int) -> time:
    return time(*divmod(minute, 60))
