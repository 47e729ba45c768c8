"""Leave as the source holds it: types, leaves, and the rows of days made of them. Frozen, no I/O.

Why somebody is away is health or family data: type, child and hours stay out of every `repr`. Ids, days and hours are
many and few are different, so whoever makes rows shares them: ids by `sys.intern`, `hours_of`, and `local_day` of
`bot.domain.leave_calendar`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from bot.domain.findings import Severity
from bot.domain.leave_calendar import NO_SCHEDULES, WorkSchedules

OPEN_FROM_YEAR = 2090
"""A last day from this year on stands for "until further notice", which the source cannot say."""


class LeaveKind(StrEnum):
    """What a leave type is, in the source's own division; OTHER is one that is not known here."""

    SICK_LEAVE = "sick_leave"
    PARENTAL_LEAVE = "parental_leave"
    VACATION = "vacation"
    OFF_DUTY = "off_duty"
    CHILDCARE = "childcare"
    OTHER = "other"


class LeaveStatus(StrEnum):
    """Where a leave, or a row of a day, stands. OTHER is a word that is not known here: such a row is held."""

    PENDING = "pending"
    DENIED = "denied"
    CANCELLED = "cancelled"
    APPROVED = "approved"
    CONFIRMED = "confirmed"
    OTHER = "other"


DECIDED = frozenset({LeaveStatus.APPROVED, LeaveStatus.CONFIRMED})
"""What may be delivered."""

WITHDRAWN = frozenset({LeaveStatus.DENIED, LeaveStatus.CANCELLED})
"""What takes delivered days back. All else leaves them as they are."""


class ParentKind(StrEnum):
    """What a row of a day was made of."""

    LEAVE = "leave"
    TIMESHEET_ENTRY = "timesheet_entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveType:
    """A type of leave, archived and disabled ones too: their old rows keep their code.

    `codes` are the source's payroll codes, trimmed, in the case in which they stand; there may be none or several.
    """

    id: str
    name: str = field(repr=False)
    kind: LeaveKind = field(default=LeaveKind.OTHER, repr=False)
    codes: tuple[str, ...] = field(default=(), repr=False)
    paid: bool | None = None
    deductible: bool | None = None
    disabled: bool = False
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A leave. Its days are those of the rows: whether `last_day` is the last one or the day after is not certain.

    `last_day` is None, or far away (`OPEN_FROM_YEAR`), where no end is known. `grade` is in percent, 0 to 100.
    """

    id: str
    employee_id: str
    type_id: str = field(repr=False)
    status: LeaveStatus
    first_day: date
    last_day: date | None = None
    grade: Decimal | None = field(default=None, repr=False)

    @property
    def is_open(self) -> bool:
        """Whether it goes on until further notice."""
        return self.last_day is None or self.last_day.year >= OPEN_FROM_YEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveDay:
    """One row of the source: what one leave, or entry of a timesheet, takes of one person's local day.

    `hours` are as the source gives them, not rounded. `extent` is in the source's own scale, which has to be found out
    (0 to 1, or 0 to 100). The row's own id is not here: an edit may change it.
    """

    employee_id: str
    day: date
    parent_id: str
    parent: ParentKind
    type_id: str = field(repr=False)
    status: LeaveStatus
    hours: Decimal = field(repr=False)
    extent: Decimal | None = field(default=None, repr=False)
    child_id: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveChild:
    """A child whom a leave is for. The source knows no identity number of theirs, and none is made up."""

    id: str
    employee_id: str
    name: str = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, order=True)
class LeaveWindow:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    def padded(self, days: int = 1) -> LeaveWindow:
        """More on either side: a day of the source's instants may be the neighbour of the local one."""
        return LeaveWindow(self.first - timedelta(days), self.last + timedelta(days))


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveFinding:
    """Something about leave that a person must know. Texts: `leave.<code>` and `leave.<code>.advice`.

    BLOCKING keeps the days named out; WARNING is only told. `values` fill the texts and are safe for a channel; the
    type is named in the private file alone. Without `employee_id` it is about the whole read, or a code.
    """

    code: str
    severity: Severity
    employee_id: str | None = None
    day: date | None = None
    parent_id: str | None = None
    type_id: str | None = field(default=None, repr=False)
    values: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, order=True)
class EmployedSpan:
    """The days of one employment, both included; `last` is None while it is open."""

    first: date
    last: date | None = None

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavePerson:
    """Whom leave is delivered for: who they are on either side, and when they are employed.

    `target_id` is None while the employee sync has not placed them; then only their own leave waits. `employments` are
    ordered; none where they are not known, and then any day may be one of theirs.
    """

    employee_id: str
    number: str
    target_id: str | None = None
    name: str = field(default="", repr=False)
    office_id: str | None = None
    employments: tuple[EmployedSpan, ...] = ()

    def is_employed(self, day: date) -> bool:
        """Whether an employment covers a day: between two of somebody who came back, none does."""
        return not self.employments or any(day in span for span in self.employments)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveSnapshot:
    """One read of the whole window. Do not log: it says why people are away.

    `days` are the rows whose local day is in the window. `leaves` has every parent of a row that is a leave, every
    leave that overlaps the window, whatever its status, and those that were asked for; `gone` are those of them that
    the source no longer has (asked one by one). Where `complete` is False something was not read, and no plan may be
    made of it. `rows_read` counts the rows before the window was cut out.
    """

    window: LeaveWindow
    types: Mapping[str, LeaveType] = field(default_factory=dict, repr=False)
    leaves: Mapping[str, Leave] = field(default_factory=dict, repr=False)
    gone: frozenset[str] = frozenset()
    days: Sequence[LeaveDay] = field(default=(), repr=False)
    schedules: WorkSchedules = field(default=NO_SCHEDULES, repr=False)
    children: Mapping[str, LeaveChild] = field(default_factory=dict, repr=False)
    findings: tuple[LeaveFinding, ...] = ()
    complete: bool = True
    rows_read: int = 0


@lru_cache(8_192)
def hours_of(written: str) -> Decimal:
    """An amount as the JSON has it, never by way of a float; the same text gives the same object.

    Raises `decimal.InvalidOperation` for what is no number.
    """
    return Decimal(written)
