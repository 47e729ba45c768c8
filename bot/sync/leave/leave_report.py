"""What a run of leave tells in a channel, gathered while its people pass by: days and hours, never a code or a type.

However many days there are, what is kept is bounded: sums, the first people of each kind, and of each a few days. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from bot.domain.change import Person
from bot.domain.leave_calendar import days_between
from bot.domain.outcome import Outcome
from bot.domain.resource import LeaveWay
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind
from bot.sync.leave.leave_answers import answers_to
from bot.sync.leave.leave_line import HALF_DONE, LEAVE, RELEASED, LeaveLine, LeaveTold
from bot.sync.leave.leave_summary import WAITING
from bot.sync.leave.normal_days import Withheld
from bot.sync.leave.waiting_file import WaitingFile
from bot.sync.report.issues import PROBLEMS
from bot.sync.report.run_summary import ROWS
from bot.sync.report.top_n import TopN

CORRECTIONS = 4
"""Corrections of one person that are told one by one."""

GAP = timedelta(4)
"""Days of one correction lie closer than this: a weekend is between them, and perhaps a day off."""

NAMED_WITH_REASON = 5
"""People who are named with one reason."""

FAILED, UNKNOWN, WITHDRAWN, OTHER = "failed", "unknown", "withdrawn", "other"
"""Reasons that a channel is told in other words: the true ones would say why somebody is away."""

HINTS = frozenset({"called_complete", "more_than_scheduled", "no_hours", "no_work_week", "on_free_day", "on_holiday",
                   "parent_unknown", "status_differs", "status_unknown"})  # fmt: skip
"""Findings that a channel may read: they do not tell why somebody is away. The others are counted there."""

_WITHOUT_A_LINE = frozenset({"no_hours", "parent_unknown", "status_differs", "status_unknown"})
"""Findings about rows that are not sent: no day of the run is theirs."""

_OF_A_LONG_LEAVE = frozenset({ConflictKind.WITHDRAWAL.value, ConflictKind.WITHDRAWN_UNSEEN.value})


@dataclass(slots=True)
class Correction:
    """Days after each other whose hours of a day were changed alike, or taken back (`new` is 0)."""

    first: date
    last: date
    days: int = field(repr=False)
    old: Decimal = field(repr=False)
    new: Decimal = field(repr=False)

    def joins(self, day: date, old: Decimal, new: Decimal) -> bool:
        """Whether a later day belongs to it."""
        return (self.old, self.new) == (old, new) and self.last < day < self.last + GAP


@dataclass(slots=True)
class LeaveOfPerson:
    """One person's days. `corrections` are the first of them, of days of which the hours were changed."""

    person: Person
    days: int = 0
    hours: Decimal = field(default=Decimal(0), repr=False)
    changed: int = 0
    taken_back: int = 0
    longer: int = 0
    corrections: list[Correction] = field(default_factory=list, repr=False)

    @property
    def untold(self) -> int:
        """Corrected days that are in none of `corrections`."""
        return self.changed + self.taken_back - sum(one.days for one in self.corrections)


@dataclass(slots=True)
class LeaveWaiting:
    """Days that wait for one reason, and whose they are: the first people with their first and last day."""

    reason: str
    days: int = 0
    people: TopN[tuple[Person, date | None, date | None]] = field(default_factory=lambda: TopN(NAMED_WITH_REASON))


class LeaveReport:
    """The sums of a run. `days` and `hours` are what was (or would be) sent; `waiting` goes by reason,
    and `released` are days that are no longer ours and were left in the target. `questions` are those that a person can
    answer, and `kept` days that are left as somebody has answered; `half_done` days are the rest of what an earlier run
    was stopped in. `in_private` counts people of whom something stands
    in the private file alone.

    `first` and `last` are the days that the run is about, None where it has none. `files` are those that wait for
    somebody to say that they were imported.
    """

    def __init__(self, rows: int = ROWS) -> None:
        self.in_private = self.kept = self.half_done = 0
        self.people = self.days = self.changed = self.taken_back = self.longer = self.released = self.questions = 0
        self.hours = Decimal(0)
        self.first: date | None = None
        self.last: date | None = None
        self.written: TopN[LeaveOfPerson] = TopN(rows)
        self.files: Sequence[WaitingFile] = ()
        self._waiting: dict[str, LeaveWaiting] = {}
        self._hints: dict[str, LeaveWaiting] = {}
        self._people_waiting = 0

    def add(
        self,
        outcome: Outcome,
        lines: Sequence[LeaveLine],
        codes: Iterable[str] = (),
        told: Sequence[LeaveTold] = (),
    ) -> None:
        """Take in what became of one person; `told` is what was found of their days, and `codes` are the codes of that,
        for what a former version kept."""
        own = LeaveOfPerson(outcome.person)
        waits: dict[str, _Days] = {}
        for line in lines:
            self._span(line)
            self.released += line.kind is DayOutcomeKind.NOTED and line.reason == RELEASED
            self.half_done += line.reason == HALF_DONE
            self.questions += bool(answers_to(line))
            self.kept += line.kind is DayOutcomeKind.PARKED and bool(line.key)
            if line.kind in WAITING:
                waits.setdefault(_told(line), _Days()).take(line.first, line.first, 1)
            elif line.way is LeaveWay.PERIOD:
                own.longer += line.kind in _WRITTEN
            else:
                _count(own, line)
        for found in told:
            if found.blocking:
                reason = found.code if f"{LEAVE}.{found.code}" in _HOLDS else OTHER
                waits.setdefault(reason, _Days()).take(found.first, found.last, found.days)
        if not waits and outcome.kind in PROBLEMS:
            waits = {code: _Days() for code in _held_by(codes)} or {OTHER: _Days()}
        self._sort_in(outcome.person, self._waiting, waits)
        self._hint(outcome.person, lines, told)
        self._people_waiting += bool(waits)
        if own.days or own.taken_back or own.longer:
            self.people += 1
            self.days += own.days
            self.hours += own.hours
            self.changed += own.changed
            self.taken_back += own.taken_back
            self.longer += own.longer
            self.written.add(own)

    def _hint(self, person: Person, lines: Sequence[LeaveLine], told: Sequence[LeaveTold]) -> None:
        """What was sent all the same, and must be looked at: of days that this run is about, or that have no line."""
        days = {line.first for line in lines if line.kind in _WRITTEN or line.kind in WAITING}
        hints: dict[str, _Days] = {}
        in_private = False
        for found in told:
            if found.blocking:
                continue
            in_private = in_private or found.code not in HINTS
            now = found.first is None or found.code in _WITHOUT_A_LINE or not days.isdisjoint(_span_of(found))
            if found.code in HINTS and now:
                hints.setdefault(found.code, _Days()).take(found.first, found.last, found.days)
        self.in_private += in_private
        self._sort_in(person, self._hints, hints)

    @staticmethod
    def _sort_in(person: Person, groups: dict[str, LeaveWaiting], found: Mapping[str, _Days]) -> None:
        for reason, about in found.items():
            group = groups.setdefault(reason, LeaveWaiting(reason))
            group.days += about.days
            group.people.add((person, about.first, about.last))

    @property
    def hints(self) -> list[LeaveWaiting]:
        """What was sent as it stands and must be looked at, by code, as `waiting`."""
        return sorted(self._hints.values(), key=lambda group: (-group.people.total, group.reason))

    @property
    def waiting(self) -> list[LeaveWaiting]:
        """What waits, by reason, the most days first."""
        return sorted(self._waiting.values(), key=lambda group: (-group.days, -group.people.total, group.reason))

    @property
    def people_waiting(self) -> int:
        """How many people have something that waits."""
        return self._people_waiting

    @property
    def days_waiting(self) -> int:
        """How many days wait; a leave of absence counts for one."""
        return sum(group.days for group in self._waiting.values())

    def _span(self, line: LeaveLine) -> None:
        if line.kind is DayOutcomeKind.NOTED or line.kind is DayOutcomeKind.PARKED or line.way is LeaveWay.PERIOD:
            return
        self.first = min(self.first or line.first, line.first)
        self.last = max(self.last or line.first, line.first)


_WRITTEN = frozenset({DayOutcomeKind.CREATED, DayOutcomeKind.UPDATED, DayOutcomeKind.DELETED})


def _count(own: LeaveOfPerson, line: LeaveLine) -> None:
    if line.kind is DayOutcomeKind.DELETED:
        own.taken_back += 1
    elif line.kind in _WRITTEN:
        own.days += 1
        own.hours += line.new
        own.changed += line.kind is DayOutcomeKind.UPDATED
    else:
        return
    if line.kind is DayOutcomeKind.CREATED:
        return
    new = Decimal(0) if line.kind is DayOutcomeKind.DELETED else line.new
    if own.corrections and (latest := own.corrections[-1]).joins(line.first, line.old, new):
        latest.last, latest.days = line.first, latest.days + 1
    elif len(own.corrections) < CORRECTIONS:
        own.corrections.append(Correction(line.first, line.first, 1, line.old, new))


def _told(line: LeaveLine) -> str:
    """The reason as a channel may read it."""
    if line.reason in _OF_A_LONG_LEAVE:
        return WITHDRAWN
    if line.reason is not None:
        return line.reason
    return UNKNOWN if line.kind is DayOutcomeKind.UNKNOWN else FAILED


_HOLDS = frozenset(f"{LEAVE}.{why.value}" for why in Withheld)


def _held_by(codes: Iterable[str]) -> list[str]:
    return [code.removeprefix(f"{LEAVE}.") for code in codes if code in _HOLDS]


def _span_of(found: LeaveTold) -> Sequence[date]:
    if found.first is None or found.last is None:
        return ()
    return days_between(found.first, found.last)


@dataclass(slots=True)
class _Days:
    """Days of one person that have one reason: the first, the last, and how many."""

    first: date | None = None
    last: date | None = None
    days: int = 0

    def take(self, first: date | None, last: date | None, days: int) -> None:
        self.days += days
        if first is not None and last is not None:
            self.first, self.last = min(self.first or first, first), max(self.last or last, last)
