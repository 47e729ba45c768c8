"""What Spiris Lön takes and what it refuses, as its description has it; stricter where that leaves something open."""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime
from typing import Any

Document = dict[str, Any]

INVALID, NOT_FOUND, CONFLICT, UNDELETABLE, NO_MODULE, SANDBOX = 2000, 3000, 4000, 4001, 4002, 4034

EMPLOYEE = {
    "FirstName": str, "LastName": str, "EmployeeNumber": str, "IdentificationNumber": str, "EmailWork": str,
    "PhoneMobile": str, "PayslipSendMethod": int, "PayslipLanguage": int, "Contract": dict,
}  # fmt: skip
CONTRACT = {
    "EmployeeCategory": int, "SalaryType": int, "ContractStartDate": str, "ContractEndDate": str,
    "UsesVLAFromDate": str, "UsesVLA": bool, "TimeReserveType": int,
}  # fmt: skip
CHOICES = {
    "PayslipSendMethod": {1, 2}, "PayslipLanguage": {1, 2}, "EmployeeCategory": {0, 1}, "SalaryType": {1, 2},
    "TimeReserveType": {1, 2}, "ShortcutRegistrationMethod": {0, 1, 2}, "OtherAbsenceGroup": {0, 1},
    "OtherAbsenceQuantityType": {0, 1, 2, 6, 8}, "AbsenceTimeUnit": {0, 1, 2, 6, 8},
}  # fmt: skip

SHORTCUT = {
    "EmployeeId": str, "StartDate": str, "EndDate": str, "ShortcutRegistrationMethod": int,
    "PercentOfDay": (int, float), "MinutesOfDay": int, "StartTime": str, "EndTime": str, "Comment": str,
    "CostCenterItemId1": str, "CostCenterItemId2": str, "CostCenterItemId3": str, "ProjectId": str,
    "ProjectCostCenterDistribution": dict,
}  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "sickleave": {"DontCreateKarens": bool, "KarensDeductionHoursOverride": (int, float)},
    "careofsickchild": {},
    "holiday": {},
    "parentalleave": {"IsTenDaysAtTheBirthOfChild": bool, "IsHolidayAccruing": bool, "AbsenceTimeUnit": int},
    "otherabsence": {"OtherAbsenceGroup": int, "IsHolidayAccruing": bool, "OtherAbsenceQuantityType": int},
}
NEEDED = ("EmployeeId", "StartDate", "EndDate", "ShortcutRegistrationMethod")
METHOD_NEEDS = {0: ("StartTime", "EndTime"), 1: ("MinutesOfDay",), 2: ("PercentOfDay",)}


class RefusedBySpiris(Exception):
    """Not done: a code, the field at fault, and what went wrong in Spiris' words."""

    def __init__(self, message: str, field: str = "", code: int = INVALID, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.field, self.code, self.status = message, field, code, status


def check_members(body: Any, known: dict[str, Any], inside: str = "") -> Document:
    """Members that exist, each of its type and choices. Raises `RefusedBySpiris`; so do all that follow."""
    if not isinstance(body, dict):
        raise RefusedBySpiris("The request body is invalid.", inside)
    for name, value in body.items():
        where = f"{inside}{name}"
        if name not in known:
            raise RefusedBySpiris(f"The member {name} does not exist.", where)
        if value is None:
            continue
        if not isinstance(value, known[name]) or (isinstance(value, bool) and known[name] is not bool):
            raise RefusedBySpiris(f"{name} is of another type.", where)
        if name in CHOICES and value not in CHOICES[name]:
            raise RefusedBySpiris(f"{name} has no such value.", where)
        if name.endswith("Date") and not is_day(value):
            raise RefusedBySpiris(f"{name} is no date.", where)
    return body


def require(body: Document, names: tuple[str, ...], inside: str = "") -> None:
    for name in names:
        if body.get(name) in (None, ""):
            raise RefusedBySpiris(f"{name} is required.", f"{inside}{name}")


def check_name(value: str, field: str, *, letters_only: bool) -> None:
    """Only letters; whether a hyphen, a space and an apostrophe are any is not published."""
    allowed = r"[^\W\d_]+" if letters_only else r"[^\W\d_]+([ '’-][^\W\d_]+)*"
    if not re.fullmatch(allowed, value):
        raise RefusedBySpiris(f"{field}: only letters are allowed.", field)


def check_identity(value: str) -> str:
    """Eleven or twelve digits of a personal or coordination number; gives its last ten."""
    if not re.fullmatch(r"(\d{2})?\d{6}-\d{4}|\d{12}", value):
        raise RefusedBySpiris("The identification number must have 11 or 12 digits.", "IdentificationNumber")
    ten = value.replace("-", "")[-10:]
    sums = [int(digit) * (2 - place % 2) for place, digit in enumerate(ten)]
    if sum(one - 9 if one > 9 else one for one in sums) % 10:
        raise RefusedBySpiris("The identification number is invalid.", "IdentificationNumber")
    return ten


def check_shortcut(kind: str, body: Any) -> Document:
    asked = dict(check_members(body, {**SHORTCUT, **KINDS[kind]}))
    require(asked, NEEDED)
    if kind == "otherabsence":
        require(asked, ("OtherAbsenceGroup", "OtherAbsenceQuantityType"))
    require(asked, METHOD_NEEDS[asked["ShortcutRegistrationMethod"]])
    if not 0 <= (asked.get("MinutesOfDay") or 0) <= 1440 or not 0 <= (asked.get("PercentOfDay") or 0) <= 100:
        raise RefusedBySpiris("The amount of the day is out of range.", "MinutesOfDay")
    for name in ("StartTime", "EndTime"):
        if asked.get(name) and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", asked[name]):
            raise RefusedBySpiris(f"{name} must be HH:mm.", name)
    if day(asked["EndDate"]) < day(asked["StartDate"]):
        raise RefusedBySpiris("EndDate is before StartDate.", "EndDate")
    if len(asked.get("Comment") or "") > 2000:
        raise RefusedBySpiris("Comment is too long.", "Comment")
    for name, rows in (asked.get("ProjectCostCenterDistribution") or {}).items():
        if sum(row.get("Percentage", 0) for row in rows or ()) > 100:
            raise RefusedBySpiris("The distribution is over 100 %.", f"ProjectCostCenterDistribution.{name}")
    return asked


def is_day(value: str) -> bool:
    try:
        return bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def day(value: str) -> date:
    return datetime.fromisoformat(value).date()


def refusal(refused: RefusedBySpiris) -> Document:
    """The body of a refusal."""
    errors = [{"Field": refused.field, "ErrorCode": str(refused.code), "Message": refused.message, "Key": None}]
    said = {"ErrorCode": refused.code, "DeveloperErrorMessage": refused.message, "ErrorId": str(uuid.uuid4())}
    return {**said, "Errors": errors if refused.field else []}
