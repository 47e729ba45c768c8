"""What became of a run of leave, person by person, as the outcomes of runs are stored.

The outcome is the shell's own (`bot.domain.outcome`), so that counts, history and retention know it; the days are
beside it under `leave`, sealed with it, for the private file and the report.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from bot.core.text import text
from bot.domain.change import Person
from bot.domain.leave import LeavePerson
from bot.domain.outcome import Outcome, OutcomeKind
from bot.domain.resource import LeaveWay
from bot.jobs.leave.apply_leave import LeaveResult
from bot.jobs.leave.leave_findings import SAYS_WHY, TypeNames, found_of
from bot.jobs.leave.plan_leave import LeavePlanned
from bot.sync.codec import outcome_to_json
from bot.sync.leave.day_applier import DayOutcome, DayOutcomeKind
from bot.sync.leave.day_plan import DayStep, StepKind
from bot.sync.leave.leave_line import HALF_DONE, LEAVE, RELEASED, TOLD, FoundPeriod, LeaveLine, LeavePlace, LeaveTold
from bot.sync.leave.leave_line import lines_of as lines_of
from bot.sync.leave.period_applier import PeriodOutcome
from storage.outcomes import StoredOutcome

_WORST_FIRST: tuple[tuple[DayOutcomeKind, OutcomeKind], ...] = (
    (DayOutcomeKind.UNKNOWN, OutcomeKind.UNKNOWN),
    (DayOutcomeKind.FAILED, OutcomeKind.FAILED),
    (DayOutcomeKind.CONFLICT, OutcomeKind.CONFLICT),
    (DayOutcomeKind.HELD, OutcomeKind.BLOCKED),
    (DayOutcomeKind.DELETED, OutcomeKind.UPDATED),
    (DayOutcomeKind.UPDATED, OutcomeKind.UPDATED),
    (DayOutcomeKind.CREATED, OutcomeKind.UPDATED),
    (DayOutcomeKind.PARKED, OutcomeKind.UNCHANGED),
    (DayOutcomeKind.NOTED, OutcomeKind.UNCHANGED),
)
_FORESEEN = {
    StepKind.CREATE: DayOutcomeKind.CREATED,
    StepKind.UPDATE: DayOutcomeKind.UPDATED,
    StepKind.DELETE: DayOutcomeKind.DELETED,
    StepKind.HELD: DayOutcomeKind.HELD,
    StepKind.CONFLICT: DayOutcomeKind.CONFLICT,
    StepKind.PARKED: DayOutcomeKind.PARKED,
}


def foreseen(planned: LeavePlanned) -> LeaveResult:
    """What a plan leads to if all goes well."""
    result = LeaveResult()
    for step in planned.days.steps:
        kind = _FORESEEN.get(step.kind, DayOutcomeKind.NOTED)
        result.days.append(DayOutcome(kind=kind, step=step, reason=step.reason))
    for period in planned.periods:
        kind = _FORESEEN.get(period.kind, DayOutcomeKind.NOTED)
        result.periods.append(PeriodOutcome(kind=kind, step=period, reason=period.reason))
    return result


def people_of(planned: LeavePlanned) -> list[str]:
    """Everybody of whom a plan has something to say, in the order of their ids."""
    steps = {step.key.employee_id for step in planned.days.steps}
    steps |= {step.employee_id for step in planned.periods}
    steps |= {employee_id for employee_id, _ in planned.left_out}
    return sorted(steps | {each.employee_id for each in planned.findings if each.employee_id is not None})


def person_outcomes(
    result: LeaveResult, planned: LeavePlanned, order: Sequence[str], *, over: bool = True
) -> list[StoredOutcome]:
    """An outcome per person, at their place in `order`; others are left to the next run.

    Until the work is `over`, those of whom there are findings alone are left out: something may still be written.
    """
    lines: dict[str, list[LeaveLine]] = defaultdict(list)
    names = TypeNames(planned.snapshot)
    for of_day in result.days:
        lines[of_day.step.key.employee_id].append(day_line(of_day, names.of(of_day.step.contributors)))
    for of_period in result.periods:
        types = names.of((of_period.step.key.leave_id,))
        lines[of_period.step.employee_id].append(period_line(of_period, types))
    found = found_of(planned, lines)
    told = {*lines, *found} if over else {*lines}
    return [
        _stored(at, _person(planned.people, each), lines.get(each, []), found.get(each, []))
        for at, each in enumerate(order)
        if each in told
    ]


def _stored(position: int, person: LeavePerson, lines: list[LeaveLine], found: list[LeaveTold]) -> StoredOutcome:
    blocked = any(each.blocking for each in found)
    kinds = {line.kind for line in lines} | ({DayOutcomeKind.HELD} if blocked else set())
    kind = next((shown for found, shown in _WORST_FIRST if found in kinds), OutcomeKind.UNCHANGED)
    waits = next((line for line in lines if line.kind is DayOutcomeKind.FAILED and line.said is not None), None)
    outcome = Outcome(
        kind,
        Person(person.employee_id, person.number, person.name, person.target_id),
        reason=waits.said if waits is not None else None,
        advice=text("leave.first_step_failed.advice") if kind is OutcomeKind.FAILED else None,
        retryable=kind in (OutcomeKind.FAILED, OutcomeKind.UNKNOWN),
    )
    return StoredOutcome(
        position=position,
        source_id=person.employee_id,
        person_number=person.number,
        kind=kind.value,
        person_name=person.name,
        findings=sorted({f"{LEAVE}.{each.code}" for each in found} - SAYS_WHY),
        target_id=person.target_id,
        detail=outcome_to_json(outcome)
        | {LEAVE: [line.to_json() for line in lines], TOLD: [each.to_json() for each in found]},
    )


def _person(people: Mapping[str, LeavePerson], employee_id: str) -> LeavePerson:
    return people.get(employee_id) or LeavePerson(employee_id=employee_id, number="")


def day_line(outcome: DayOutcome, types: tuple[str, ...] = ()) -> LeaveLine:
    """A day for the report, and for whoever decides about it."""
    step = outcome.step
    return LeaveLine(
        kind=outcome.kind,
        first=step.key.day,
        last=step.key.day,
        code=step.key.code,
        old=step.old,
        new=step.new,
        reason=outcome.reason or _noted_why(step),
        key=step.hash,
        place=_place(outcome),
        said=outcome.error.text if outcome.error is not None else None,
        types=types,
    )


def _noted_why(step: DayStep) -> str | None:
    if step.kind is StepKind.RELEASE:
        return RELEASED
    return HALF_DONE if step.half_done else None


_WAITS_FOR_SOMEBODY = (DayOutcomeKind.HELD, DayOutcomeKind.CONFLICT)


def _place(outcome: DayOutcome) -> LeavePlace | None:
    if outcome.kind not in _WAITS_FOR_SOMEBODY:
        return None
    step = outcome.step
    return LeavePlace(step.entry.sequence if step.entry is not None else 0, step.key.child, step.contributors)


def _place_of_period(outcome: PeriodOutcome) -> LeavePlace | None:
    if outcome.kind not in _WAITS_FOR_SOMEBODY:
        return None
    step, there = outcome.step, outcome.step.there
    found = None
    if there is not None:
        found = FoundPeriod(row=there.row, code=there.code, first=there.first, last=there.last, percent=there.percent)
    sequence = step.entry.sequence if step.entry is not None else 0
    return LeavePlace(sequence, "", (step.key.leave_id,), step.key.reference, found, step.moves_end)


def period_line(outcome: PeriodOutcome, types: tuple[str, ...] = ()) -> LeaveLine:
    """The same of a leave of absence."""
    step = outcome.step
    detail = step.entry.detail() if step.entry is not None else None
    wanted = step.wanted
    first = wanted.first if wanted is not None else step.entry.day if step.entry is not None else date.min
    return LeaveLine(
        kind=outcome.kind,
        first=first,
        last=wanted.last if wanted is not None else detail.last if detail is not None else None,
        code=wanted.code if wanted is not None else detail.code if detail is not None else "",
        old=detail.percent or Decimal(0) if detail is not None else Decimal(0),
        new=wanted.percent if wanted is not None else Decimal(0),
        reason=outcome.reason or (RELEASED if step.kind is StepKind.RELEASE else None),
        way=LeaveWay.PERIOD,
        key=step.hash,
        place=_place_of_period(outcome),
        said=outcome.error.text if outcome.error is not None else None,
        types=types,
    )
