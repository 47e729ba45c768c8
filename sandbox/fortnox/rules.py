"""What Fortnox takes and what it refuses, field by field, in its own words where these are published.

A refusal whose code is not published carries `UNPUBLISHED`. Identity numbers are checked, and types are those of the
description, which is stricter than what is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

Document = dict[str, Any]

UNPUBLISHED = 2000000
FIRST_DAY = "1970-01-01"

TEXTS = (
    "EmployeeId", "PersonalIdentityNumber", "FirstName", "LastName", "Address1", "Address2", "PostCode", "City",
    "Country", "Phone1", "Phone2", "Email", "EmploymentDate", "EmployedTo", "EmploymentForm", "SalaryForm",
    "PersonelType", "JobTitle", "ScheduleId", "CostCenter", "Project", "ClearingNo", "BankAccountNo", "TaxTable",
    "TaxAllowance", "MonthlySalary", "HourlyPay", "AverageWeeklyHours", "AverageHourlyWage", "NonRecurringTax",
    "PayslipType", "ForaType",
)  # fmt: skip
OTHERS: dict[str, type | tuple[type, ...]] = {
    "FullTimeEquivalent": (int, float), "Inactive": bool, "AutoNonRecurringTax": bool, "TaxColumn": int,
    "DatedWages": list, "DatedSchedules": list,
}  # fmt: skip
WAGE = ("EmployeeId", "FirstDay", "MonthlySalary", "HourlyPay")
CHOICES = {
    "EmploymentForm": {"TV", "PRO", "TID", "SVT", "VIK", "PRJ", "PRA", "FER", "SES", "NEJ"},
    "SalaryForm": {"MAN", "TIM"},
    "PersonelType": {"TJM", "ARB"},
    "TaxAllowance": {"HUV", "EXT", "TMP", "STU", "EJ", "???"},
}
AGREEMENT = ("EmploymentForm", "PersonelType", "SalaryForm")
DAYS = ("EmploymentDate", "EmployedTo")
LONGEST = {"EmployeeId": 15, "JobTitle": 30}

ABSENCE = {
    "EmployeeId": str, "CauseCode": str, "Date": str, "Hours": (int, float), "Extent": (int, float),
    "HolidayEntitling": bool, "CostCenter": str, "Project": str,
}  # fmt: skip
CAUSES = {
    "ASK", "FPE", "FRA", "HAV", "KOM", "MIL", "NAR", "OS1", "OS2", "OS3", "OS4", "OS5", "PAP", "PEM", "PER", "SEM",
    "SJK", "SMB", "SVE", "TJL", "UTB", "VAB",
}  # fmt: skip

_FORBIDDEN = re.compile(r"[\"<>|~{}\[\]\x00-\x1f]")


class RefusedByFortnox(Exception):
    """Not done: a status, a code, and what went wrong in Fortnox' words."""

    def __init__(self, message: str, code: int = UNPUBLISHED, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.code, self.status = message, code, status


def unwrapped(body: Any, name: str) -> Document:
    """The one object in a body. Raises `RefusedByFortnox`; so do all that follow."""
    if not isinstance(body, dict) or set(body) != {name} or not isinstance(body[name], dict):
        raise RefusedByFortnox("Felaktig eller tom body.", 2001392)
    return dict(body[name])


def check_characters(value: Any) -> None:
    """No character that is not on Fortnox' list."""
    for leaf in _leaves(value):
        if _FORBIDDEN.search(leaf):
            raise RefusedByFortnox("Ogiltiga tecken.", 2000359)


def check_types(body: Document) -> None:
    """Fields that exist, each of the described type, choices and lengths."""
    for name, value in body.items():
        if name not in TEXTS and name not in OTHERS:
            raise RefusedByFortnox(f"Felaktigt fältnamn. ({name})", 2001399)
        wanted = OTHERS.get(name, str)
        if value is not None and (not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool)):
            raise RefusedByFortnox(f"Felaktigt värde. ({name})", 2000108 if name == "FullTimeEquivalent" else 2000106)
        if name in CHOICES and value and value not in CHOICES[name]:
            raise RefusedByFortnox(f"Ogiltigt värde. ({name})")
        if name in DAYS and value and not is_day(value):
            raise RefusedByFortnox(f"Ogiltigt datum. ({name})")
        if name in LONGEST and len(str(value or "")) > LONGEST[name]:
            raise RefusedByFortnox(f"Värdet får innehålla maximalt {LONGEST[name]} tecken. ({name})")


def check_whole(row: Document) -> None:
    """What every record must have, as it would be stored."""
    for name in ("FirstName", "LastName", "Email"):
        if not row.get(name):
            raise RefusedByFortnox(f"Värdet måste anges. ({name})")
    if any(not row.get(name) for name in AGREEMENT):
        raise RefusedByFortnox("Värdet kan inte vara null. (ftgavtalid)")
    if row.get("EmployedTo") and row["EmployedTo"] < str(row.get("EmploymentDate") or ""):
        raise RefusedByFortnox("Slutdatum är före startdatum. (EmployedTo)")
    check_identity(row.get("PersonalIdentityNumber"))


def check_identity(value: str | None) -> None:
    """Ten digits with a right check digit, with or without a dash; a coordination number too."""
    if not value:
        return
    digits = value.replace("-", "")
    sums = [int(digit) * (2 - place % 2) for place, digit in enumerate(digits)] if digits.isdigit() else []
    if len(digits) != 10 or sum(one - 9 if one > 9 else one for one in sums) % 10:
        raise RefusedByFortnox("Ogiltigt personnummer. (PersonalIdentityNumber)")


def check_wages(employee: str, rows: list[Document]) -> list[Document]:
    """A history: one row from 1970-01-01, no two of one day. Gives it ordered, amounts as text."""
    made = []
    for row in rows:
        if not isinstance(row, dict) or set(row) - set(WAGE):
            raise RefusedByFortnox("Felaktigt fältnamn. (DatedWages)", 2001399)
        if row.get("EmployeeId") != employee or not is_day(row.get("FirstDay")):
            raise RefusedByFortnox("Värdet måste anges. (DatedWages)")
        amounts = {name: row.get(name) or "" for name in ("MonthlySalary", "HourlyPay")}
        for amount in amounts.values():
            check_amount(amount)
        made.append({"EmployeeId": employee, "FirstDay": row["FirstDay"], **amounts})
    days = [row["FirstDay"] for row in made]
    if days.count(FIRST_DAY) != 1 or len(set(days)) != len(days) or min(days) < FIRST_DAY:
        raise RefusedByFortnox("Det måste finnas exakt en rad med datum 1970-01-01. (DatedWages)")
    return sorted(made, key=lambda row: str(row["FirstDay"]))


def check_amount(amount: Any) -> None:
    """A text with a number in it, or nothing."""
    if not isinstance(amount, str) or not re.fullmatch(r"(\d{1,9}(\.\d{1,2})?)?", amount):
        raise RefusedByFortnox("Värdet måste vara numeriskt. (MonthlySalary)", 2000108)


def is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value
