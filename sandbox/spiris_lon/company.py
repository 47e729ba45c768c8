"""One company in Spiris Lön: its employees, and what was registered of their absence ("shortcuts")."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sandbox.spiris_lon import rules
from sandbox.spiris_lon.rules import Document, RefusedBySpiris
from sandbox.standin import Clock

SHOWN = (
    "PhoneMobile", "PhoneWork", "EmailWork", "PrimaryAddress", "SecondaryAddress", "City", "Zip", "Country",
    "EmployeeCategory", "ContractEndDate", "LastLockedDeviationDate", "UsesVLAFromDate", "TimeResereveType",
    "TimeResereveInMinutes", "HolidayAgreementNumber",
)  # fmt: skip


@dataclass
class SpirisSwitches:
    """What has never been observed; the product must cope with all.

    - draft: whoever is new has to be completed by hand.
    - letters_only: neither hyphen, space nor apostrophe is a letter.
    - refuses_twice: a number or identity number that is there is refused; else there are two.
    - not_found: the status that is answered where there is no such thing.
    """

    draft: bool = True
    letters_only: bool = False
    refuses_twice: bool = True
    not_found: int = 404


class SpirisCompany:
    """What one consent leads to. `has_module`: it owns Spiris Lön."""

    def __init__(self, number: str, name: str, clock: Clock) -> None:
        self.number, self.name, self.clock = number, name, clock
        self.has_module = True
        self.is_production = True
        self.switches = SpirisSwitches()
        self.employees: dict[str, Document] = {}
        self.shortcuts: dict[str, Document] = {}

    def settings(self) -> Document:
        return {
            "CompanyName": self.name,
            "CompanyRegistrationNumber": self.number,
            "UsesMyPayslip": False,
            "ModifiedUtc": self._now(),
        }

    def add(self, **values: Any) -> Document:
        """An employee as somebody has entered and completed them."""
        identifier = str(uuid.uuid4())
        row = {"Id": identifier, "State": 1, "Type": 0, "SalaryType": 1, "HolidayAgreementNumber": 10, **values}
        self.employees[identifier] = row
        return row

    def numbered(self, number: str) -> list[Document]:
        return [row for row in self.employees.values() if row["EmployeeNumber"] == number]

    def employee(self, identifier: str) -> Document:
        """A record by its id. Raises `RefusedBySpiris`; so do all that follow."""
        if identifier not in self.employees:
            raise self._missing()
        return self.employees[identifier]

    def create_employee(self, body: Any) -> Document:
        asked = rules.check_members(body, rules.EMPLOYEE)
        rules.require(asked, ("FirstName", "LastName", "IdentificationNumber", "Contract"))
        contract = rules.check_members(asked["Contract"], rules.CONTRACT, "Contract.")
        rules.require(contract, ("SalaryType",), "Contract.")
        for name in ("FirstName", "LastName"):
            rules.check_name(asked[name], name, letters_only=self.switches.letters_only)
        identity = rules.check_identity(asked["IdentificationNumber"])
        if contract.get("UsesVLA") and not contract.get("UsesVLAFromDate"):
            raise RefusedBySpiris("UsesVLAFromDate is required.", "Contract.UsesVLAFromDate")
        number = asked.get("EmployeeNumber") or self._next_number()
        taken = {row["EmployeeNumber"] for row in self.employees.values()}
        known = {row["IdentificationNumber"].replace("-", "")[-10:] for row in self.employees.values()}
        if self.switches.refuses_twice and (number in taken or identity in known):
            field = "EmployeeNumber" if number in taken else "IdentificationNumber"
            raise RefusedBySpiris(f"{field} is used already.", field)
        row = self.add(
            **{name: asked.get(name) for name in ("FirstName", "LastName", "EmailWork", "PhoneMobile")},
            EmployeeNumber=number,
            IdentificationNumber=asked["IdentificationNumber"],
            EmployeeCategory=contract.get("EmployeeCategory"),
            SalaryType=contract["SalaryType"],
            ContractEndDate=contract.get("ContractEndDate"),
            UsesVLA=bool(contract.get("UsesVLA")),
        )
        if self.switches.draft:
            row |= {"State": 0, "HolidayAgreementNumber": None}
        shown = self.shown(row)
        for name in ("EmployeeAgreements", "EmployeeWorkingSchedules"):
            del shown[name]
        return {**shown, "CreatedUtc": self._now(), "Contract": {"Id": str(uuid.uuid4()), **contract}}

    def complete(self, number: str, **values: Any) -> None:
        """Somebody of payroll completes a draft, or types something in."""
        (row,) = self.numbered(number)
        row |= {"State": 1, "HolidayAgreementNumber": 10, **values}

    def _next_number(self) -> str:
        used = {row["EmployeeNumber"] for row in self.employees.values()}
        return next(number for n in range(1, 10_000) if (number := f"{n:03d}") not in used)

    def shown(self, row: Document) -> Document:
        """A record as Spiris shows it."""
        empty: Document = dict.fromkeys(SHOWN)
        made = {
            **empty,
            "UsesVLA": False,
            "UsesPayslip": True,
            "EmployeeAgreements": [],
            "EmployeeWorkingSchedules": [],
        }
        return {**made, "ModifiedUtc": self._now(), **row}

    def listed(self, kind: str, first: date, last: date, client: str | None) -> list[Document]:
        """Shortcuts of a kind that touch the days, of one client or of all."""
        return [
            self.shown_shortcut(row)
            for row in self.shortcuts.values()
            if row["kind"] == kind
            and rules.day(row["StartDate"]) <= last
            and rules.day(row["EndDate"]) >= first
            and client in (None, row["client"])
        ]

    def shown_shortcut(self, row: Document) -> Document:
        made = {name: value for name, value in row.items() if name not in ("kind", "client")}
        for name in ("StartDate", "EndDate"):
            made[name] = f"{made[name][:10]}T00:00:00"
        return made

    def shortcut(self, kind: str, identifier: str) -> Document:
        row = self.shortcuts.get(identifier)
        if row is None or row["kind"] != kind:
            raise self._missing()
        return row

    def create_shortcut(self, kind: str, body: Any, client: str) -> Document:
        """One for each month that it lasts; gives the first. Two equal ones are two."""
        asked = self._checked(kind, body)
        made = []
        for first, last in _months(rules.day(asked["StartDate"]), rules.day(asked["EndDate"])):
            identifier = str(uuid.uuid4())
            days = {"StartDate": first.isoformat(), "EndDate": last.isoformat()}
            row = {**_whole(kind, asked), "Id": identifier, "IsRead": False, "kind": kind, "client": client, **days}
            self.shortcuts[identifier] = row
            made.append(row)
        return made[0]

    def update_shortcut(self, kind: str, identifier: str, body: Any, client: str) -> Document:
        row = self._own(kind, identifier, client)
        asked = self._checked(kind, body)
        if asked.get("IsHolidayAccruing") is None:
            asked["IsHolidayAccruing"] = row.get("IsHolidayAccruing")
        kept = {name: row[name] for name in ("Id", "IsRead", "kind", "client")}
        self.shortcuts[identifier] = {**_whole(kind, asked), **kept}
        return self.shortcuts[identifier]

    def delete_shortcut(self, kind: str, identifier: str, client: str) -> None:
        self._own(kind, identifier, client)
        del self.shortcuts[identifier]

    def _own(self, kind: str, identifier: str, client: str) -> Document:
        row = self.shortcut(kind, identifier)
        if row["IsRead"]:
            raise RefusedBySpiris("The shortcut has been read.", code=rules.UNDELETABLE)
        if row["client"] != client:
            raise RefusedBySpiris("The shortcut belongs to another client.", code=rules.UNDELETABLE)
        return row

    def _checked(self, kind: str, body: Any) -> Document:
        asked = rules.check_shortcut(kind, body)
        row = self.employees.get(asked["EmployeeId"])
        if row is None:
            raise RefusedBySpiris("The employee does not exist.", "EmployeeId", rules.NOT_FOUND)
        if row["State"] == 0 or row["Type"] == 1:
            raise RefusedBySpiris("The employee cannot use shortcuts.", "EmployeeId")
        locked = row.get("LastLockedDeviationDate")
        if locked and rules.day(asked["StartDate"]) <= rules.day(locked):
            raise RefusedBySpiris("The period is locked.", "StartDate")
        return asked

    def _missing(self) -> RefusedBySpiris:
        return RefusedBySpiris("Resource not found.", code=rules.NOT_FOUND, status=self.switches.not_found)

    def _now(self) -> str:
        return f"{self.clock():%Y-%m-%dT%H:%M:%SZ}"

    def snapshot(self) -> Mapping[str, Any]:
        return {"employees": list(self.employees.values()), "shortcuts": list(self.shortcuts.values())}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.employees = {row["Id"]: row for row in state["employees"]}
        self.shortcuts = {row["Id"]: row for row in state["shortcuts"]}


def _whole(kind: str, asked: Document) -> Document:
    """A shortcut with every member that it has, as it is shown."""
    made = {**dict.fromkeys((*rules.SHORTCUT, *rules.KINDS[kind])), "MinutesOfDay": 0, "PercentOfDay": 0, **asked}
    if "IsHolidayAccruing" in made and made["IsHolidayAccruing"] is None:
        made["IsHolidayAccruing"] = True
    for name in ("DontCreateKarens", "IsTenDaysAtTheBirthOfChild"):
        if name in made:
            made[name] = bool(made[name])
    if made.get("AbsenceTimeUnit", 0) is None:
        made["AbsenceTimeUnit"] = 0
    dimensions = {
        "Project": "ProjectId", **{f"CostCenter{n}": f"CostCenterItemId{n}" for n in (1, 2, 3)}
    }  # fmt: skip
    given = made.get("ProjectCostCenterDistribution")
    if given is None:
        given = {name: [{"Id": made[one], "Percentage": 100}] for name, one in dimensions.items() if made.get(one)}
    for name, one in dimensions.items():
        rows = given.get(name) or []
        made[one] = rows[0]["Id"] if len(rows) == 1 and rows[0]["Percentage"] == 100 else None
    return {**made, "ProjectCostCenterDistribution": given}


def _months(first: date, last: date) -> list[tuple[date, date]]:
    pieces = []
    while first <= last:
        end = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        pieces.append((first, min(end, last)))
        first = end + timedelta(days=1)
    return pieces
