"""What a plan of leave has found: of somebody's days, for their outcome, and of the run as a whole, for its remarks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from bot.domain.findings import Finding, Severity
from bot.domain.leave import LeaveFinding, LeaveSnapshot, ParentKind
from bot.domain.run_remark import RunRemark, each_once
from bot.jobs.leave.plan_leave import LeavePlanned
from bot.sync.leave.leave_line import LEAVE, LeaveLine, LeaveTold
from bot.sync.leave.normal_days import Withheld, contributor_of

NO_CODE = "no_code"
"""Somebody's days of a type that has no code in the target."""

SAYS_WHY = frozenset({f"{LEAVE}.sick_day_17", f"{LEAVE}.last_day_differs"})
"""Codes by which one can tell why somebody is away: they stand sealed, and in the private file alone."""

_COUNTED = ("before_start", "pending_leaves", "rounded_to_nothing")
"""Counts of a plan that are told: what they count was not sent, and is in no finding. Texts `leave.counted.<name>`."""


class TypeNames:
    """The names of leave types by what days were made of. Private: they say why somebody is away."""

    def __init__(self, snapshot: LeaveSnapshot) -> None:
        self._names = {each.id: each.name for each in snapshot.types.values()}
        self._types = {leave.id: leave.type_id for leave in snapshot.leaves.values()}
        self._types |= {
            contributor_of(row): row.type_id for row in snapshot.days if row.parent is ParentKind.TIMESHEET_ENTRY
        }

    def of(self, parents: Iterable[str]) -> tuple[str, ...]:
        """The names, each once, in order; none of what the source no longer has."""
        types = {self._types[parent] for parent in parents if parent in self._types}
        return tuple(sorted(self._names[each] for each in types if each in self._names))

    def named(self, type_id: str | None) -> tuple[str, ...]:
        """The name of one type."""
        return (self._names[type_id],) if type_id in self._names else ()


def found_of(planned: LeavePlanned, lines: Mapping[str, Sequence[LeaveLine]]) -> dict[str, list[LeaveTold]]:
    """By person, what was found of their days, each with its first and last day. What a line says already is left out:
    that a day waits, and for what."""
    names = TypeNames(planned.snapshot)
    said = {(employee, line.first, line.reason) for employee, of_one in lines.items() for line in of_one}
    days: dict[tuple[str, str, bool, tuple[str, ...]], list[date]] = defaultdict(list)
    for each in planned.findings:
        if each.employee_id is None or (each.employee_id, each.day, each.code) in said:
            continue
        of_type = names.named(each.type_id)
        about = days[each.employee_id, each.code, each.severity is Severity.BLOCKING, of_type]
        about += [each.day] if each.day is not None else []
    for (employee, type_id), left_out in planned.left_out.items():
        blocked = type_id in planned.routes.blocked
        code = Withheld.CODE_BLOCKED.value if blocked else NO_CODE
        kept = [day for day in left_out if (employee, day, code) not in said]
        if kept:
            days[employee, code, False, names.named(type_id)] += kept
    found: dict[str, list[LeaveTold]] = defaultdict(list)
    for (employee, code, blocking, types), about in days.items():
        found[employee].append(
            LeaveTold(
                code=code,
                first=min(about, default=None),
                last=max(about, default=None),
                days=len(set(about)),
                blocking=blocking,
                types=types,
            )
        )
    return found


def remarks_on(planned: LeavePlanned, looked: Sequence[Finding]) -> list[RunRemark]:
    """What is told of the run as a whole: what the looks beforehand have found, and what of the read is nobody's."""
    return each_once([*map(RunRemark.of_check, looked), *_of_nobody(planned.findings), *_counted(planned.counts)])


def _of_nobody(findings: Iterable[LeaveFinding]) -> Iterator[RunRemark]:
    for each in findings:
        if each.employee_id is None:
            yield RunRemark.of_leave(each)


def _counted(counts: Mapping[str, int]) -> Iterator[RunRemark]:
    for name in _COUNTED:
        if counts.get(name):
            yield RunRemark.of_key(f"leave.counted.{name}", n=counts[name])
