"""A source of leave, a target for days of it and a ledger, in memory; and a run from one end to the other.

The target allows one row per person, day and code, counts versions, refuses what is locked, and can fail in every way.
A run may be killed before or after any call: `Kill` counts the calls down.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum

from bot.core.text import text
from bot.domain.findings import Finding
from bot.domain.leave import (
    Leave,
    LeaveDay,
    LeaveKind,
    LeavePerson,
    LeaveSnapshot,
    LeaveStatus,
    LeaveType,
    LeaveWindow,
    ParentKind,
)
from bot.domain.leave_calendar import ScheduleOwner, Shift, WorkSchedule, WorkSchedules
from bot.domain.leave_delivery import ClosedDays, DayKey, DayWrite, RowReference, TargetDay, WantedDay
from bot.domain.leave_ledger import LedgerEntry
from bot.domain.leave_settings import LeaveRoute
from bot.providers.errors import DayClosed, Rejected, RowExists, RowGone, Unavailable, WriteConflict
from bot.providers.leave_protocol import LeaveCode
from bot.providers.protocol import Account, Choice
from bot.sync.leave.day_applier import DayApplier, DayOutcome
from bot.sync.leave.day_plan import DayPlan
from bot.sync.leave.ledger_entries import EntryMaker
from bot.sync.leave.ledger_keys import LedgerKeys
from bot.sync.leave.ledger_planner import PlanScope, plan_days
from bot.sync.leave.normal_days import NormalLeave, NormalRules, normal_leave
from bot.sync.leave.routes import routes_of
from bot.sync.leave.wanted_days import wanted_days

OSLO = "Europe/Oslo"
YEAR = LeaveWindow(date(2026, 1, 1), date(2026, 12, 31))
OFFICE_DAY = (Shift(time(8), time(12)), Shift(time(12, 30), time(16)))
LONG_DAY = (Shift(time(8), time(12)), Shift(time(12, 30), time(16, 30)))
SHORT_DAY = (Shift(time(8), time(11)), Shift(time(11, 30), time(14, 30)))
SICK, VACATION, PARENTAL, CARE, OTHER = "t-sick", "t-vacation", "t-parental", "t-care", "t-other"
CODES = (
    LeaveCode(value="801", label="Sick"),
    LeaveCode(value="802", label="Vacation"),
    LeaveCode(value="803", label="Care"),
)


def keyed(words: str) -> str:
    return hashlib.sha256(f"key|{words}".encode()).hexdigest()


KEYS = LedgerKeys(keyed)


def week(shifts: tuple[Shift, ...] = OFFICE_DAY, days: int = 5, owner_id: str = "", **more: date) -> WorkSchedule:
    owner = ScheduleOwner.EMPLOYEE if owner_id else ScheduleOwner.COMPANY
    return WorkSchedule(
        owner=owner,
        owner_id=owner_id,
        effective=more.get("effective", date(2020, 1, 1)),
        until=more.get("until"),
        zone=OSLO,
        shifts=(shifts,) * days + ((),) * (7 - days),
    )


def leave_type(type_id: str, kind: LeaveKind, *codes: str, **more: bool) -> LeaveType:
    return LeaveType(id=type_id, name=type_id, kind=kind, codes=codes, **more)


TYPES = (
    leave_type(SICK, LeaveKind.SICK_LEAVE, "801"),
    leave_type(VACATION, LeaveKind.VACATION, "802"),
    leave_type(CARE, LeaveKind.CHILDCARE, "803"),
    leave_type(OTHER, LeaveKind.OFF_DUTY),
)


@dataclass
class LeaveBook:
    """What the source holds: leaves, and the rows made of them."""

    schedules: Sequence[WorkSchedule] = (week(),)
    types: Sequence[LeaveType] = TYPES
    window: LeaveWindow = YEAR
    leaves: dict[str, Leave] = field(default_factory=dict)
    rows: dict[str, list[LeaveDay]] = field(default_factory=dict)
    complete: bool = True
    ever: set[str] = field(default_factory=set)

    def put(
        self,
        leave_id: str,
        first: date,
        last: date | None = None,
        *,
        employee: str = "e1",
        type_id: str = SICK,
        hours: str | Decimal | None = None,
        percent: str = "100",
        status: LeaveStatus = LeaveStatus.APPROVED,
        days: Iterable[date] | None = None,
        child: str | None = None,
        open_end: bool = False,
    ) -> None:
        """A leave with a row for each scheduled day, or for each of `days`; hours of the schedule unless given."""
        last = last or first
        self.ever.add(leave_id)
        self.leaves[leave_id] = Leave(
            id=leave_id,
            employee_id=employee,
            type_id=type_id,
            status=status,
            first_day=first,
            last_day=date(2099, 12, 31) if open_end else last,
            grade=Decimal(percent),
        )
        schedules = WorkSchedules(self.schedules)
        made: list[LeaveDay] = []
        for day in days or (first + timedelta(at) for at in range((last - first).days + 1)):
            schedule = schedules.on(day, employee)
            worked = schedule.hours(day) if schedule is not None else Decimal(0)
            amount = Decimal(hours) if hours is not None else worked * Decimal(percent) / 100
            if (worked or days is not None) and status in {LeaveStatus.APPROVED, LeaveStatus.CONFIRMED}:
                made.append(
                    LeaveDay(
                        employee_id=employee,
                        day=day,
                        parent_id=leave_id,
                        parent=ParentKind.LEAVE,
                        type_id=type_id,
                        status=status,
                        hours=amount,
                        extent=Decimal(percent) if hours is None else None,
                        child_id=child,
                    )
                )
        self.rows[leave_id] = made

    def remove(self, leave_id: str) -> None:
        """As if it had never been: a parent that is asked for is gone."""
        del self.leaves[leave_id], self.rows[leave_id]

    def status(self, leave_id: str, status: LeaveStatus) -> None:
        """Another status; rows are there only while it is decided."""
        self.leaves[leave_id] = replace(self.leaves[leave_id], status=status)
        if status not in {LeaveStatus.APPROVED, LeaveStatus.CONFIRMED}:
            self.rows[leave_id] = []

    def snapshot(self) -> LeaveSnapshot:
        days = [row for rows in self.rows.values() for row in rows if row.day in self.window]
        return LeaveSnapshot(
            window=self.window,
            types={each.id: each for each in self.types},
            leaves=dict(self.leaves),
            gone=frozenset(self.ever - set(self.leaves)),
            days=days,
            schedules=WorkSchedules(self.schedules),
            complete=self.complete,
            rows_read=len(days),
        )


class Killed(BaseException):
    """The process is gone, in the middle of everything."""


@dataclass
class Kill:
    """Lets so many calls go, and then none."""

    calls: int = 1_000_000

    def step(self) -> None:
        self.calls -= 1
        if self.calls < 0:
            raise Killed


class LeaveFault(StrEnum):
    NONE = "none"
    LOST_BEFORE = "lost_before"
    LOST_AFTER = "lost_after"
    BUSY = "busy"
    CLOSED = "closed"
    REFUSED = "refused"


class ModelTarget:
    """Rows in a dictionary. `closed` days refuse every write; `faults` are taken one per write."""

    def __init__(self) -> None:
        self.rows: dict[DayKey, tuple[str, int, Decimal]] = {}
        self.locked: set[date] = set()
        self.faults: list[LeaveFault] = []
        self.kill = Kill()
        self.writes: Counter[str] = Counter()
        self.log: list[tuple[str, DayKey]] = []
        self._next = 0

    def type_in(self, key: DayKey, hours: str | Decimal) -> None:
        """A person of the payroll office writes a row, over whatever is there."""
        target_id, version, _ = self.rows.get(key, (self._id(), 0, Decimal(0)))
        self.rows[key] = (target_id, version + 1, Decimal(hours))

    def hours(self) -> dict[DayKey, Decimal]:
        return {key: hours for key, (_, _, hours) in self.rows.items()}

    def _id(self) -> str:
        self._next += 1
        return f"r{self._next}"

    def shown(self) -> list[TargetDay]:
        return [
            TargetDay(key=key, hours=hours, row=RowReference(found, str(version)), locked=key.day in self.locked)
            for key, (found, version, hours) in self.rows.items()
        ]

    async def identify(self) -> Account:
        return Account(id="leave", name="Leave")

    async def leave_preflight(self) -> Sequence[Finding]:
        return ()

    async def leave_codes(self) -> Sequence[LeaveCode]:
        return CODES

    async def leave_choices(self, setting: str) -> Sequence[Choice]:
        return ()

    async def holidays(self, window: LeaveWindow) -> frozenset[date] | None:
        return None

    async def closed_days(self, people: Sequence[LeavePerson], window: LeaveWindow) -> ClosedDays:
        return ClosedDays()

    async def read_days(
        self, people: Sequence[LeavePerson], window: LeaveWindow, codes: Collection[str]
    ) -> AsyncIterator[Sequence[TargetDay]]:
        yield [row for row in self.shown() if row.key.day in window]

    async def read_day(self, person: LeavePerson, key: DayKey) -> Sequence[TargetDay]:
        self.kill.step()
        return [row for row in self.shown() if row.key == key]

    async def create_day(self, write: DayWrite) -> RowReference:
        if self._begin("create", write.key):
            if write.key in self.rows:
                raise RowExists("there", text=text("apply.unexpected"))
            self.rows[write.key] = (self._id(), 1, write.hours)
        return self._end(write.key)

    async def update_day(self, write: DayWrite, row: RowReference) -> RowReference:
        if self._begin("update", write.key):
            self._require(write.key, row)
            target_id, version, _ = self.rows[write.key]
            self.rows[write.key] = (target_id, version + 1, write.hours)
        return self._end(write.key)

    async def delete_day(self, person: LeavePerson, key: DayKey, row: RowReference) -> None:
        if self._begin("delete", key) and key in self.rows:
            self._require(key, row)
            del self.rows[key]
        self._end(key)

    def _require(self, key: DayKey, row: RowReference) -> None:
        if key not in self.rows:
            raise RowGone("gone", text=text("apply.unexpected"))
        if (row.target_id, row.version) != (self.rows[key][0], str(self.rows[key][1])):
            raise WriteConflict("version", text=text("apply.unexpected"))

    def _begin(self, what: str, key: DayKey) -> bool:
        self.kill.step()
        self._after: LeaveFault | None = None
        fault = self.faults.pop(0) if self.faults else None
        words = text("apply.unexpected")
        if fault is LeaveFault.BUSY:
            raise Unavailable("busy", text=words)
        if fault is LeaveFault.LOST_BEFORE:
            raise Unavailable("lost", text=words, sent=True)
        if fault is LeaveFault.CLOSED or key.day in self.locked:
            raise DayClosed("closed", text=words)
        if fault is LeaveFault.REFUSED:
            raise Rejected("refused", text=words)
        self._after = fault
        self.writes[what] += 1
        self.log.append((what, key))
        return True

    def _end(self, key: DayKey) -> RowReference:
        self.kill.step()
        if self._after is LeaveFault.LOST_AFTER:
            raise Unavailable("lost", text=text("apply.unexpected"), sent=True)
        found = self.rows.get(key)
        return RowReference(found[0], str(found[1])) if found else RowReference("")


class MemoryLedger:
    """Entries in the order in which they came; refuses a number that a key has had."""

    def __init__(self) -> None:
        self.entries: list[LedgerEntry] = []
        self.kill = Kill()
        self._last: Counter[str] = Counter()

    async def append(self, entries: Sequence[LedgerEntry]) -> None:
        self.kill.step()
        for entry in entries:
            assert entry.sequence == self._last[entry.key] + 1
            self._last[entry.key] += 1
        self.entries += entries
        self.kill.step()

    def latest(self) -> list[LedgerEntry]:
        found: dict[str, LedgerEntry] = {}
        for entry in self.entries:
            found[entry.key] = entry
        return list(found.values())


@dataclass
class LeaveOffice:
    """A book, a target and a ledger; `run` is one sync."""

    book: LeaveBook = field(default_factory=LeaveBook)
    target: ModelTarget = field(default_factory=ModelTarget)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    people: dict[str, LeavePerson] = field(default_factory=dict)
    codes: Sequence[LeaveCode] = CODES
    chosen: Mapping[str, LeaveRoute] = field(default_factory=dict)
    rules: NormalRules = field(default_factory=lambda: NormalRules(first_day=date(2026, 1, 1)))
    closed: ClosedDays = field(default_factory=ClosedDays)
    children: bool = False
    reads: bool = True
    normal: NormalLeave = field(default_factory=NormalLeave)
    wanted: Mapping[DayKey, WantedDay] = field(default_factory=dict)
    runs: int = 0

    def __post_init__(self) -> None:
        if not self.people:
            self.people = {f"e{at}": person(at) for at in (1, 2, 3)}

    def plan(self, **scope: bool) -> DayPlan:
        snapshot = self.book.snapshot()
        routes = routes_of(self.book.types, self.codes, self.chosen)
        self.normal = normal_leave(snapshot, self.people, routes, self.rules)
        self.wanted = wanted_days(self.normal, snapshot, self.people, routes, children=self.children)
        about = PlanScope(
            window=self.book.window,
            people=self.people,
            closed=self.closed,
            reads=self.reads,
            last_run=f"run{self.runs}",
            **scope,
        )
        found = self.target.shown() if self.reads else ()
        return plan_days(self.wanted, self.ledger.latest(), found, self.normal, snapshot, KEYS, about)

    async def run(self, **scope: bool) -> list[DayOutcome]:
        plan = self.plan(**scope)
        self.runs += 1
        applier = DayApplier(self.target, self.ledger, KEYS, EntryMaker(f"run{self.runs}"))
        outcomes: list[DayOutcome] = []
        employees = dict.fromkeys(step.key.employee_id for step in plan.steps)
        for employee in employees:
            steps = [step for step in plan.steps if step.key.employee_id == employee]
            whom = self.people.get(employee) or LeavePerson(employee_id=employee, number="", target_id="gone")
            outcomes += await applier.apply(whom, steps)
        return outcomes

    def codes_found(self) -> set[str]:
        return {finding.code for finding in self.normal.findings}


def person(at: int) -> LeavePerson:
    return LeavePerson(employee_id=f"e{at}", number=f"10{at}", target_id=f"p{at}", name=f"Person {at}")


def key(day: date, code: str = "801", employee: str = "e1", child: str = "") -> DayKey:
    return DayKey(employee, day, code, child)
