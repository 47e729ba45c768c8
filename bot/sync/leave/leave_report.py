"""What a run of leave tells in a channel, gathered while its people pass by: days and hours, never a code or a type.

However many days there are, what is kept is bounded: sums, the first people of each kind, and of each a few days. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from bot.domain.change import Person
from bot.domain.outcome import Outcome
from bot.domain.resource import LeaveWay
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind
from bot.sync.leave.leave_answers import answers_to
from bot.sync.leave.leave_line import LEAVE, RELEASED, LeaveLine
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
    and `released` are days that are no longer ours and were left in the target. `questions` are those
    that a person can answer.

    `first` and `last` are the days that the run is about, None where it has none. `files` are those that wait for
    somebody to say that they were imported.
    """

    def __init__(self, rows: int = ROWS) -> None:
        self.people = self.days = self.changed = self.taken_back = self.longer = self.released = self.questions = 0
        self.hours = Decimal(0)
        self.first: date | None = None
        self.last: date | None = None
        self.written: TopN[LeaveOfPerson] = TopN(rows)
        self.files: Sequence[WaitingFile] = ()
        self._waiting: dict[str, LeaveWaiting] = {}
        self._people_waiting = 0

    def add(self, outcome: Outcome, lines: Sequence[LeaveLine], codes: Iterable[str] = ()) -> None:
        """Take in what became of one person; `codes` are those of the findings about them."""
        own = LeaveOfPerson(outcome.person)
        waits: dict[str, list[LeaveLine]] = {}
        for line in lines:
            self._span(line)
            self.released += line.kind is DayOutcomeKind.NOTED and line.reason == RELEASED
            self.questions += bool(answers_to(line))
            if line.kind in WAITING:
                waits.setdefault(_told(line), []).append(line)
            elif line.way is LeaveWay.PERIOD:
                own.longer += line.kind in _WRITTEN
            else:
                _count(own, line)
        if not waits and outcome.kind in PROBLEMS:
            waits = {code: [] for code in _held_by(codes)} or {OTHER: []}
        for reason, days in waits.items():
            group = self._waiting.setdefault(reason, LeaveWaiting(reason))
            group.days += len(days)
            group.people.add((outcome.person, *_ends(days)))
        self._people_waiting += bool(waits)
        if own.days or own.taken_back or own.longer:
            self.people += 1
            self.days += own.days
            self.hours += own.hours
            self.changed += own.changed
            self.taken_back += own.taken_back
            self.longer += own.longer
            self.written.add(own)

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


def _ends(lines: Sequence[LeaveLine]) -> tuple[date | None, date | None]:
    days: Counter[date] = Counter(line.first for line in lines)
    return (min(days), max(days)) if days else (None, None)
