"""What Hogia Lön Plus takes of absence, and what an integration chooses for it.

Source: a public program that writes its files (jongotlin/hogia), help pages of Planday and Moment, and Simployer's help
page on its own export, which is two files: absence and schedule.
"""

from __future__ import annotations

from bot.providers.kit.choices import Choices
from bot.providers.kit.leave_file_spec import NO, SCHEDULES, YES, absence_files, leave_field, usual_fields
from bot.providers.protocol import SettingField

CLOCK, DECIMAL = "clock", "decimal"

LEAVE_SETTINGS: tuple[SettingField, ...] = (
    SettingField(key="child_names", choices=(NO, YES), default=NO, group="delivery"),
    SCHEDULES,
    SettingField(key="schedule_encoding", choices=("windows-1252", "utf-8"), default="windows-1252", group="delivery"),
    SettingField(key="shift_length", choices=(CLOCK, DECIMAL), default=CLOCK, group="delivery"),
)

leave_chosen = Choices(LEAVE_SETTINGS)
"""An integration's choice for absence, or the default."""

LEAVE_FIELDS = (
    *usual_fields(
        "hogia_lon",
        employee="employmentId",
        day="periodStartDate, periodEndDate",
        code="payTypeId",
        hours="quantity",
    ),
    leave_field("child", "child.name", "childName", private=True, transformation="hogia_lon.leave.child"),
    leave_field("schedule", "workWeek", "Personschema, Arbetspass", transformation="hogia_lon.leave.schedule"),
)

ABSENCE = absence_files(LEAVE_SETTINGS, LEAVE_FIELDS, children=True)
"""Files of a period. Nothing is known of corrections in a file: they are a list for a person."""
