"""What Fortnox takes of absence, and what it calls it.

Source: Fortnox' description of the API (AbsenceTransaction). It lists the codes bare: those that PAXml has too, which
is Sweden's format for payroll, have its names here, and the others none.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from bot.domain.leave import LeaveKind
from bot.domain.resource import Capability, Resource
from bot.providers.leave_protocol import LateChange, LeaveCode, LeaveFieldSpec, LeaveLimits, LockSignal
from bot.providers.protocol import ResourceSpec

MOST_HOURS = Decimal(24)

CAUSES: Mapping[str, str] = {
    "ASK": "Arbetsskada",
    "FPE": "Föräldraledig",
    "FRA": "",
    "HAV": "Havandeskapspenning",
    "KOM": "Kompledig",
    "MIL": "Militärtjänst",
    "NAR": "Närståendevård",
    **dict.fromkeys(("OS1", "OS2", "OS3", "OS4", "OS5"), ""),
    "PAP": "Pappaledig",
    "PEM": "Permission",
    "PER": "Permitterad",
    "SEM": "Semester",
    "SJK": "Sjukdom",
    "SMB": "Smittbärare",
    "SVE": "Svenskundervisning för invandrare",
    "TJL": "Tjänstledig",
    "UTB": "",
    "VAB": "Vård av barn",
}

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
    LeaveCode(
        value=code, label=f"{code} {name}".strip(), default_for=_KINDS.get(code), paid=True if code == "PEM" else None
    )
    for code, name in CAUSES.items()
)

LEAVE_FIELDS: tuple[LeaveFieldSpec, ...] = (
    LeaveFieldSpec(
        key="employee", source="employee", target="AbsenceTransaction.EmployeeId",
        transformation="fortnox.leave.by_number",
    ),
    LeaveFieldSpec(key="day", source="leaveTransaction.date", target="AbsenceTransaction.Date"),
    LeaveFieldSpec(
        key="code", source="leaveType.code", target="AbsenceTransaction.CauseCode", private=True,
        transformation="fortnox.leave.cause",
    ),
    LeaveFieldSpec(
        key="hours", source="leaveTransaction.hours", target="AbsenceTransaction.Hours", private=True,
        transformation="fortnox.leave.hours",
    ),
)  # fmt: skip

ABSENCE = ResourceSpec(
    resource=Resource.ABSENCE,
    capability=Capability.REPLACE_DAY,
    fields=LEAVE_FIELDS,
    leave=LeaveLimits(lock_signal=LockSignal.ERROR, late_change=LateChange.TRY),
)
"""Rows of a day that are read, changed and deleted by their ids. What is closed is only seen when it is refused."""
