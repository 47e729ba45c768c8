"""When an integration syncs by itself: chosen weekdays, at one time of day, in one time zone.

APScheduler's CronTrigger is the calculator and nothing else. A wall time that a clock change skips fires once, as
much later as the clock jumped; one that a clock change repeats fires the first time only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPREAD_SECONDS = 300
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Weekdays by name (`WEEKDAYS`), a local time of day, and an IANA time zone.

    Raises `ValueError` for no or unknown weekdays and for a time that does not exist, `ZoneInfoNotFoundError` (a
    `KeyError`) for an unknown zone.
    """

    weekdays: tuple[str, ...]
    hour: int
    minute: int
    timezone: str

    def __post_init__(self) -> None:
        if not self.weekdays or any(day not in WEEKDAYS for day in self.weekdays):
            raise ValueError(f"weekdays must be some of {', '.join(WEEKDAYS)}")
        if not (0 <= self.hour <= 23 and 0 <= self.minute <= 59):
            raise ValueError("the time of day must lie between 00:00 and 23:59")
        ZoneInfo(self.timezone)

    def next_fire(self, after: datetime) -> datetime:
        """The first slot later than an aware time, in UTC."""
        trigger = _trigger(self.weekdays, self.hour, self.minute, self.timezone)
        zone = ZoneInfo(self.timezone)
        moment = after.astimezone(UTC)
        while True:
            # In UTC throughout: adding to a local time forgets which of two equal wall times it was.
            found = trigger.get_next_fire_time(None, moment + _INSTANT)
            if found is None:
                raise ValueError("the schedule never fires")
            slot: datetime = found.astimezone(UTC)
            if slot.astimezone(zone).fold == 0:
                return slot
            moment = slot

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


@lru_cache(maxsize=4096)
def _trigger(weekdays: tuple[str, ...], hour: int, minute: int, timezone: str) -> CronTrigger:
    # By name: numbers mean other days in cron than they do here.
    return CronTrigger(day_of_week=",".join(weekdays), hour=hour, minute=minute, second=0, timezone=ZoneInfo(timezone))


def in_order(weekdays: Sequence[str]) -> tuple[str, ...]:
    """Weekdays once each, Monday first."""
    return tuple(day for day in WEEKDAYS if day in weekdays)


def offset_seconds(integration_id: str) -> int:
    """How long after its slot an integration runs: the same on every replica, spread over five minutes."""
    digest = hashlib.sha256(integration_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") % SPREAD_SECONDS


def slot_run_id(integration_id: str, slot: datetime) -> str:
    """The run of a slot: the same slot always names the same run."""
    return f"sync:{integration_id}:{slot.astimezone(UTC).strftime('%Y-%m-%dT%H:%MZ')}"


def press_run_id(kind: str, integration_id: str, idempotency_key: str) -> str:
    """The run of a button press or command: the same press always names the same run."""
    return f"{kind}:{integration_id}:{idempotency_key}"
