"""One company in 24SevenOffice: its employees with employments, sites and dimensions."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.twentyfour_seven_office import rules
from sandbox.twentyfour_seven_office.absences import OfficeAbsences
from sandbox.twentyfour_seven_office.rules import Document, RefusedByOffice

NO_EXEMPTION = {"percentage": "", "amount": ""}
NO_PASSPORT = {"countryCode": "", "ID": "", "type": "passnummer"}


@dataclass
class OfficeSwitches:
    """What has never been observed; the product must cope with all.

    - bad_input: how a call other than one of employees refuses what is sent; 401 is what is described for it.
    - unknown_person: what a call for nobody is answered; None is an empty list.
    - keeps_omitted: what an update leaves out stays. Otherwise it is blanked, and an employment left out is gone.
    - speaks: a write is answered with what was made, rather than with nothing.
    - absence_kinds: what a body of absence may be called.
    - refuse_cities: places of which no address is taken, for a reason that nobody could foresee.
    """

    bad_input: int = 401
    unknown_person: int | None = None
    keeps_omitted: bool = False
    speaks: bool = True
    absence_kinds: tuple[str, ...] = ("text/html",)
    refuse_cities: set[str] = field(default_factory=set)


class OfficeCompany:
    """What one access token acts for. Everything is a text."""

    def __init__(self, number: str, name: str, country: str = "NO") -> None:
        self.number, self.name, self.country = number, name, country
        self.switches = OfficeSwitches()
        self.sites: list[Document] = []
        self.dimensions: dict[str, Document] = {}
        self.employees: dict[str, Document] = {}
        self.history: dict[str, dict[str, dict[str, list[str]]]] = {}
        self.jobs: dict[str, list[Document]] = {}
        self.absences = OfficeAbsences()
        self.open_transactions: set[str] = set()
        self._last_job = 32000

    def organization(self) -> Document:
        """See GET /organization/v2."""
        return {
            "name": self.name, "orgno": self.number, "enterprise_number": self.number, "address": "Kaffegata 1",
            "zipcode": "0150", "tax_zone": "1", "bank_account": "", "tax_account": "", "industry": "ordinarie",
            "tax_rule": "standard", "retirement_age": "67", "country_code": self.country,
            "sites": [dict(site) for site in self.sites],
        }  # fmt: skip

    def add_site(self, name: str, number: str) -> None:
        self.sites.append({"id": str(len(self.sites) + 3), "name": name, "enterprise_number": number, "tax_zone": "1"})

    def add_dimension(self, number: str, name: str, values: dict[str, str]) -> None:
        rows = [{"value": code, "name": label, "active": "1"} for code, label in values.items()]
        self.dimensions[number] = {"name": name, "values": rows}

    def dimension(self, number: str) -> list[Document]:
        """The values of a dimension. Raises `RefusedByOffice`; so do all that follow."""
        if number not in self.dimensions:
            raise RefusedByOffice("No such dimension", self.switches.bad_input)
        return list(self.dimensions[number]["values"])

    def set_value(self, number: str, body: Any) -> list[Document]:
        """Make a value of a dimension, or change the one that is there."""
        values, made = self.dimension(number), rules.known(body, ("value", "name", "active"))
        if not made.get("value"):
            raise RefusedByOffice("value is mandatory", self.switches.bad_input)
        known = next((one for one in values if one["value"] == made["value"]), None)
        if known is None:
            self.dimensions[number]["values"].append({"name": "", "active": "1", **made})
        else:
            known.update(made)
        return [made]

    def shown(self, number: str) -> Document:
        """An employee as a call shows them."""
        return dict(self.employees[number])

    def one(self, number: str) -> list[Document]:
        """See GET /employee/v2/{empId}."""
        if not number.isdecimal():
            raise RefusedByOffice("empId must be numeric", self.switches.bad_input)
        if number in self.employees:
            return [self.shown(number)]
        if self.switches.unknown_person is not None:
            raise RefusedByOffice("No such employee", self.switches.unknown_person)
        return []

    def create(self, body: Any) -> Document:
        """See POST /employee/v2."""
        made = rules.known(body, rules.EMPLOYEE)
        if made.get("empId") in self.employees:
            raise RefusedByOffice("An existing item already exists", 409)
        self._check(made)
        number = made["empId"]
        self.jobs[number], self.history[number] = [], {}
        self._keep(number, {"hidden": "0", **made})
        return self.shown(number)

    def update(self, number: str, body: Any) -> Document:
        """See POST /employee/v2/{empId}."""
        if number not in self.employees:
            raise RefusedByOffice("No such employee")
        made, before = rules.known(body, rules.EMPLOYEE), self.employees[number]
        made = {**(before if self.switches.keeps_omitted else {}), "empId": number, **made}
        if made["empId"] != number:
            raise RefusedByOffice("empId cannot be changed")
        self._check(made)
        if made.get("hidden", "") != before["hidden"] and number in self.open_transactions:
            raise RefusedByOffice("hidden cannot be changed when the employee has open transactions")
        self._keep(number, made)
        return self.shown(number)

    def _check(self, made: Document) -> None:
        rules.check(made)
        rules.check_person(made)
        self._check_accounting(made.get("accounting") or [])
        if made.get("city") in self.switches.refuse_cities:
            raise RefusedByOffice("The city could not be verified")
        for day in ("salary_valid_from", "employment_rate_valid_from"):
            if any(made.get(name) for name in rules.DATED[day]) and not made.get(day):
                raise RefusedByOffice(f"{day} is mandatory")

    def _check_accounting(self, rows: Any) -> None:
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise RefusedByOffice("accounting must be an array")
        if sum(Decimal(row.get("percentage") or "0") for row in rows) > 100:
            raise RefusedByOffice("accounting is more than 100 %")
        for one in (one for row in rows for one in row.get("dimensions", [])):
            values = self.dimensions.get(one.get("dimid"), {}).get("values", [])
            if not any(value["value"] == one.get("value") for value in values):
                raise RefusedByOffice("accounting has a dimension value that does not exist")

    def _keep(self, number: str, made: Document) -> None:
        """Keep the newest of what has a day; an older one goes below it, and is not shown."""
        whole: Document = dict.fromkeys(rules.EMPLOYEE, "")
        whole |= {"accounting": [], "internationalID": dict(NO_PASSPORT), "hours_per_week": "37.50"} | made
        whole["taxexemption"] = dict(NO_EXEMPTION)
        whole["accounting"] = whole["accounting"] or []
        for day, names in rules.DATED.items():
            rows = self.history[number].setdefault(day, {})
            if whole[day]:
                rows[whole[day]] = [whole[name] for name in names]
            if rows:
                newest = max(rows)
                whole |= {day: newest, **dict(zip(names, rows[newest], strict=True))}
        for name in ("salary", "employment_rate", "hours_per_week", "vacation_percent"):
            if whole[name]:
                whole[name] = f"{Decimal(whole[name]):.2f}"
        self.employees[number] = whole

    def jobs_of(self, number: str) -> list[Document]:
        """See GET /employment/v2/{empId}."""
        if not number.isdecimal() or number not in self.employees:
            raise RefusedByOffice("No such employee", self.switches.bad_input)
        return [dict(job) for job in self.jobs[number]]

    def write_jobs(self, number: str, body: Any) -> list[Document]:
        """See POST /employment/v2/{empId}."""
        before = {job["employment_id"]: job for job in self.jobs_of(number)}
        try:
            if not isinstance(body, list) or not body:
                raise RefusedByOffice("An array is wanted")
            made: dict[str, Document] = dict(before) if self.switches.keeps_omitted else {}
            for row in body:
                given = rules.known(row, rules.EMPLOYMENT)
                known = before.get(given.get("employment_id", ""))
                kept = known if known is not None and self.switches.keeps_omitted else {}
                whole = {**dict.fromkeys(rules.EMPLOYMENT, ""), **(kept or {}), **given}
                rules.check_job(whole, [site["enterprise_number"] for site in self.sites], new=known is None)
                whole["employment_id"] = whole["employment_id"] or self._new_id(len(before) + len(made) + 1)
                made[whole["employment_id"]] = whole
            if sum(job["primary_employment"] == "1" for job in made.values()) > 1:
                raise RefusedByOffice("There can be one primary employment")
        except RefusedByOffice as refused:
            refused.status = self.switches.bad_input
            raise
        self.jobs[number] = list(made.values())
        return self.jobs_of(number)

    def write_absence(self, body: Any, moment: str) -> Document:
        """See POST /absence/v2."""
        try:
            return self.absences.write(body, self.employees, moment)
        except RefusedByOffice as refused:
            refused.status = self.switches.bad_input
            raise

    def _new_id(self, place: int) -> str:
        self._last_job += 1
        return f"{self._last_job}-{place}"

    def snapshot(self) -> Document:
        """Everything that may have changed, as JSON."""
        names = ("dimensions", "employees", "history", "jobs")
        held = {name: getattr(self, name) for name in names} | {"absences": self.absences.rows}
        return json.loads(json.dumps(held))  # type: ignore[no-any-return]

    def restore(self, state: Document) -> None:
        """Take up a snapshot."""
        for name, value in state.items():
            if name == "absences":
                self.absences.rows = value
            else:
                setattr(self, name, value)
        numbers = [job["employment_id"].partition("-")[0] for jobs in self.jobs.values() for job in jobs]
        self._last_job = max([self._last_job, *(int(one) for one in numbers if re.fullmatch(r"\d+", one))])
