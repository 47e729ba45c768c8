"""One company in Fortnox: its employees with their history of pay, absence day by day, and cost centres."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sandbox.fortnox import rules
from sandbox.fortnox.rules import FIRST_DAY, Document, RefusedByFortnox
from sandbox.standin import Clock


@dataclass
class FortnoxSwitches:
    """What has never been observed; the product must cope with all.

    - wages: what becomes of rows of pay that a change does not name, "replace" or "merge".
    - empty_clears: "" takes a value away.
    - default_agreement: the company has one, so that the three fields of an agreement may be left out.
    - checks_old_email: a change of a record without an e-mail is refused.
    - closed_through: absence up to this day is refused, as if it had been paid.
    - refuse_cities: places of which no address is taken, for a reason that nobody could foresee.
    """

    wages: str = "replace"
    empty_clears: bool = True
    default_agreement: bool = False
    checks_old_email: bool = True
    closed_through: date | None = None
    refuse_cities: set[str] = field(default_factory=set)


class FortnoxCompany:
    """What one tenant is. `has_licence`: it owns Fortnox Lön."""

    def __init__(self, tenant: int, name: str, organisation_number: str, clock: Clock) -> None:
        self.tenant, self.name, self.organisation_number, self.clock = tenant, name, organisation_number, clock
        self.has_licence = True
        self.switches = FortnoxSwitches()
        self.employees: dict[str, Document] = {}
        self.absences: dict[str, Document] = {}
        self.cost_centers: dict[str, Document] = {}

    def information(self) -> Document:
        return {
            "CompanyName": self.name,
            "OrganizationNumber": self.organisation_number,
            "DatabaseNumber": self.tenant,
            "City": "Stockholm",
            "CountryCode": "SE",
        }

    def add_cost_center(self, code: str, name: str, *, active: bool = True) -> None:
        self.cost_centers[code] = {"Code": code, "Description": name, "Note": "", "Active": active}

    def add(self, **values: Any) -> Document:
        """An employee as somebody has entered them, whatever the rules for the interface say."""
        number = values["EmployeeId"]
        self.employees[number] = {"Inactive": False, "DatedWages": [], **values}
        return self.employees[number]

    def employee(self, number: str) -> Document:
        """A record by its number. Raises `RefusedByFortnox`; so do all that follow."""
        if number not in self.employees:
            raise RefusedByFortnox("Kan inte hitta den anställda.", status=404)
        return self.employees[number]

    def create_employee(self, body: Any) -> Document:
        asked = self._checked(body)
        number = asked.get("EmployeeId") or str(len(self.employees) + 1)
        if number in self.employees:
            raise RefusedByFortnox(f"Anställningsnummer {number} används redan.", 2000637)
        row = self._merged({"EmployeeId": number, "Inactive": False, "DatedWages": []}, {**asked, "EmployeeId": number})
        if self.switches.default_agreement:
            row = {"EmploymentForm": "TV", "PersonelType": "TJM", "SalaryForm": "MAN", **row}
        rules.check_whole(row)
        self.employees[number] = row
        return row

    def update_employee(self, number: str, body: Any) -> Document:
        row, asked = self.employee(number), self._checked(body)
        if asked.get("EmployeeId", number) != number:
            raise RefusedByFortnox("Anställningsnummer kan inte ändras. (EmployeeId)")
        made = self._merged(row, asked)
        whole = made if self.switches.checks_old_email else {**made, "Email": made.get("Email") or "old@example.org"}
        rules.check_whole(whole)
        row.clear()
        row.update(made)
        return row

    def _checked(self, body: Any) -> Document:
        asked = rules.unwrapped(body, "Employee")
        rules.check_characters(asked)
        rules.check_types(asked)
        if "DatedWages" in asked and {"MonthlySalary", "HourlyPay"} & asked.keys():
            raise RefusedByFortnox("Ange antingen DatedWages eller MonthlySalary/HourlyPay. (DatedWages)")
        if "DatedSchedules" in asked and "ScheduleId" in asked:
            raise RefusedByFortnox("Ange antingen DatedSchedules eller ScheduleId. (DatedSchedules)")
        for name in ("MonthlySalary", "HourlyPay"):
            rules.check_amount(asked.get(name) or "")
        if (code := asked.get("CostCenter")) and code not in self.cost_centers:
            raise RefusedByFortnox(f"Kan inte hitta kostnadsställe {code}. (CostCenter)")
        if asked.get("City") in self.switches.refuse_cities:
            raise RefusedByFortnox("Adressen kunde inte verifieras. (City)")
        return asked

    def _merged(self, row: Document, asked: Document) -> Document:
        """The record after a change: what is left out stays."""
        made = dict(row)
        for name, value in asked.items():
            if name not in ("DatedWages", "MonthlySalary", "HourlyPay") and value is not None:
                made[name] = value if value != "" or self.switches.empty_clears else made.get(name)
        if "DatedWages" in asked:
            kept = row["DatedWages"] if self.switches.wages == "merge" else []
            named = {line.get("FirstDay") for line in asked["DatedWages"]}
            rest = [line for line in kept if line["FirstDay"] not in named]
            made["DatedWages"] = rules.check_wages(made["EmployeeId"], [*rest, *asked["DatedWages"]])
        elif {"MonthlySalary", "HourlyPay"} & asked.keys():
            now: Document = self._wage(row) or {"EmployeeId": made["EmployeeId"], "FirstDay": FIRST_DAY}
            line: Document = {**now, **{name: asked[name] for name in ("MonthlySalary", "HourlyPay") if name in asked}}
            rest = [one for one in row["DatedWages"] if one["FirstDay"] != line["FirstDay"]]
            made["DatedWages"] = rules.check_wages(made["EmployeeId"], [*rest, line])
        return made

    def _wage(self, row: Document) -> Document:
        today = self.clock().date().isoformat()
        begun = sorted((line for line in row["DatedWages"] if line["FirstDay"] <= today), key=_first_day)
        return begun[-1] if begun else {}

    def shown(self, row: Document) -> Document:
        """A record as Fortnox shows it: every field there is, texts empty, and the pay of today beside all of it."""
        now = self._wage(row)
        made = {**dict.fromkeys(rules.TEXTS, ""), "TaxColumn": None, "FullTimeEquivalent": None, **row}
        for name in ("EmploymentDate", "EmployedTo"):
            made[name] = row.get(name) or None
        made |= {"MonthlySalary": now.get("MonthlySalary") or None, "HourlyPay": now.get("HourlyPay") or None}
        return {**made, "FullName": f"{row.get('FirstName', '')} {row.get('LastName', '')}".strip()}

    def absence(self, identifier: str) -> Document:
        if identifier not in self.absences:
            raise RefusedByFortnox("Kan inte hitta frånvaron.", status=404)
        return self.absences[identifier]

    def create_absence(self, body: Any) -> Document:
        """Two equal rows are two rows: nothing is compared."""
        made = self._checked_absence(body)
        self._require_open(made["Date"])
        identifier = str(uuid.uuid4())
        self.absences[identifier] = {"id": identifier, **made}
        return self.absences[identifier]

    def update_absence(self, identifier: str, body: Any) -> Document:
        row, made = self.absence(identifier), self._checked_absence(body)
        for day in (row["Date"], made["Date"]):
            self._require_open(day)
        self.absences[identifier] = {"id": identifier, **made}
        return self.absences[identifier]

    def delete_absence(self, identifier: str) -> Document:
        self._require_open(self.absence(identifier)["Date"])
        return self.absences.pop(identifier)

    def _checked_absence(self, body: Any) -> Document:
        asked = rules.unwrapped(body, "AbsenceTransaction")
        rules.check_characters(asked)
        for name, value in asked.items():
            if name not in rules.ABSENCE:
                raise RefusedByFortnox(f"Felaktigt fältnamn. ({name})", 2001399)
            if not isinstance(value, rules.ABSENCE[name]):  # type: ignore[arg-type]
                raise RefusedByFortnox(f"Felaktigt värde. ({name})", 2000108)
        if asked.get("CauseCode") not in rules.CAUSES:
            raise RefusedByFortnox("Ogiltig orsakskod. (CauseCode)")
        if asked.get("EmployeeId") not in self.employees:
            raise RefusedByFortnox("Kan inte hitta den anställda. (EmployeeId)")
        if not rules.is_day(asked.get("Date")):
            raise RefusedByFortnox("Ogiltigt datum. (Date)")
        if not 0 < asked.get("Hours", 0) <= 24 and not 0 < asked.get("Extent", 0) <= 100:
            raise RefusedByFortnox("Ange timmar eller omfattning. (Hours)")
        return asked

    def _require_open(self, day: str) -> None:
        closed = self.switches.closed_through
        if closed is not None and day <= closed.isoformat():
            raise RefusedByFortnox("Perioden är låst.")

    def snapshot(self) -> Mapping[str, Any]:
        return {"employees": list(self.employees.values()), "absences": list(self.absences.values())}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.employees = {row["EmployeeId"]: row for row in state["employees"]}
        self.absences = {row["id"]: row for row in state["absences"]}


def _first_day(line: Document) -> str:
    return str(line["FirstDay"])
