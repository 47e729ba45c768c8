"""A payroll period whose cut-off is over and whose file nobody has called imported: the file stays as it is. Pure.

What has changed since it was made is held and told. Once somebody says that it was imported, it is a correction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import DayKey, PayrollPeriod
from bot.sync.leave.day_plan import WRITTEN, DayPlan, DayStep, StepKind
from bot.sync.leave.ledger_planner import step_order
from bot.sync.leave.normal_days import Withheld
from bot.sync.leave.period_files import number_in_files


@dataclass(frozen=True, slots=True)
class FileDay:
    """A day as the file has it: hours, the leaves that it comes from, and the number that it names the person by."""

    key: DayKey
    hours: Decimal = field(repr=False)
    contributors: tuple[str, ...] = ()
    number: str = ""


@dataclass(frozen=True, slots=True)
class CutOffPeriod:
    """A period that is over, and what its waiting file has, by the keyed hash of the key; None where none was made."""

    period: PayrollPeriod
    days: Mapping[str, FileDay] | None = field(default=None, repr=False)


def held_at_cut_off(plan: DayPlan, cut_off: CutOffPeriod, people: Mapping[str, LeavePerson]) -> DayPlan:
    """The plan without what the period's file does not have already, under the number that the person has now; that,
    and what the file has too much, is held."""
    known = cut_off.days or {}
    reason = (Withheld.FILE_CUT_OFF if cut_off.days is not None else Withheld.NO_FILE_BY_CUT_OFF).value
    steps: list[DayStep] = []
    spoken: set[str] = set()
    for step in plan.steps:
        if step.key.day in cut_off.period:
            spoken.add(step.hash)
            there = known.get(step.hash)
            if step.kind in WRITTEN and not _has(there, step, people.get(step.key.employee_id)):
                old = there.hours if there is not None else Decimal(0)
                step = replace(step, kind=StepKind.HELD, old=old, before="", row=None, reason=reason)
        steps.append(step)
    steps += [
        DayStep(
            kind=StepKind.HELD, key=day.key, hash=hashed, old=day.hours, contributors=day.contributors, reason=reason
        )
        for hashed, day in known.items()
        if hashed not in spoken and day.hours
    ]
    return replace(plan, steps=sorted(steps, key=step_order))


def _has(there: FileDay | None, step: DayStep, person: LeavePerson | None) -> bool:
    if there is None or there.hours != step.new:
        return False
    number = number_in_files(person) if person is not None else ""
    return not there.number or there.number == number
