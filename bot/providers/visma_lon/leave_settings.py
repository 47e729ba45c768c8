"""What Visma Lön 300 and 600 take of absence, and what an integration chooses for it.

Source: Visma Spcs' page on the file format of time data (.tlu) with its default codes, and public programs that write
it.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.resource import Capability, Resource
from bot.providers.kit.choices import Choices
from bot.providers.leave_protocol import LateChange, LeaveCode, LeaveFieldSpec, LeaveLimits
from bot.providers.protocol import ResourceSpec, SettingField

LIST, TWO_ROWS = "list", "two_rows"
LEFT_OUT, FREE, WORK_WEEK = "left_out", "free", "work_week"
YES, NO = "yes", "no"

USUAL_CODES: Mapping[str, str] = {
    "040": "Semester",
    "050": "Sjukdom",
    "060": "Vård av barn",
    "070": "Föräldraledighet",
    "075": "Pappaledighet",
    "080": "Kompledighet",
    "090": "Tjänstledighet",
}
"""Time codes of absence that a new company has. A company has its own beside them, or means something else by these:
no leave type goes to one by its kind alone."""

OF_A_CHILD = "060"

CODES: tuple[LeaveCode, ...] = tuple(
    LeaveCode(value=code, label=f"{code} {name}") for code, name in sorted(USUAL_CODES.items())
)

LEAVE_SETTINGS: tuple[SettingField, ...] = (
    SettingField(key="corrections", choices=(LIST, TWO_ROWS), default=LIST, group="delivery"),
    SettingField(key="schedules", choices=(LEFT_OUT, FREE, WORK_WEEK), default=LEFT_OUT, group="delivery"),
    SettingField(key="names", choices=(YES, NO), default=YES, group="delivery"),
)

leave_chosen = Choices(LEAVE_SETTINGS)
"""An integration's choice for absence, or the default."""

LEAVE_FIELDS: tuple[LeaveFieldSpec, ...] = (
    LeaveFieldSpec(key="employee", source="employee.employeeNumber", target="Employee EmploymentNo"),
    LeaveFieldSpec(
        key="name", source="employee", target="Employee FirstName, Name", transformation="visma_lon.leave.name"
    ),
    LeaveFieldSpec(key="day", source="leaveTransaction.date", target="Time DateOfReport"),
    LeaveFieldSpec(
        key="code",
        source="leaveType.code",
        target="Time TimeCode",
        private=True,
        transformation="visma_lon.leave.code",
    ),
    LeaveFieldSpec(
        key="hours",
        source="leaveTransaction.hours",
        target="Time SumOfHours",
        private=True,
        transformation="visma_lon.leave.hours",
    ),
    LeaveFieldSpec(
        key="schedule",
        source="workWeek",
        target="NormalWorkingTime NormalWorkingTimeHours",
        transformation="visma_lon.leave.schedule",
    ),
)

ABSENCE = ResourceSpec(
    resource=Resource.ABSENCE,
    capability=Capability.FILE_SNAPSHOT,
    exports_file=True,
    settings=LEAVE_SETTINGS,
    max_batch=0,
    fields=LEAVE_FIELDS,
    leave=LeaveLimits(
        reads=False,
        updates=False,
        deletes=False,
        negates=True,
        late_change=LateChange.LIST,
        horizon_months=0,
        open_codes=True,
    ),
)
"""Files of a period. The format has no child."""
