"""What Spiris Lön takes of absence ("shortcuts"), and what it calls it.

Source: Spiris' description of its payroll API v2: a kind of shortcut for each kind of absence, and for other absence a
group and whether holiday is earned, which changes what is paid and so is part of the code that a person chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.leave import LeaveKind
from bot.domain.resource import Capability, Resource
from bot.providers.leave_protocol import LateChange, LeaveCode, LeaveFieldSpec, LeaveLimits, LockSignal
from bot.providers.protocol import ResourceSpec


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Where a code goes: the path of its kind, what is sent beside the hours, and what tells its rows from others of
    that kind (as far as a row has it)."""

    kind: str
    label: str
    default_for: LeaveKind | None = None
    sent: Mapping[str, Any] = field(default_factory=dict, repr=False)


def _other(label: str, group: int, *, accruing: bool) -> Shortcut:
    sent = {"OtherAbsenceGroup": group, "OtherAbsenceQuantityType": 0, "IsHolidayAccruing": accruing}
    return Shortcut("otherabsence", label, sent=sent)


SHORTCUTS: Mapping[str, Shortcut] = {
    "sickleave": Shortcut("sickleave", "Sjukfrånvaro", LeaveKind.SICK_LEAVE),
    "careofsickchild": Shortcut("careofsickchild", "Vård av sjukt barn", LeaveKind.CHILDCARE),
    "holiday": Shortcut("holiday", "Semester", LeaveKind.VACATION),
    "parentalleave": Shortcut("parentalleave", "Föräldraledighet", LeaveKind.PARENTAL_LEAVE),
    "onleave": _other("Tjänstledighet, ej semestergrundande", 0, accruing=False),
    "onleave_accruing": _other("Tjänstledighet, semestergrundande", 0, accruing=True),
    "other": _other("Övrig frånvaro, ej semestergrundande", 1, accruing=False),
    "other_accruing": _other("Övrig frånvaro, semestergrundande", 1, accruing=True),
}

TELLING = ("OtherAbsenceGroup", "IsHolidayAccruing")
"""What tells two codes of one kind apart."""

CODES: tuple[LeaveCode, ...] = tuple(
    LeaveCode(value=code, label=shortcut.label, default_for=shortcut.default_for)
    for code, shortcut in SHORTCUTS.items()
)

LEAVE_FIELDS: tuple[LeaveFieldSpec, ...] = (
    LeaveFieldSpec(
        key="employee", source="employee", target="EmployeeId", transformation="spiris_lon.leave.by_number",
    ),
    LeaveFieldSpec(key="day", source="leaveTransaction.date", target="StartDate, EndDate"),
    LeaveFieldSpec(
        key="code", source="leaveType.code", target="/v2/shortcuts/{kind}", private=True,
        transformation="spiris_lon.leave.kind",
    ),
    LeaveFieldSpec(
        key="hours", source="leaveTransaction.hours", target="MinutesOfDay", private=True,
        transformation="spiris_lon.leave.minutes",
    ),
)  # fmt: skip

ABSENCE = ResourceSpec(
    resource=Resource.ABSENCE,
    capability=Capability.REPLACE_DAY,
    fields=LEAVE_FIELDS,
    leave=LeaveLimits(lock_signal=LockSignal.READ, late_change=LateChange.HOLD),
)
"""Shortcuts of one day that are read, changed and deleted by their ids, until payroll has imported them."""


def code_of(kind: str, row: Mapping[str, Any]) -> str | None:
    """The code of a row of a kind; None for one that no code stands for."""
    for code, shortcut in SHORTCUTS.items():
        if shortcut.kind == kind and all(row.get(name) == shortcut.sent[name] for name in TELLING if shortcut.sent):
            return code
    return None
