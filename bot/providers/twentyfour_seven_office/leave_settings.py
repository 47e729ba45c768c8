"""What 24SevenOffice takes of absence: leaves of absence (permisjon), as periods with a percentage.

Source: 24SevenOffice's description of its Payroll API (absence, absencetypes). A period of sickness, vacation or care
of a child needs what nothing here knows: the hours of its days, their number as payroll counts them, or whose child it
is. Nothing is sent to such types, and whoever routes a leave type there is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.resource import Capability, LeaveWay, Resource
from bot.providers.kit.json_values import text_of
from bot.providers.leave_protocol import LateChange, LeaveCode, LeaveFieldSpec, LeaveLimits, LockSignal
from bot.providers.protocol import ResourceSpec

LEAVE_OF_ABSENCE = "leave_of_absence"
PARENTAL = "permisjonMedForeldrepenger"

NOT_SENT: Mapping[str, str] = {
    "sick_child": "code_child_in_payroll",
    "vacation": "code_days_in_payroll",
    "sickness": "code_sickness_in_payroll",
    "self_report": "code_sickness_in_payroll",
}
"""Categories of types that nothing is sent to, and why (texts `leave.<why>`)."""

LEAVE_FIELDS: tuple[LeaveFieldSpec, ...] = (
    LeaveFieldSpec(
        key="employee", source="employee", target="absence.empId",
        transformation="twentyfour_seven_office.leave.by_number",
    ),
    LeaveFieldSpec(
        key="leave_id", source="leave.id", target="absence.externalId",
        transformation="twentyfour_seven_office.leave.part",
    ),
    LeaveFieldSpec(key="first_day", source="leaveTransaction.date", target="absence.startDate"),
    LeaveFieldSpec(
        key="last_day", source="leaveTransaction.date", target="absence.endDate",
        transformation="twentyfour_seven_office.leave.last_day",
    ),
    LeaveFieldSpec(key="percent", source="leave.gradePercentage", target="absence.percent", private=True),
    LeaveFieldSpec(
        key="type", source="leaveType.code", target="absence.absenceType", private=True,
        transformation="twentyfour_seven_office.leave.type",
    ),
)  # fmt: skip

ABSENCE = ResourceSpec(
    resource=Resource.ABSENCE,
    capability=Capability.REPLACE_DAY,
    fields=LEAVE_FIELDS,
    leave=LeaveLimits(
        ways=frozenset({LeaveWay.PERIOD}),
        deletes=False,
        period_deletes=True,
        lock_signal=LockSignal.NONE,
        late_change=LateChange.HOLD,
    ),
)
"""Periods that are read and changed; one that never was is rejected, and then no longer shown."""


def code_of(row: Mapping[str, Any]) -> LeaveCode | None:
    """A type as a code to choose, with what is wrong with it; None for one without a code."""
    value = text_of(row.get("code"))
    if value is None:
        return None
    problem = NOT_SENT.get(text_of(row.get("category")) or "")
    if problem is None and text_of(row.get("category")) != LEAVE_OF_ABSENCE:
        problem = "code_unknown_in_payroll"
    if problem is None and text_of(row.get("comment_mandatory")) == "1":
        problem = "code_wants_comment"
    label = f"{value} {text_of(row.get('description')) or ''}".strip()
    return LeaveCode(value=value, label=label, way=LeaveWay.PERIOD, problem=problem)
