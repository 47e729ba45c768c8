"""What PowerOffice Go takes of absence: leaves of absence (permisjon) of an employment, as periods with a percentage.

Source: PowerOffice's description of API v2 (EmploymentLeaveDto). It has nothing for sickness, vacation or hours of a
day; layoffs are lists of their own, and are not sent.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.resource import Capability, LeaveWay, Resource
from bot.providers.leave_protocol import LateChange, LeaveFieldSpec, LeaveLimits, LockSignal
from bot.providers.poweroffice_go.settings import word
from bot.providers.protocol import ResourceSpec, SettingField

LEAVE_TYPES: Mapping[str, str] = {
    "Maternity": "Permisjon med foreldrepenger",
    "Military": "Permisjon ved militærtjeneste",
    "EducationalStatutory": "Utdanning lovfestet",
    "EducationalNonStatutory": "Utdanning ikke lovfestet",
    "OtherStatutory": "Andre lovfestede",
    "OtherNonStatutory": "Andre ikke lovfestede",
}
"""The kinds that Go has, and what they are called in the a-melding."""

LEAVE_SETTINGS: tuple[SettingField, ...] = tuple(
    SettingField(key=f"adjust_{word(code)}", choices=("no", "yes"), default="no", group="pay") for code in LEAVE_TYPES
)

LEAVE_FIELDS: tuple[LeaveFieldSpec, ...] = (
    LeaveFieldSpec(
        key="employment", source="employee", target="EmploymentLeave.EmploymentId",
        transformation="poweroffice_go.leave.employment",
    ),
    LeaveFieldSpec(
        key="leave_id", source="leave.id", target="EmploymentLeave.ReportingId",
        transformation="poweroffice_go.leave.part",
    ),
    LeaveFieldSpec(key="first_day", source="leaveTransaction.date", target="EmploymentLeave.StartDate"),
    LeaveFieldSpec(
        key="last_day", source="leaveTransaction.date", target="EmploymentLeave.EndDate",
        transformation="poweroffice_go.leave.last_day",
    ),
    LeaveFieldSpec(
        key="percent", source="leave.gradePercentage", target="EmploymentLeave.LeavePercentage", private=True
    ),
    LeaveFieldSpec(key="type", source="leaveType.code", target="EmploymentLeave.TypeOfLeave", private=True),
    LeaveFieldSpec(
        key="wage_deduction", source="", target="EmploymentLeave.AdjustFixedWage",
        transformation="poweroffice_go.leave.deduction",
    ),
)  # fmt: skip

ABSENCE = ResourceSpec(
    resource=Resource.ABSENCE,
    capability=Capability.REPLACE_DAY,
    settings=LEAVE_SETTINGS,
    fields=LEAVE_FIELDS,
    leave=LeaveLimits(
        ways=frozenset({LeaveWay.PERIOD}),
        deletes=False,
        lock_signal=LockSignal.READ,
        late_change=LateChange.HOLD,
    ),
)
"""Periods that are read, made and ended. Go deletes, but nothing tells whether the authorities have one already."""


def is_adjusted(code: str, settings: Mapping[str, str]) -> bool:
    """Whether a leave of absence takes from fixed pay; no unless the integration says so."""
    return (settings.get(f"adjust_{word(code)}") or "no") == "yes"
