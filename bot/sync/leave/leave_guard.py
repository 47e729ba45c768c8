"""Stops a plan of leave that is out of proportion: what a wrong export, a wrong mapping or an empty answer looks like.

Nothing is written before a person has approved. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.text import Text
from bot.sync.leave.day_plan import DayPlan, StepKind


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveThresholds:
    """When a person is asked. Shares are of 0-1.

    `deletes_days` or `deletes_share` of the delivered days, whichever is more, may be taken back; `person_days` from
    one person; `code_share` of one code's days, from `code_days` on, may change; the source may have `drop_share` fewer
    rows than last time, from `drop_rows` on.
    """

    deletes_days: int = 20
    deletes_share: float = 0.1
    person_days: int = 20
    code_days: int = 20
    code_share: float = 0.25
    drop_rows: int = 20
    drop_share: float = 0.3


@dataclass(frozen=True, slots=True)
class LeaveGuardReason:
    """One reason to ask. The text is `guard.leave_<code>`: `count` of `of`, and the code of the target where it is
    about one, which is not shown in a channel."""

    code: str
    count: int
    of: int

    @property
    def text(self) -> Text:
        """What people read."""
        return Text(f"guard.leave_{self.code}", {"count": self.count, "of": self.of})


def judge_leave(
    plan: DayPlan,
    limits: LeaveThresholds,
    *,
    rows_read: int,
    rows_before: int | None,
    first_run: bool,
) -> tuple[LeaveGuardReason, ...]:
    """The reasons to ask first; none where nothing would be written. `rows_before` are the source's rows last time."""
    deletes = plan.of_kind(StepKind.DELETE)
    updates = plan.of_kind(StepKind.UPDATE)
    creates = plan.of_kind(StepKind.CREATE)
    reasons: list[LeaveGuardReason] = []
    if not (deletes or updates or creates):
        return ()
    if len(deletes) > max(limits.deletes_days, limits.deletes_share * plan.delivered):
        reasons.append(LeaveGuardReason("deletes", len(deletes), plan.delivered))
    lost = Counter(step.key.employee_id for step in deletes)
    lost.subtract(Counter(step.key.employee_id for step in creates))
    people = [count for count in lost.values() if count > limits.person_days]
    if people:
        reasons.append(LeaveGuardReason("person_deletes", max(people), limits.person_days))
    changed = Counter(step.key.code for step in (*updates, *deletes))
    reasons += _codes(changed, plan.delivered_rows, limits)
    counts = rows_before is not None and rows_before >= limits.drop_rows
    if rows_before is not None and counts and rows_read < rows_before * (1 - limits.drop_share):
        reasons.append(LeaveGuardReason("source_drop", rows_read, rows_before))
    known = len(plan.of_kind(StepKind.ADOPT, StepKind.CONFLICT))
    if first_run and known > len(creates):
        reasons.append(LeaveGuardReason("first_run", known, len(creates)))
    return tuple(reasons)


def _codes(changed: Mapping[str, int], delivered: Mapping[str, int], limits: LeaveThresholds) -> list[LeaveGuardReason]:
    return [
        LeaveGuardReason("code", count, delivered[code])
        for code, count in sorted(changed.items())
        if count >= limits.code_days and count > limits.code_share * delivered.get(code, 0) and code in delivered
    ]
