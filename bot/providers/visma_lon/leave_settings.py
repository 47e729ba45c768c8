"""What Visma Lön 300 and 600 take of absence, and what an integration chooses for it.

Source: Visma Spcs' page on the file format of time data (.tlu) with its default codes, and public programs that write
it.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.providers.kit.choices import Choices
from bot.providers.kit.leave_file_spec import NO, SCHEDULES, YES, absence_files, leave_field, usual_fields
from bot.providers.leave_protocol import LeaveCode
from bot.providers.protocol import SettingField

LIST, TWO_ROWS = "list", "two_rows"

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
    SCHEDULES,
    SettingField(key="names", choices=(YES, NO), default=YES, group="delivery"),
)

leave_chosen = Choices(LEAVE_SETTINGS)
"""An integration's choice for absence, or the default."""

LEAVE_FIELDS = (
    *usual_fields(
        "visma_lon",
        employee="Employee EmploymentNo",
        day="Time DateOfReport",
        code="Time TimeCode",
        hours="Time SumOfHours",
    ),
    leave_field("name", "employee", "Employee FirstName, Name", transformation="visma_lon.leave.name"),
    leave_field(
        "schedule",
        "workWeek",
        "NormalWorkingTime NormalWorkingTimeHours",
        transformation="visma_lon.leave.schedule",
    ),
)

ABSENCE = absence_files(LEAVE_SETTINGS, LEAVE_FIELDS, negates=True)
"""Files of a period. The format has no child."""
