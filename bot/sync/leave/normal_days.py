"""The rows of a read as they count for payroll: decided, of somebody in scope, with a code, and within a day. Pure.

Nothing is dropped in silence: what does not count is a finding, a number in the counts, or withheld. What is withheld
leaves delivered days as they are; it is neither sent nor taken back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from sys import intern

from bot.domain.findings import Severity
from bot.domain.leave import (
    DECIDED,
    WITHDRAWN,
    LeaveDay,
    LeaveFinding,
    LeavePerson,
    LeaveSnapshot,
    LeaveStatus,
    ParentKind,
)
from bot.domain.resource import LeaveWay
from bot.sync.leave.probes import ExtentScale, HoursMeaning, extent_verdict, hours_meaning
from bot.sync.leave.routes import LeaveRoutes

MOST_HOURS = Decimal(24)
ROW_SLACK = Decimal("0.01")
"""What rounding in the source may add to a row before a full day looks overlapped."""


ENTRY = "entry:"
"""Before the id of a timesheet entry among contributors; a leave stands there by its id alone."""


def contributor_of(row: LeaveDay) -> str:
    """How the ledger names what a row was made of."""
    return row.parent_id if row.parent is ParentKind.LEAVE else intern(f"{ENTRY}{row.parent_id}")


class Withheld(StrEnum):
    """Why days are left as they are. Texts: `leave.<value>` with `.advice`."""

    PENDING = "pending"
    PARENT_UNKNOWN = "parent_unknown"
    OVERLAP = "overlap"
    TOO_LONG = "too_long"
    OUTSIDE_EMPLOYMENT = "outside_employment"
    SENT_ELSEWHERE = "sent_elsewhere"
    NOT_SENT_THERE = "not_sent_there"
    NO_SCHEDULE = "no_schedule"
    NO_NUMBER = "no_number"
    NUMBER_TWICE = "number_twice"
    NUMBER_NOT_IN_FILES = "number_not_in_files"
    NOT_PLACED = "not_placed"
    CODE_BLOCKED = "code_blocked"
    GROSS_HOURS = "gross_hours"
    UNREADABLE = "row_unreadable"
    FILE_CUT_OFF = "file_cut_off"
    NO_FILE_BY_CUT_OFF = "no_file_by_cut_off"


def _any_number(_number: str) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalRules:
    """What a run brings along: the first day that counts, and what the target and the integration want.

    `extent` is the verdict of earlier runs. `places` says that a person needs a place in the target (`target_id`);
    where they do not, the number alone says who they are, and two people with one are kept out, as is whoever has one
    that `takes_number` refuses. `elsewhere` tells, by (employee, day, parent), which days of an earlier employment
    are another integration's: it has sent them, or had the person then and has not.
    """

    first_day: date
    confirmed_only: bool = False
    needs_schedule: bool = False
    places: bool = True
    takes_number: Callable[[str], bool] = _any_number
    holidays: frozenset[date] = frozenset()
    elsewhere: Mapping[tuple[str, date, str], Withheld] = field(default_factory=dict)
    extent: ExtentScale = ExtentScale.UNDECIDED


@dataclass(slots=True)
class NormalLeave:
    """What counts. `days` and `period_days` are rows with a code; hours are not rounded yet. Do not log.

    `withheld` is by (employee, day), `withheld_people` by employee. With `nothing_back`, no delivered day is changed or
    taken back: a row did not say whose it is. `incomplete` are leaves with a row that could not be read. `undecided`
    are leaves and entries that wait for a decision: their delivered days stay. `unrouted` are (employee, day, parent)
    of types that go nowhere now. `not_ours` are leaves some of whose days are
    another integration's. `left_out` are days by (employee, type) of types that have no code, or one that the
    target does not take: what is found of the type is told once, and this is whose it is. `stop` is a finding about all
    rows: nothing may be planned. `extent` is the verdict to be kept.
    """

    days: list[LeaveDay] = field(default_factory=list, repr=False)
    period_days: list[LeaveDay] = field(default_factory=list, repr=False)
    withheld: dict[tuple[str, date], Withheld] = field(default_factory=dict)
    withheld_people: dict[str, Withheld] = field(default_factory=dict)
    nothing_back: bool = False
    incomplete: set[str] = field(default_factory=set)
    undecided: set[str] = field(default_factory=set)
    unrouted: set[tuple[str, date, str]] = field(default_factory=set, repr=False)
    not_ours: set[str] = field(default_factory=set)
    findings: list[LeaveFinding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    left_out: dict[tuple[str, str], list[date]] = field(default_factory=dict, repr=False)
    extent: ExtentScale = ExtentScale.UNDECIDED
    stop: LeaveFinding | None = None


def normal_leave(
    snapshot: LeaveSnapshot, people: Mapping[str, LeavePerson], routes: LeaveRoutes, rules: NormalRules
) -> NormalLeave:
    """What of a read counts for the people in scope.

    Raises `ExtentContradiction`, and `ValueError` for a read that is not complete.
    """
    if not snapshot.complete:
        raise ValueError("a read that is not complete says nothing about what is gone")
    return _Normaliser(snapshot, people, routes, rules).run()


def _number(person: LeavePerson) -> str:
    """By what a target that is never read knows somebody: what they were delivered under, else the source's number."""
    return person.target_id or person.number.strip()


class _Normaliser:
    def __init__(
        self, snapshot: LeaveSnapshot, people: Mapping[str, LeavePerson], routes: LeaveRoutes, rules: NormalRules
    ) -> None:
        self._snapshot, self._people, self._routes, self._rules = snapshot, people, routes, rules
        self._found = NormalLeave(findings=[*snapshot.findings, *routes.findings])
        self._unmapped: dict[str, set[str]] = defaultdict(set)
        self._hints: set[tuple[str, str]] = set()
        numbers = Counter(_number(person) for person in people.values())
        self._shared = frozenset() if rules.places else frozenset(each for each, count in numbers.items() if count > 1)

    def run(self) -> NormalLeave:
        found = self._found
        self._note_undecided()
        self._note_unread()
        rows = [row for row in self._snapshot.days if self._counts(row)]
        rows = self._of_one_scale(rows)
        self._weigh(rows)
        for row in rows:
            self._take(row)
        self._note_unmapped()
        self._check_days(found.days)
        return found

    def _scheduled(self, row: LeaveDay) -> Decimal | None:
        person = self._people.get(row.employee_id)
        schedule = self._snapshot.schedules.on(row.day, row.employee_id, person.office_id if person else None)
        return schedule.hours(row.day) if schedule is not None else None

    def _note_undecided(self) -> None:
        for leave in self._snapshot.leaves.values():
            if not self._decided(leave.status) and leave.status not in WITHDRAWN:
                self._found.undecided.add(leave.id)
                self._found.counts["pending_leaves"] += leave.employee_id in self._people

    def _note_unread(self) -> None:
        """Withhold what the source could not be read of: a day that is missing is not one that was taken back."""
        found = self._found
        for finding in self._snapshot.findings:
            if finding.severity is not Severity.BLOCKING:
                continue
            if finding.parent_id is not None:
                found.incomplete.add(finding.parent_id)
            if finding.employee_id is None and finding.parent_id is None:
                found.nothing_back = True
            elif finding.employee_id is None:
                found.nothing_back = found.nothing_back or finding.code != "leave_unreadable"
                found.undecided.add(str(finding.parent_id))
            elif finding.code == "leave_unreadable" and finding.parent_id is not None:
                found.undecided.add(finding.parent_id)
            elif finding.day is not None:
                found.withheld[finding.employee_id, finding.day] = Withheld.UNREADABLE
            else:
                found.withheld_people[finding.employee_id] = Withheld.UNREADABLE
        unknown = found.incomplete - self._snapshot.leaves.keys()
        for row in self._snapshot.days if unknown else ():
            if row.parent is ParentKind.LEAVE and row.parent_id in unknown:
                found.withheld[row.employee_id, row.day] = Withheld.UNREADABLE

    def _decided(self, status: LeaveStatus) -> bool:
        return status is LeaveStatus.CONFIRMED if self._rules.confirmed_only else status in DECIDED

    def _counts(self, row: LeaveDay) -> bool:
        """Whether a row is of somebody in scope, of a day that is ours, and decided."""
        found = self._found
        if row.day not in self._snapshot.window:
            return False
        if row.employee_id not in self._people:
            found.counts["outside_scope"] += 1
            return False
        if row.day < self._rules.first_day:
            found.counts["before_start"] += 1
            return False
        if row.parent is ParentKind.LEAVE:
            leave = self._snapshot.leaves.get(row.parent_id)
            if leave is None:
                if row.parent_id not in self._snapshot.gone:
                    found.undecided.add(row.parent_id)
                    self._warn("parent_unknown", row)
                return False
            if leave.status in WITHDRAWN or leave.id in found.undecided:
                return False
            # The parent decides; a day of another status waits all the same, whatever comes before and after it.
            if row.status in DECIDED:
                return True
            found.incomplete.add(leave.id)
            found.withheld.setdefault((row.employee_id, row.day), Withheld.UNREADABLE)
            if row.status is not LeaveStatus.OTHER:  # which the source has told
                self._warn("status_differs", row)
            return False
        elif self._decided(row.status):
            return True
        found.undecided.add(contributor_of(row))
        return False

    def _of_one_scale(self, rows: Sequence[LeaveDay]) -> list[LeaveDay]:
        """The rows without those of whoever is written in another scale than everybody else."""
        verdict = extent_verdict(rows, self._scheduled, self._rules.extent)
        self._found.extent = verdict.scale
        odd = [row for row in rows if row.employee_id in verdict.odd and row.extent is not None]
        for row in odd:
            self._block(Withheld.UNREADABLE, row)
        return [row for row in rows if row.employee_id not in verdict.odd or row.extent is None]

    def _weigh(self, rows: Sequence[LeaveDay]) -> None:
        verdict = hours_meaning(rows, self._scheduled, self._found.extent)
        # What one person's rows say is no word about the others'.
        told_by = {row.employee_id for row in verdict.gross}
        alone = len(told_by) == 1 and any(row.employee_id not in told_by for row in rows)
        if verdict.meaning is HoursMeaning.GROSS and not alone:
            count = len(verdict.gross)
            self._found.stop = LeaveFinding(code="hours_gross", severity=Severity.BLOCKING, values={"count": count})
        for row in verdict.gross:
            self._block(Withheld.GROSS_HOURS, row)

    def _take(self, row: LeaveDay) -> None:
        found, person = self._found, self._people[row.employee_id]
        if row.hours <= 0:
            self._warn("no_hours", row)
            return
        if row.type_id in self._routes.blocked:
            found.withheld.setdefault((row.employee_id, row.day), Withheld.CODE_BLOCKED)
            found.left_out.setdefault((row.employee_id, row.type_id), []).append(row.day)
            return
        route = self._routes.of(row.type_id)
        if route is None:
            found.unrouted.add((row.employee_id, row.day, contributor_of(row)))
            if row.type_id in self._routes.unsent:
                found.counts["not_sent"] += 1
            else:
                self._unmapped[row.type_id].add(row.employee_id)
                found.left_out.setdefault((row.employee_id, row.type_id), []).append(row.day)
                found.counts["unmapped"] += 1
            return
        if not person.is_employed(row.day):
            self._block(Withheld.OUTSIDE_EMPLOYMENT, row)
            return
        if (whose := self._rules.elsewhere.get((row.employee_id, row.day, contributor_of(row)))) is not None:
            self._block(whose, row)
            found.not_ours.add(row.parent_id)
            return
        if row.hours > MOST_HOURS:
            self._block(Withheld.TOO_LONG, row)
            return
        if not person.number.strip():
            self._keep_out(Withheld.NO_NUMBER, row)
            return
        if not self._rules.takes_number(_number(person)):
            self._keep_out(Withheld.NUMBER_NOT_IN_FILES, row)
            return
        if _number(person) in self._shared:
            self._keep_out(Withheld.NUMBER_TWICE, row)
            return
        if self._rules.places and person.target_id is None:
            self._keep_out(Withheld.NOT_PLACED, row)
            return
        if route.way is LeaveWay.PERIOD:
            found.period_days.append(row)
            found.counts["in_periods"] += 1
        else:
            found.days.append(row)

    def _check_days(self, rows: Iterable[LeaveDay]) -> None:
        by_day: dict[tuple[str, date], list[LeaveDay]] = defaultdict(list)
        for row in rows:
            by_day[row.employee_id, row.day].append(row)
        for address, of_day in by_day.items():
            self._check_day(address, of_day)

    def _check_day(self, address: tuple[str, date], rows: list[LeaveDay]) -> None:
        total = sum((row.hours for row in rows), Decimal(0))
        first = rows[0]
        if total > MOST_HOURS:
            self._block(Withheld.TOO_LONG, first)
            return
        scheduled = self._scheduled(first)
        if scheduled is None:
            self._hint("no_work_week", first)
            if self._rules.needs_schedule:
                self._found.withheld[address] = Withheld.NO_SCHEDULE
            return
        if address[1] in self._rules.holidays:
            self._warn("on_holiday", first)
        elif scheduled == 0:
            self._warn("on_free_day", first)
        if scheduled and total > scheduled + ROW_SLACK * len(rows):
            if len(rows) > 1:
                self._block(Withheld.OVERLAP, first)
            else:
                self._warn("more_than_scheduled", first)

    def _block(self, why: Withheld, row: LeaveDay) -> None:
        self._found.withheld[row.employee_id, row.day] = why
        self._found.findings.append(_finding(why.value, Severity.BLOCKING, row))

    def _keep_out(self, why: Withheld, row: LeaveDay) -> None:
        if row.employee_id not in self._found.withheld_people:
            self._found.withheld_people[row.employee_id] = why
            finding = LeaveFinding(code=why.value, severity=Severity.BLOCKING, employee_id=row.employee_id)
            self._found.findings.append(finding)

    def _warn(self, code: str, row: LeaveDay) -> None:
        self._found.findings.append(_finding(code, Severity.WARNING, row))

    def _hint(self, code: str, row: LeaveDay) -> None:
        """A warning that is given once for a person."""
        if (code, row.employee_id) not in self._hints:
            self._hints.add((code, row.employee_id))
            finding = LeaveFinding(code=code, severity=Severity.WARNING, employee_id=row.employee_id)
            self._found.findings.append(finding)

    def _note_unmapped(self) -> None:
        for type_id, employees in self._unmapped.items():
            values = {"people": len(employees)}
            finding = LeaveFinding(code="unmapped", severity=Severity.WARNING, type_id=type_id, values=values)
            self._found.findings.append(finding)


def _finding(code: str, severity: Severity, row: LeaveDay) -> LeaveFinding:
    return LeaveFinding(
        code=code,
        severity=severity,
        employee_id=row.employee_id,
        day=row.day,
        parent_id=row.parent_id,
        type_id=row.type_id,
    )
