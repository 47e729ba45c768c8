"""When an integration syncs by itself: chosen weekdays, at one time of day, in one time zone; not on days of rest.

APScheduler's CronTrigger is the calculator and nothing else. A wall time that a clock change skips fires once, as
much later as the clock jumped; one that a clock change repeats fires the first time only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from bot.jobs.scheduling import calendar
from storage.schedules import Schedule as Row

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


SPREAD_SECONDS = 300


_INSTANT = timedelta(microseconds=1)


NEVER = datetime(9000, 1, 1, tzinfo=UTC)


"""When a schedule fires next that is paused up to the end of time: late enough, and a day like any other."""


@dataclass(frozen=True, slots=True)
class SlotSchedule:
    """Weekdays by name (`WEEKDAYS`), a local time of day, and an IANA time zone.

    `holidays` is the country (ISO 3166-1 alpha-2) on whose public holidays nothing runs; `paused` are the first and
    the last local day of a pause. Raises `ValueError` for no or unknown weekdays, for a time that does not exist, for
    an unknown country and for a pause that ends before it begins, `ZoneInfoNotFoundError` (a `KeyError`) for an
    unknown zone.
    """

    weekdays: tuple[str, ...]
    hour: int
    minute: int
    timezone: str
    holidays: str | None = None
    paused: tuple[date, date] | None = None

    def __post_init__(self) -> None:
        if not self.weekdays or any(day not in WEEKDAYS for day in self.weekdays):
            raise ValueError(f"weekdays must be some of {', '.join(WEEKDAYS)}")
        if not (0 <= self.hour <= 23 and 0 <= self.minute <= 59):
            raise ValueError("the time of day must lie between 00:00 and 23:59")
        ZoneInfo(self.timezone)
        if self.holidays is not None and self.holidays not in calendar.countries():
            raise ValueError("public holidays are not known of this country")
        if self.paused is not None and self.paused[0] > self.paused[1]:
            raise ValueError("a pause cannot end before it begins")

    @classmethod
    def of(cls, row: Row) -> Self:
        """A stored schedule, to calculate with."""
        return cls(row.weekdays, row.hour, row.minute, row.timezone, row.holidays, row.paused)

    def next_fire(self, after: datetime) -> datetime:
        """The first slot later than an aware time, in UTC."""
        trigger, zone = _trigger(self.weekdays, self.hour, self.minute), ZoneInfo(self.timezone)
        # Wall times are walked through as if clocks never changed, from a day before: a slot that a clock change
        # skips comes later than its wall time says.
        wall = after.astimezone(zone).replace(tzinfo=UTC) - timedelta(days=1)
        while True:
            found = trigger.get_next_fire_time(None, wall + _INSTANT)
            if found is None:
                raise ValueError("the schedule never fires")
            wall = found.replace(fold=0)
            slot: datetime = wall.replace(tzinfo=zone).astimezone(UTC)
            if self.paused is not None and self.paused[0] <= wall.date() <= self.paused[1]:
                if self.paused[1].year >= NEVER.year:
                    return NEVER
                # At once to the end of the pause, however long it is.
                wall = datetime.combine(self.paused[1], time.max, UTC)
            elif slot > after and not self._is_holiday(wall.date()):
                return slot

    def next_runs(self, after: datetime, offset_seconds: int, count: int) -> list[datetime]:
        """The starts of the next runs, in order."""
        found: list[datetime] = []
        while len(found) < count:
            found.append(self.next_run(found[-1] if found else after, offset_seconds))
        return found

    def next_run(self, after: datetime, offset_seconds: int) -> datetime:
        """When the integration's next run starts: the slot and its fixed offset, later than an aware time."""
        offset = timedelta(seconds=offset_seconds)
        return self.next_fire(after.astimezone(UTC) - offset) + offset

    def latest_slot(self, first: datetime, now: datetime, offset_seconds: int) -> datetime:
        """Of the slots from `first` on whose run is due at `now`, the last: what a catch-up stands for."""
        offset = timedelta(seconds=offset_seconds)
        slot = first
        while (following := self.next_fire(slot)) + offset <= now:
            slot = following
        return slot

    def _is_holiday(self, day: date) -> bool:
        return self.holidays is not None and calendar.is_public_holiday(self.holidays, day)


@lru_cache(maxsize=4096)
def _trigger(weekdays: tuple[str, ...], hour: int, minute: int) -> CronTrigger:
    # By name: numbers mean other days in cron than they do here. In UTC: in a zone whose clocks change, CronTrigger
    # 3.11 passes over the first minutes of the day after.
    return CronTrigger(day_of_week=",".join(weekdays), hour=hour, minute=minute, second=0, timezone=UTC)


def in_order(weekdays: Sequence[str]) -> tuple[str, ...]:
    """Weekdays once each, Monday first."""
    return tuple(day for day in WEEKDAYS if day in weekdays)


def offset_seconds(integration_id: str) -> int:
    """How long after its slot an integration runs: the same on every replica, spread over five minutes."""
    digest = hashlib.sha256(integration_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") % SPREAD_SECONDS
