"""Days of closed periods where a target takes them once a person has approved: in the plan, and what was agreed to."""

from __future__ import annotations

from collections.abc import Container
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


def late_marks(plan: DayPlan) -> frozenset[str]:
    """What is agreed to with a plan besides its own marks: that these are written although their days are closed."""
    return frozenset(map(_late_mark, late_steps(plan)))


def agreed_part(planned: LeavePlanned, agreed: frozenset[str]) -> LeavePlanned:
    """The plan without what was not in the first one: the next run takes that up. A day that has been closed since is
    held, so that it is told: whoever agreed was shown an open one."""
    late = {step.mark for step in late_steps(planned.days)}
    days = [
        step if step.kind not in WRITTEN or _agreed(step, agreed, late) else _held(step)
        for step in planned.days.steps
        if step.kind not in WRITTEN or step.mark in agreed or step.mark in late
    ]
    periods = [step for step in planned.periods if step.kind not in WRITTEN or step.mark in agreed]
    return replace(planned, days=replace(planned.days, steps=days), periods=periods)


def _agreed(step: DayStep, agreed: frozenset[str], late: Container[str]) -> bool:
    return step.mark in agreed and (step.mark not in late or _late_mark(step) in agreed)


def _late_mark(step: DayStep) -> str:
    return f"late|{step.mark}"


def _held(step: DayStep) -> DayStep:
    return replace(step, kind=StepKind.HELD, before="", row=None)
