"""Local days of instants, and when people are scheduled to work. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

MIDNIGHT = time()
COUNTRY_ZONES: Mapping[str, str] = {
    "NO": "Europe/Oslo",
    "SE": "Europe/Stockholm",
    "DK": "Europe/Copenhagen",
    "FI": "Europe/Helsinki",
}
"""Where no work week names a zone. Never the server's, nor that of somebody in Slack."""

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class LocalDay:
    """The day of an instant where the employee works; `odd` where it is not that day's midnight."""

    day: date
    odd: bool = False


@lru_cache(16_384)
def local_day(instant: datetime, zone: str) -> LocalDay:
    """The local day of an aware instant. At 00:00:00 UTC it is the UTC date, in any zone: the source had no time.

    Raises `zoneinfo.ZoneInfoNotFoundError` for a zone that is not known, `ValueError` for a naive time.
    """
    if instant.tzinfo is None:
        raise ValueError("a stored instant needs a zone")
    stored = instant.astimezone(UTC)
    if stored.time() == MIDNIGHT:
        return LocalDay(stored.date())
    local = stored.astimezone(ZoneInfo(zone))
    return LocalDay(local.date(), odd=local.time() != MIDNIGHT)


@lru_cache(8_192)
def rounded(hours: Decimal) -> Decimal:
    """Two decimals, half up; once, at the very end, of what is delivered. Equal amounts give the same object."""
    return hours.quantize(HUNDREDTH, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Shift:
    """Work from `start` to `end` of a weekday; an end that is not after the start is on the next day."""

    start: time
    end: time

    @property
    def hours(self) -> Decimal:
        """How long it is by the clock."""
        minutes = (self.end.hour - self.start.hour) * 60 + self.end.minute - self.start.minute
        return Decimal(minutes if minutes > 0 else minutes + 24 * 60) / 60


@lru_cache(8_192)
def _hours_of_week(shifts: tuple[tuple[Shift, ...], ...]) -> tuple[Decimal, ...]:
    """Hours of each weekday; many people share one week."""
    return tuple(sum((shift.hours for shift in day), Decimal(0)) for day in shifts)


class ScheduleOwner(StrEnum):
    """Whose work week it is; an employee's own goes before the office's, and that before the company's."""

    EMPLOYEE = "employee"
    OFFICE = "office"
    COMPANY = "company"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSchedule:
    """A work week from a day on. `shifts` are of the seven weekdays, Monday first; a day without any is free.

    `owner_id` is "" for the company. `until` is taken for the day after the last one, which is not certain: where no
    other work week covers that day, it counts as the last one. Of two that cover a day the later one counts. One that
    is not `known` holds as well, but its shifts could not be read: what it says is that nobody knows.
    """

    owner: ScheduleOwner
    owner_id: str
    effective: date
    until: date | None = None
    zone: str | None = None
    shifts: tuple[tuple[Shift, ...], ...] = ((),) * 7
    known: bool = True
    week: tuple[Decimal, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "week", _hours_of_week(self.shifts))

    def hours(self, day: date) -> Decimal:
        """Scheduled hours of a day; no holiday is taken off, since the source knows none."""
        return self.week[day.weekday()]

    def shifts_of(self, day: date) -> tuple[Shift, ...]:
        """The shifts that begin on a day."""
        return self.shifts[day.weekday()]


class WorkSchedules:
    """All work weeks of a source, to be asked for a person and a day."""

    __slots__ = ("_by_owner",)

    def __init__(self, schedules: Iterable[WorkSchedule] = ()) -> None:
        by_owner: dict[tuple[ScheduleOwner, str], list[WorkSchedule]] = {}
        for schedule in schedules:
            by_owner.setdefault((schedule.owner, schedule.owner_id), []).append(schedule)
        self._by_owner: Mapping[tuple[ScheduleOwner, str], Sequence[WorkSchedule]] = {
            owner: sorted(found, key=_effective) for owner, found in by_owner.items()
        }

    def __len__(self) -> int:
        return sum(map(len, self._by_owner.values()))

    def on(self, day: date, employee_id: str, office_id: str | None = None) -> WorkSchedule | None:
        """The work week that holds for somebody on a day; None where there is none at any level, or it is not known."""
        found = self._holding(day, employee_id, office_id)
        return found if found is not None and found.known else None

    def _holding(self, day: date, employee_id: str, office_id: str | None) -> WorkSchedule | None:
        owners = [(ScheduleOwner.EMPLOYEE, employee_id), (ScheduleOwner.COMPANY, "")]
        if office_id is not None:
            owners.insert(1, (ScheduleOwner.OFFICE, office_id))
        for last_day_counts in (False, True):
            for owner in owners:
                if (found := self._of(owner, day, last_day_counts=last_day_counts)) is not None:
                    return found
        return None

    def zone(self, day: date, employee_id: str, office_id: str | None = None) -> str | None:
        """The zone of that work week."""
        schedule = self._holding(day, employee_id, office_id)
        return schedule.zone if schedule is not None else None

    def _of(self, owner: tuple[ScheduleOwner, str], day: date, *, last_day_counts: bool) -> WorkSchedule | None:
        dated = self._by_owner.get(owner, ())
        for schedule in reversed(dated[: bisect_right(dated, day, key=_effective)]):
            if schedule.until is None or day < schedule.until or (last_day_counts and day == schedule.until):
                return schedule
        return None


NO_SCHEDULES = WorkSchedules()


def _effective(schedule: WorkSchedule) -> date:
    return schedule.effective


def days_between(first: date, last: date) -> Sequence[date]:
    """All days from the first to the last, both included; none where the last is before the first."""
    return [first + timedelta(days) for days in range((last - first).days + 1)]
