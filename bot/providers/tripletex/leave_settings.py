"""What Tripletex takes of absence, how, and what an integration chooses for it.

Source: API v2 description 2.75.00 (TimesheetEntry, LeaveOfAbsence), and Simployer's help page on its own export, which
names the seven types of leave of absence that are in use.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from bot.domain.leave_calendar import rounded
from bot.domain.leave_delivery import WantedDay
from bot.domain.resource import Capability, LeaveWay, Resource
from bot.providers.leave_protocol import LateChange, LeaveFieldSpec, LeaveLimits, LockSignal
from bot.providers.protocol import ResourceSpec, SettingField

LEAVES_OF_ABSENCE: Mapping[str, str] = {
    "FURLOUGH": "Permittering",
    "PARENTAL_BENEFITS": "Permisjon med foreldrepenger",
    "MILITARY_SERVICE": "Permisjon ved militærtjeneste",
    "OTHER_NOT_STATUTORILY_REQUIRED": "Andre ikke lovfestede",
    "OTHER_STATUTORILY_REQUIRED": "Andre lovfestede",
    "EDUCATIONAL_NOT_STATUTORILY_REQUIRED": "Utdanning ikke lovfestet",
    "EDUCATIONAL_STATUTORILY_REQUIRED": "Utdanning lovfestet",
}
"""The reserved codes, and what Tripletex calls them. Three older types that the a-melding has retired are left out."""

VACATION_ACTIVITY, VACATION_HOURS = "vacation_activity", "vacation_day_hours"
MOST_HOURS = Decimal(24)
"""Hours of a day. Tripletex itself takes 38."""

LEAVE_SETTINGS: tuple[SettingField, ...] = (
    SettingField(key=VACATION_ACTIVITY, live=True, group="pay"),
    SettingField(key=VACATION_HOURS, number=True, group="pay"),
    *(
        SettingField(key=f"deduct_{code.lower()}", choices=("no", "yes"), default="no", group="pay")
        for code in LEAVES_OF_ABSENCE
    ),
)

LEAVE_FIELDS: tuple[LeaveFieldSpec, ...] = (
    LeaveFieldSpec(
        key="employee", source="employee", target="TimesheetEntry.employee", transformation="tripletex.leave.by_number"
    ),
    LeaveFieldSpec(key="day", source="leaveTransaction.date", target="TimesheetEntry.date"),
    LeaveFieldSpec(
        key="code",
        source="leaveType.code",
        target="TimesheetEntry.activity",
        private=True,
        transformation="tripletex.leave.activity",
    ),
    LeaveFieldSpec(
        key="hours",
        source="leaveTransaction.hours",
        target="TimesheetEntry.hours",
        private=True,
        transformation="tripletex.leave.hours",
    ),
    LeaveFieldSpec(key="tag", source="", target="TimesheetEntry.comment", transformation="tripletex.leave.tag"),
    LeaveFieldSpec(
        key="employment",
        source="employee",
        target="LeaveOfAbsence.employment",
        transformation="tripletex.leave.employment",
    ),
    LeaveFieldSpec(
        key="leave_id",
        source="leave.id",
        target="LeaveOfAbsence.importedLeaveOfAbsenceId",
        transformation="tripletex.leave.part",
    ),
    LeaveFieldSpec(key="first_day", source="leaveTransaction.date", target="LeaveOfAbsence.startDate"),
    LeaveFieldSpec(
        key="last_day",
        source="leaveTransaction.date",
        target="LeaveOfAbsence.endDate",
        transformation="tripletex.leave.last_day",
    ),
    LeaveFieldSpec(key="percent", source="leave.gradePercentage", target="LeaveOfAbsence.percentage", private=True),
    LeaveFieldSpec(key="type", source="leaveType.code", target="LeaveOfAbsence.type", private=True),
    LeaveFieldSpec(
        key="wage_deduction",
        source="",
        target="LeaveOfAbsence.isWageDeduction",
        transformation="tripletex.leave.deduction",
    ),
)

ABSENCE = ResourceSpec(
    resource=Resource.ABSENCE,
    capability=Capability.REPLACE_DAY,
    settings=LEAVE_SETTINGS,
    fields=LEAVE_FIELDS,
    leave=LeaveLimits(
        ways=frozenset({LeaveWay.DAY, LeaveWay.PERIOD}),
        lock_signal=LockSignal.READ,
        late_change=LateChange.HOLD,
    ),
)
"""Rows of a day that are read, changed and deleted, and leaves of absence that only end."""


def is_deducted(code: str, settings: Mapping[str, str]) -> bool:
    """Whether a leave of absence takes from fixed pay; no unless the integration says so."""
    return (settings.get(f"deduct_{code.lower()}") or "no") == "yes"


def delivered_hours(day: WantedDay, settings: Mapping[str, str]) -> Decimal:
    """What Tripletex shall hold of a day: of vacation a share of so many hours, where the integration says so.

    Tripletex makes days of vacation of the hours, and seems to count 7.5 of them as one whoever it is: a whole day of
    somebody who works six hours would be 0.8 of a day.
    """
    hours = _number(settings.get(VACATION_HOURS))
    if hours is None or not day.scheduled or day.key.code != (settings.get(VACATION_ACTIVITY) or "").strip():
        return day.hours
    return rounded(day.hours / day.scheduled * hours)


def _number(text: str | None) -> Decimal | None:
    try:
        number = Decimal((text or "").strip().replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 < number <= MOST_HOURS else None
