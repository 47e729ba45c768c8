"""What a target shall hold of the leave that counts: hours per key, rounded once, and leaves of absence. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from sys import intern

from bot.domain.findings import Severity
from bot.domain.leave import EmployedSpan, LeaveDay, LeaveFinding, LeaveKind, LeavePerson, LeaveSnapshot
from bot.domain.leave_calendar import rounded
from bot.domain.leave_delivery import DayKey, PeriodKey, WantedDay, WantedPeriod
from bot.sync.leave.normal_days import NormalLeave, contributor_of
from bot.sync.leave.probes import percent_of
from bot.sync.leave.routes import LeaveRoutes

SICK_HINT_DAY = 17
"""The calendar day of a sickness from which the employer in Norway usually pays by another code."""


def wanted_days(
    normal: NormalLeave,
    snapshot: LeaveSnapshot,
    people: Mapping[str, LeavePerson],
    routes: LeaveRoutes,
    *,
    children: bool = False,
) -> dict[DayKey, WantedDay]:
    """Hours under each key, but for days and people that are withheld. Same code, same row: hours are summed."""
    hours: dict[DayKey, Decimal] = defaultdict(Decimal)
    parents: dict[DayKey, set[str]] = defaultdict(set)
    for row in normal.days:
        if row.employee_id in normal.withheld_people or (row.employee_id, row.day) in normal.withheld:
            continue
        route = routes.of(row.type_id)
        assert route is not None
        assert route.code is not None
        key = DayKey(row.employee_id, row.day, intern(route.code), (row.child_id or "") if children else "")
        hours[key] += row.hours
        parents[key].add(contributor_of(row))
    wanted: dict[DayKey, WantedDay] = {}
    for key, total in hours.items():
        amount = rounded(total)
        if amount <= 0:
            normal.counts["rounded_to_nothing"] += 1
            continue
        person = people[key.employee_id]
        schedule = snapshot.schedules.on(key.day, key.employee_id, person.office_id)
        wanted[key] = WantedDay(
            key=key,
            hours=amount,
            contributors=tuple(sorted(parents[key])),
            scheduled=rounded(schedule.hours(key.day)) if schedule is not None else None,
        )
    return wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveRun:
    """Days of one leave in one percentage and one employment. `first` is None where it began before what was read, but
    not before `earliest`, where that is known. One that is not `ours` is another integration's."""

    leave_id: str
    employee_id: str
    code: str = field(repr=False)
    first: date | None
    last: date | None
    percent: Decimal = field(repr=False)
    earliest: date | None = None
    ours: bool = True


def leave_runs(
    normal: NormalLeave, snapshot: LeaveSnapshot, people: Mapping[str, LeavePerson], routes: LeaveRoutes
) -> tuple[Mapping[str, Sequence[LeaveRun]], Sequence[LeaveFinding]]:
    """By leave, its runs in order, and what did not fit: where the last row and the last day are a day apart, the rows
    are right."""
    by_leave: dict[str, list[LeaveDay]] = defaultdict(list)
    for row in normal.period_days:
        if row.employee_id not in normal.withheld_people and (row.employee_id, row.day) not in normal.withheld:
            by_leave[row.parent_id].append(row)
    runs: dict[str, Sequence[LeaveRun]] = {}
    findings: list[LeaveFinding] = []
    for leave_id, rows in by_leave.items():
        made, finding = _runs_of(leave_id, sorted(rows, key=_day), normal, snapshot, routes)
        person = people.get(rows[0].employee_id)
        spans = person.employments if person is not None else ()
        parts = [part for run in made for part in _by_employment(run, spans, snapshot.window.first)]
        if leave_id in normal.not_ours:
            # A part of which no day is ours keeps its number, and is not sent.
            ours = min(row.day for row in rows)
            parts = [replace(part, ours=part.last is None or part.last >= ours) for part in parts]
        runs[leave_id] = parts
        findings += [finding] if finding is not None else []
    return runs, findings


def _runs_of(
    leave_id: str, rows: Sequence[LeaveDay], normal: NormalLeave, snapshot: LeaveSnapshot, routes: LeaveRoutes
) -> tuple[Sequence[LeaveRun], LeaveFinding | None]:
    leave = snapshot.leaves.get(leave_id)
    pieces: list[tuple[date, date, Decimal]] = []
    for row in rows:
        percent = percent_of(row, normal.extent)
        if percent is None:
            percent = leave.grade if leave is not None and leave.grade is not None else Decimal(100)
        if pieces and pieces[-1][2] == percent:
            pieces[-1] = (pieces[-1][0], row.day, percent)
        else:
            pieces.append((row.day, row.day, percent))
    first: date | None = pieces[0][0]
    last: date | None = pieces[-1][1]
    finding = None
    if leave is not None:
        first = leave.first_day if leave.first_day >= snapshot.window.first else None
        if leave.is_open:
            last = None
        elif leave.last_day is not None and leave.last_day > snapshot.window.last:
            last = leave.last_day
        elif leave.last_day is not None and last is not None and abs((leave.last_day - last).days) == 1:
            finding = LeaveFinding(
                code="last_day_differs",
                severity=Severity.WARNING,
                employee_id=leave.employee_id,
                day=last,
                parent_id=leave_id,
            )
        else:
            last = leave.last_day
    starts = [first, *(piece[0] for piece in pieces[1:])]
    ends: list[date | None] = [*(piece[0] - timedelta(1) for piece in pieces[1:]), last]
    route = routes.of(rows[0].type_id)
    assert route is not None
    assert route.code is not None
    made = [
        LeaveRun(
            leave_id=leave_id,
            employee_id=rows[0].employee_id,
            code=route.code,
            first=start,
            last=end,
            percent=rounded(percent),
        )
        for start, end, (_, _, percent) in zip(starts, ends, pieces, strict=True)
    ]
    return made, finding


def _by_employment(run: LeaveRun, spans: Sequence[EmployedSpan], read_from: date) -> Sequence[LeaveRun]:
    """The run once for each employment that it lies in, and within that one's days; whole where a single one covers it,
    or where employments go on beside each other and none is the one."""
    first = run.first or read_from
    covered = [span for span in spans if (run.last is None or span.first <= run.last) and _ends_after(span, first)]
    beside = any(later.first in earlier for earlier, later in pairwise(covered))
    if not covered or beside:
        return [run]
    parts: list[LeaveRun] = []
    for span in covered:
        lasts = [day for day in (run.last, span.last) if day is not None]
        began = run.first is None and span.first <= read_from
        parts.append(
            replace(
                run,
                first=None if began else max(first, span.first),
                last=min(lasts, default=None),
                earliest=span.first,
            )
        )
    return parts


def _ends_after(span: EmployedSpan, day: date) -> bool:
    return span.last is None or span.last >= day


def sick_hints(normal: NormalLeave, snapshot: LeaveSnapshot) -> Iterable[LeaveFinding]:
    """Somebody's 17th calendar day of one sickness: free days count, and payroll does the arithmetic."""
    told: set[str] = set()
    for row in normal.days:
        kind = snapshot.types[row.type_id].kind if row.type_id in snapshot.types else LeaveKind.OTHER
        leave = snapshot.leaves.get(row.parent_id)
        if kind is not LeaveKind.SICK_LEAVE or leave is None or leave.id in told:
            continue
        if (row.day - leave.first_day).days + 1 >= SICK_HINT_DAY:
            told.add(leave.id)
            yield LeaveFinding(
                code="sick_day_17",
                severity=Severity.WARNING,
                employee_id=row.employee_id,
                day=leave.first_day + timedelta(SICK_HINT_DAY - 1),
                parent_id=leave.id,
            )


def period_of_run(run: LeaveRun, key: PeriodKey, first: date) -> WantedPeriod:
    """A run as a leave of absence under a key, from the first day that is known of it."""
    return WantedPeriod(
        key=key, employee_id=run.employee_id, code=run.code, first=first, last=run.last, percent=run.percent
    )


def _day(row: LeaveDay) -> date:
    return row.day
