"""What became of a run of leave, by person: days and hours, never a line per day, and why something was not sent. Pure.

No code, type or child is here: this is what a channel may read. The private file is made of the outcomes themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bot.domain.findings import Severity
from bot.domain.leave import LeaveFinding
from bot.sync.leave.day_applier import DayOutcome, DayOutcomeKind

WAITING = frozenset({DayOutcomeKind.HELD, DayOutcomeKind.CONFLICT, DayOutcomeKind.FAILED, DayOutcomeKind.UNKNOWN})


@dataclass(slots=True)
class PersonLeave:
    """One person's days by what became of them, hours before and after, and what waits, with its days and why."""

    employee_id: str
    days: Counter[DayOutcomeKind] = field(default_factory=Counter)
    hours_before: Decimal = field(default=Decimal(0), repr=False)
    hours_after: Decimal = field(default=Decimal(0), repr=False)
    waiting: dict[str, list[date]] = field(default_factory=dict)
    findings: list[LeaveFinding] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveRunSummary:
    """The sums of a run. `reasons` counts days not sent by reason, `hours` are before and after over all people."""

    people: Mapping[str, PersonLeave]
    days: Mapping[DayOutcomeKind, int]
    reasons: Mapping[str, int]
    counts: Mapping[str, int]
    unchanged: int
    findings: tuple[LeaveFinding, ...] = ()
    hours_before: Decimal = field(default=Decimal(0), repr=False)
    hours_after: Decimal = field(default=Decimal(0), repr=False)

    @property
    def nothing_changed(self) -> bool:
        """Whether one line says it all."""
        return not any(self.days.values())


def leave_summary(
    outcomes: Iterable[DayOutcome],
    findings: Iterable[LeaveFinding] = (),
    *,
    unchanged: int = 0,
    counts: Mapping[str, int] | None = None,
) -> LeaveRunSummary:
    """Sum outcomes and findings up by person; findings about nobody come apart."""
    people: dict[str, PersonLeave] = {}
    days: Counter[DayOutcomeKind] = Counter()
    reasons: Counter[str] = Counter()
    for outcome in outcomes:
        step = outcome.step
        person = people.setdefault(step.key.employee_id, PersonLeave(step.key.employee_id))
        days[outcome.kind] += 1
        person.days[outcome.kind] += 1
        person.hours_before += step.old
        written = outcome.kind in _WRITTEN
        person.hours_after += step.new if written else step.old
        if outcome.kind in WAITING:
            reason = outcome.reason or outcome.kind.value
            reasons[reason] += 1
            person.waiting.setdefault(reason, []).append(step.key.day)
    apart: list[LeaveFinding] = []
    for finding in findings:
        if finding.employee_id is None:
            apart.append(finding)
            continue
        people.setdefault(finding.employee_id, PersonLeave(finding.employee_id)).findings.append(finding)
        if finding.severity is Severity.BLOCKING:
            reasons[finding.code] += 1
    return LeaveRunSummary(
        people=people,
        days=days,
        reasons=reasons,
        counts=dict(counts or {}),
        unchanged=unchanged,
        findings=tuple(apart),
        hours_before=sum((person.hours_before for person in people.values()), Decimal(0)),
        hours_after=sum((person.hours_after for person in people.values()), Decimal(0)),
    )


_WRITTEN = frozenset({DayOutcomeKind.CREATED, DayOutcomeKind.UPDATED, DayOutcomeKind.DELETED, DayOutcomeKind.NOTED})
