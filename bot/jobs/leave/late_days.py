"""Days of closed periods where a target takes them once a person has approved: in the plan, and what was agreed to."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.leave_delivery import CloseReason
from bot.jobs.leave.plan_leave import LeavePlanned
from bot.providers.declaration import ResourceSpec
from bot.providers.leave_protocol import LateChange
from bot.sync.leave.day_plan import WRITTEN, DayPlan, DayStep, StepKind


def tries_late(spec: ResourceSpec) -> bool:
    """Whether the target takes what is on closed days, as a row of that day."""
    return spec.leave is not None and spec.leave.late_change is LateChange.TRY


def late_steps(plan: DayPlan) -> list[DayStep]:
    """What the plan would write on closed days."""
    return [step for step in plan.of_kind(*WRITTEN) if step.reason in set(CloseReason)]


def closed_steps(plan: DayPlan) -> list[DayStep]:
    """What the plan leaves alone because the day is closed."""
    return [step for step in plan.of_kind(StepKind.HELD) if step.reason in set(CloseReason)]


def agreed_part(planned: LeavePlanned, agreed: frozenset[str]) -> LeavePlanned:
    """The plan without what was not in the first one: the next run takes that up. A day that is closed by now is held,
    so that it is told."""
    late = {step.mark for step in late_steps(planned.days)}
    days = [
        step if step.kind not in WRITTEN or step.mark in agreed else _held(step)
        for step in planned.days.steps
        if step.kind not in WRITTEN or step.mark in agreed or step.mark in late
    ]
    periods = [step for step in planned.periods if step.kind not in WRITTEN or step.mark in agreed]
    return replace(planned, days=replace(planned.days, steps=days), periods=periods)


def _held(step: DayStep) -> DayStep:
    return replace(step, kind=StepKind.HELD, before="", row=None)
