"""What is to stand in a target of somebody's leave, what stands there, and what is written. Frozen, no I/O.

A key names a row by the person, the local day and the target's code. The code says why somebody is away, so it stays
out of every `repr`, as the hours do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from bot.domain.leave import LeavePerson
from bot.domain.leave_calendar import Shift


class DayKey(NamedTuple):
    """One row of one integration's target. `child` is "" where the target's rows do not tell children apart."""

    employee_id: str
    day: date
    code: str
    child: str = ""

    def __repr__(self) -> str:
        return f"DayKey({self.employee_id!r}, {self.day})"


class PeriodKey(NamedTuple):
    """One leave of absence. `employment` tells two employments apart; `part` counts pieces of one leave from 1."""

    leave_id: str
    employment: str = ""
    part: int = 1

    @property
    def reference(self) -> str:
        """The id that a target keeps for us: the leave's own, with `:2` and so on for further pieces."""
        return self.leave_id if self.part == 1 else f"{self.leave_id}:{self.part}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedDay:
    """What shall stand under a key: hours with two decimals, of these leaves (ids, ordered).

    `scheduled` are the hours that the person would have worked that day, None where no work week is known.
    """

    key: DayKey
    hours: Decimal = field(repr=False)
    contributors: tuple[str, ...] = ()
    scheduled: Decimal | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPeriod:
    """A leave of absence as it shall stand: `last` is None while it goes on. `percent` is 0 to 100 of the position."""

    key: PeriodKey
    employee_id: str
    code: str = field(repr=False)
    first: date
    last: date | None = None
    percent: Decimal = field(default=Decimal(100), repr=False)


class CloseReason(StrEnum):
    """Why nothing may be written on a day. Texts: `leave.closed.<value>`."""

    BY_HAND = "by_hand"
    MONTH = "month"
    WEEK = "week"
    ROW = "row"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class ClosedSpan:
    """Days that are closed, both ends included."""

    first: date
    last: date
    reason: CloseReason

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedDays:
    """What is closed: for everybody up to and with a day, and for single people (by the source's id).

    `warned` are spans that somebody has called complete without closing them: they are written, and told.
    """

    through: date | None = None
    people: Mapping[str, Sequence[ClosedSpan]] = field(default_factory=dict)
    warned: Mapping[str, Sequence[ClosedSpan]] = field(default_factory=dict)

    def reason(self, employee_id: str, day: date) -> CloseReason | None:
        """Why a day is closed for somebody; None where it is open."""
        if self.through is not None and day <= self.through:
            return CloseReason.BY_HAND
        return next((span.reason for span in self.people.get(employee_id, ()) if day in span), None)


@dataclass(frozen=True, slots=True)
class RowReference:
    """A row of the target by its own id, at the version that was read; "" where the target has no versions."""

    target_id: str
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetDay:
    """A row as the target holds it, by our key. `marker` is what we left in its comment, "" where there is none.

    A key may have several rows where the target allows it: each is given, and the core leaves them to a person.
    """

    key: DayKey
    hours: Decimal = field(repr=False)
    row: RowReference
    locked: bool = False
    marker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPeriod:
    """A leave of absence as the target holds it. `reference` is the id that we sent with it, "" for another's."""

    employee_id: str
    reference: str
    code: str = field(repr=False)
    first: date
    last: date | None
    percent: Decimal = field(repr=False)
    row: RowReference
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DayWrite:
    """A row to be made or changed. `marker` is a neutral tag for its comment; nothing else may be written there.

    `reference` is unique for this row and this change of it, for targets that keep an id of ours.
    """

    person: LeavePerson
    key: DayKey
    hours: Decimal = field(repr=False)
    marker: str
    reference: str
    scheduled: Decimal | None = field(default=None, repr=False)
    contributors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodWrite:
    """A leave of absence to be made or changed. `settings` are the integration's choices for absence."""

    person: LeavePerson
    wanted: WantedPeriod
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class PayrollPeriod:
    """The days of one payroll run, both ends included, and the name that people know it by, such as 2026-11."""

    name: str
    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


class FileMode(StrEnum):
    """WHOLE repeats the period with everything; DIFFERENCE has minus and plus of what was imported already.

    LIST is a correction list for a person to type in, where no importer is known to take differences.
    """

    WHOLE = "whole"
    DIFFERENCE = "difference"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One row of a file. In a DIFFERENCE `hours` may be negative: what was imported is taken back."""

    person: LeavePerson
    key: DayKey
    hours: Decimal = field(repr=False)
    scheduled: Decimal | None = field(default=None, repr=False)
    contributors: tuple[str, ...] = ()
    child_name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledDay:
    """A day of somebody's work week; no shifts and 0 on a free day.

    The source knows no public holidays: the hours are those of the weekday, and `holiday` says that it is one.
    """

    day: date
    hours: Decimal
    shifts: tuple[Shift, ...] = ()
    holiday: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveFileRequest:
    """What a file shall hold. `sequence` counts the files of the period from 1; from 2 on it repeats or corrects.

    `rows` are ordered by employee number, day and code. `schedules` has every day of the period for everybody in the
    file whose work week is known, by employee id.
    """

    period: PayrollPeriod
    sequence: int
    mode: FileMode
    made_on: date
    rows: Sequence[FileRow] = field(repr=False)
    schedules: Mapping[str, Sequence[ScheduledDay]] = field(default_factory=dict, repr=False)
