"""What PAXml takes of absence, and what an integration chooses for it.

Source: PAXml 2.0, schema of 2013-12-03 (`tidkodTYPE`), and the description's list of codes, which says which of them
are absence.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.leave import LeaveKind
from bot.domain.resource import Capability, Resource
from bot.providers.kit.choices import Choices
from bot.providers.leave_protocol import LateChange, LeaveCode, LeaveFieldSpec, LeaveLimits
from bot.providers.paxml.settings import LONIN, NONE, PARENT_FOLDER, REGISTER, SAME_FOLDER
from bot.providers.protocol import ResourceSpec, SettingField

BY_HAND, PLACE = "by_hand", "place"
LIST, TWO_ROWS, NET = "list", "two_rows", "net"
FREE, WORK_WEEK, LEFT_OUT = "free", "work_week", "left_out"
YES, NO = "yes", "no"

TIME_CODES: Mapping[str, str] = {
    "SJK": "Sjukdom",
    "SJK_KAR": "Sjukdom, karensdag",
    "SJK_LÖN": "Sjukdom, sjuklön",
    "SJK_ERS": "Sjukdom, sjukersättning",
    "SJK_PEN": "Sjukdom, sjukpenning",
    "ASK": "Arbetsskada",
    "HAV": "Havandeskapspenning",
    "FPE": "Föräldraledig",
    "VAB": "Vård av barn",
    "SMB": "Smittbärare",
    "UTB": "Utbildning (semestergrundande)",
    "MIL": "Militärtjänst",
    "SVE": "Svenskundervisning för invandrare",
    "NÄR": "Närståendevård",
    "TJL": "Tjänstledig",
    "SEM": "Semester",
    "SEM_BET": "Semester, betald",
    "SEM_SPA": "Semester, sparad",
    "SEM_OBE": "Semester, obetald",
    "SEM_FÖR": "Semester, förskott",
    "KOM": "Kompledig",
    "PEM": "Permission",
    "PER": "Permitterad",
    "FAC": "Fackligt arbete",
    "ATK": "Arbetstidskonto",
    "KON": "Kontaktdagar",
    "PAP": "Pappaledig",
    "JS1": "Sjukjour 1",
    "JS2": "Sjukjour 2",
    "JS3": "Sjukjour 3",
    "BS1": "Sjukberedskap 1",
    "BS2": "Sjukberedskap 2",
    "BS3": "Sjukberedskap 3",
    "ATF": "Arbetstidsförkortning",
    **{f"FR{number}": f"Frånvaro övrigt {number}" for number in range(1, 10)},
}
"""`tidkod` of absence, and what the format calls it."""

OF_A_CHILD = frozenset({"VAB"})
"""Codes of which the format has room for a child's identity number."""

_KINDS: Mapping[str, LeaveKind] = {
    "SJK": LeaveKind.SICK_LEAVE,
    "FPE": LeaveKind.PARENTAL_LEAVE,
    "VAB": LeaveKind.CHILDCARE,
    "SEM": LeaveKind.VACATION,
    "TJL": LeaveKind.OFF_DUTY,
    "PEM": LeaveKind.OFF_DUTY,
}
"""Where a leave type without a code goes by its kind; of time off the paid one goes to PEM."""

CODES: tuple[LeaveCode, ...] = tuple(
    LeaveCode(value=code, label=f"{code} {name}", default_for=_KINDS.get(code), paid=True if code == "PEM" else None)
    for code, name in sorted(TIME_CODES.items())
)

LEAVE_SETTINGS: tuple[SettingField, ...] = (
    SettingField(key="leave_delivery", choices=(BY_HAND, PLACE), default=BY_HAND, group="delivery"),
    SettingField(key="corrections", choices=(LIST, TWO_ROWS, NET), default=LIST, group="delivery"),
    SettingField(key="repeat_mark", choices=(YES, NO), default=YES, group="delivery"),
    SettingField(key="schedules", choices=(FREE, WORK_WEEK, LEFT_OUT), default=FREE, group="delivery"),
    SettingField(key="encoding", choices=("iso-8859-1", "utf-8"), default="iso-8859-1", group="delivery"),
    SettingField(key="header_format", choices=(LONIN, REGISTER, NONE), default=LONIN, group="delivery"),
    SettingField(key="extension", choices=("xml", "pax"), default="xml", group="delivery"),
    SettingField(key="upload", choices=(SAME_FOLDER, PARENT_FOLDER), default=SAME_FOLDER, group="delivery"),
)

leave_chosen = Choices(LEAVE_SETTINGS)
"""An integration's choice for absence, or the default."""

LEAVE_FIELDS: tuple[LeaveFieldSpec, ...] = (
    LeaveFieldSpec(
        key="employee", source="employee.employeeNumber", target="tidtrans anstid", transformation="paxml.leave.number"
    ),
    LeaveFieldSpec(key="day", source="leaveTransaction.date", target="datum"),
    LeaveFieldSpec(
        key="code", source="leaveType.code", target="tidkod", private=True, transformation="paxml.leave.code"
    ),
    LeaveFieldSpec(
        key="hours", source="leaveTransaction.hours", target="timmar", private=True, transformation="paxml.leave.hours"
    ),
    LeaveFieldSpec(key="leave_id", source="leave.id", target="samlingsid", transformation="paxml.leave.id"),
    LeaveFieldSpec(key="row", source="", target="tidtrans postid", transformation="paxml.leave.row"),
    LeaveFieldSpec(
        key="schedule", source="workWeek", target="schema/dag timmar", transformation="paxml.leave.schedule"
    ),
    LeaveFieldSpec(key="repeat", source="", target="header/nyexport", transformation="paxml.leave.repeat"),
)

ABSENCE = ResourceSpec(
    resource=Resource.ABSENCE,
    capability=Capability.FILE_SNAPSHOT,
    exports_file=True,
    settings=LEAVE_SETTINGS,
    max_batch=0,
    fields=LEAVE_FIELDS,
    leave=LeaveLimits(
        reads=False, updates=False, deletes=False, negates=True, late_change=LateChange.LIST, horizon_months=0
    ),
)
"""Files of a period. Rows have no child: the format wants an identity number, and Simployer has none."""
