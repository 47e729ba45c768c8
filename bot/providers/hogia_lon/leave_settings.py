"""What Hogia Lön Plus takes of absence, and what an integration chooses for it.

Source: a public program that writes its files (jongotlin/hogia), help pages of Planday and Moment, and Simployer's help
page on its own export, which is two files: absence and schedule.
"""

from __future__ import annotations

from bot.domain.resource import Capability, Resource
from bot.providers.kit.choices import Choices
from bot.providers.leave_protocol import LateChange, LeaveFieldSpec, LeaveLimits
from bot.providers.protocol import ResourceSpec, SettingField

LEFT_OUT, FREE, WORK_WEEK = "left_out", "free", "work_week"
YES, NO = "yes", "no"
CLOCK, DECIMAL = "clock", "decimal"

LEAVE_SETTINGS: tuple[SettingField, ...] = (
    SettingField(key="child_names", choices=(NO, YES), default=NO, group="delivery"),
    SettingField(key="schedules", choices=(LEFT_OUT, FREE, WORK_WEEK), default=LEFT_OUT, group="delivery"),
    SettingField(key="schedule_encoding", choices=("windows-1252", "utf-8"), default="windows-1252", group="delivery"),
    SettingField(key="shift_length", choices=(CLOCK, DECIMAL), default=CLOCK, group="delivery"),
)

leave_chosen = Choices(LEAVE_SETTINGS)
"""An integration's choice for absence, or the default."""

LEAVE_FIELDS: tuple[LeaveFieldSpec, ...] = (
    LeaveFieldSpec(key="employee", source="employee.employeeNumber", target="employmentId"),
    LeaveFieldSpec(key="day", source="leaveTransaction.date", target="periodStartDate, periodEndDate"),
    LeaveFieldSpec(
        key="code", source="leaveType.code", target="payTypeId", private=True, transformation="hogia_lon.leave.code"
    ),
    LeaveFieldSpec(
        key="hours",
        source="leaveTransaction.hours",
        target="quantity",
        private=True,
        transformation="hogia_lon.leave.hours",
    ),
    LeaveFieldSpec(
        key="child", source="child.name", target="childName", private=True, transformation="hogia_lon.leave.child"
    ),
    LeaveFieldSpec(
        key="schedule", source="workWeek", target="Personschema, Arbetspass", transformation="hogia_lon.leave.schedule"
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
        children=True,
        late_change=LateChange.LIST,
        horizon_months=0,
        open_codes=True,
    ),
)
"""Files of a period. Nothing is known of corrections in a file: they are a list for a person."""
