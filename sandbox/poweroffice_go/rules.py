"""What PowerOffice Go takes and what it refuses, field by field.

Published are required properties, choices, uniqueness, number series and that identity numbers are checked. Lengths of
an address and the check of accounts are stricter here than what is published.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

Document = dict[str, Any]

EMPLOYEE = (
    "FirstName", "LastName", "Number", "ExternalNumber", "ExternalImportReference", "DateOfBirth", "HiredDate",
    "StartDate", "EndDate", "NationalIdNumber", "Gender", "EmailAddress", "PhoneNumber", "JobTitle", "DepartmentId",
    "LocationId", "ManagerEmployeeId", "MailAddress", "ContactGroupIds", "IsArchived",
)  # fmt: skip
ADDRESS = {"AddressLine1": 200, "AddressLine2": 200, "City": 100, "ZipCode": 50, "CountryCode": 2, "ExternalCode": 50}
EMPLOYMENT = (
    "EmploymentForm", "EmploymentType", "EnterpriseId", "FullTimeHoursPerWeek", "IsDefault", "ProfessionCode",
    "StartDate", "WorkingHoursArrangement", "EndDate", "EndDateReason", "ReportingId", "EmploymentSpecification",
    "TaxCountryCode", "TaxRule",
)  # fmt: skip
NEEDED = EMPLOYMENT[:8]
SALARY = ("FromDate", "RemunerationType", "AnnualSalary", "HourlyRate")
FTE = ("FromDate", "FtePercentage")
ACCOUNT = ("BankAccountNumber", "CountryCode", "BicSwift", "BankCode", "IsActive")

CHOICES = {
    "EmploymentForm": {
        "Permanent", "Temporary", "PermanentEmploymentAndHiredOut", "TemporaryEmploymentAndHiredOut",
        "TemporaryEmploymentAsOnCallCoverstaff",
    },
    "EmploymentType": {"Ordinary", "Maritime", "FreelancersEtc", "PensionEtc"},
    "WorkingHoursArrangement": {
        "NonShift", "SemiContinuousShift", "ContinuousShift", "ShiftWork", "Offshore", "OtherShifts",
    },
    "EndDateReason": {
        "EmploymentRelationshipShouldNeverHaveBeenReported", "EmployerHasDismissedTheEmployee", "EmployeeHasResigned",
        "ChangeOfPayrollSystemOrAccountant", "ChangeOfOrganizationStructureOrChangedJobInternally",
        "ContractCommitmentOrTemporaryEmploymentExpired",
    },
    "RemunerationType": {"FixedWage", "HourlyWage", "Commission"},
}  # fmt: skip
DATES = ("DateOfBirth", "HiredDate", "StartDate", "EndDate", "FromDate")


class RefusedByGo(Exception):
    """Not done: a status, and what went wrong in Go's words."""

    def __init__(self, status: int, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.field = status, detail, field


def require(body: Document, names: Iterable[str]) -> None:
    """Raises `RefusedByGo` for the first that is not there."""
    for name in names:
        if body.get(name) in (None, ""):
            raise RefusedByGo(400, f"{name} is required.", name)


def known(body: Document, names: Collection[str]) -> Document:
    """The body, if it names nothing that Go does not have."""
    for name in body:
        if name not in names:
            raise RefusedByGo(400, f"Could not find member '{name}'.", name)
    return dict(body)


def check(body: Document) -> None:
    """Choices, dates and texts. Raises `RefusedByGo`."""
    for name, value in body.items():
        if value is None:
            continue
        if name in CHOICES and value not in CHOICES[name]:
            raise RefusedByGo(400, f"The value '{value}' is not valid for {name}.", name)
        if name in DATES and not _is_day(value):
            raise RefusedByGo(400, f"{name} is not a date.", name)
    if body.get("EndDate") and body.get("StartDate") and body["EndDate"] < str(body["StartDate"])[:10]:
        raise RefusedByGo(400, "EndDate is before StartDate.", "EndDate")


def check_identity(number: Any) -> None:
    """Eleven digits with both check digits. Raises `RefusedByGo`."""
    if number is None:
        return
    digits = str(number)
    weights = ((3, 7, 6, 1, 8, 9, 4, 5, 2, 1), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1))
    right = re.fullmatch(r"\d{11}", digits) and all(
        sum(int(digit) * weight for digit, weight in zip(digits, row, strict=False)) % 11 == 0 for row in weights
    )
    if not right:
        raise RefusedByGo(400, "NationalIdNumber is not valid.", "NationalIdNumber")


def check_address(address: Document | None) -> None:
    """City and zip code, and nothing too long. Raises `RefusedByGo`."""
    if address is None:
        return
    require(address, ("City", "ZipCode"))
    for name, longest in ADDRESS.items():
        if len(str(address.get(name) or "")) > longest:
            raise RefusedByGo(400, f"{name} is too long.", name)


def check_account(body: Document) -> str:
    """The account as Go shows it, with blanks. Raises `RefusedByGo`."""
    digits = re.sub(r"[\s.]", "", str(body.get("BankAccountNumber") or ""))
    if (body.get("CountryCode") or "NO") != "NO":
        return digits
    if not re.fullmatch(r"\d{11}", digits):
        raise RefusedByGo(400, "BankAccountNumber is not valid.", "BankAccountNumber")
    return f"{digits[:4]} {digits[4:6]} {digits[6:]}"


def check_salary(row: Document) -> None:
    """An annual salary for a fixed wage, an hourly rate for the others. Raises `RefusedByGo`."""
    require(row, ("FromDate", "RemunerationType"))
    check(row)
    if row["RemunerationType"] != "FixedWage" and row.get("AnnualSalary") is not None:
        raise RefusedByGo(400, "AnnualSalary is only valid for FixedWage.", "AnnualSalary")


def check_fte(row: Document) -> None:
    """A share between 0 and 100. Raises `RefusedByGo`."""
    require(row, ("FromDate",))
    share = row.get("FtePercentage")
    if not isinstance(share, int | float) or isinstance(share, bool) or not 0 <= share <= 100:
        raise RefusedByGo(400, "FtePercentage must be between 0 and 100.", "FtePercentage")


def _is_day(value: Any) -> bool:
    try:
        return bool(date.fromisoformat(str(value)[:10])) and len(str(value)) in (10, 19)
    except ValueError:
        return False
