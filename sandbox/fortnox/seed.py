"""Fills the stand-in for Fortnox: the demo's companies, or any made-up company of any size."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sandbox.companies import polarbonan
from sandbox.companies.model import Person
from sandbox.fortnox.company import FortnoxCompany
from sandbox.fortnox.rules import FIRST_DAY, Document
from sandbox.fortnox.server import Fortnox
from sandbox.standin import GuideLine

COMPANY, OTHER_COMPANY, NO_LICENCE, NO_RIGHTS = 1270001, 1270002, 1270003, 1270004

_IN_PAYROLL = ("2001", "2002", "2003", "2004", "2005", "2006")
_BEFORE_THE_RAISE = "2002"
_OLD_TITLE = "2004"


def demo(today: date | None = None, **options: Any) -> Fortnox:
    """Fortnox with the Swedish company of Polarbönan, a sister company, and companies that lack something."""
    system = Fortnox(**options)
    people = {person["number"]: person for person in polarbonan.company(today).people}
    sweden = system.open_company(COMPANY, "Polarbönan Sverige AB", "559000-0001")
    furnish(sweden)
    for number in _IN_PAYROLL:
        row = add_person(sweden, people[number])
        if number == _BEFORE_THE_RAISE:
            row["DatedWages"][0]["MonthlySalary"] = "55000"
        if number == _OLD_TITLE:
            row["JobTitle"] = "Praktikant"
    other = system.open_company(OTHER_COMPANY, "Polarbönan Kaffebarer AB", "559000-0019")
    furnish(other)
    add_person(other, people["2008"])
    system.open_company(NO_LICENCE, "Polarbönan Drift AB", "559000-0027").has_licence = False
    furnish(system.open_company(NO_RIGHTS, "Polarbönan Fastigheter AB", "559000-0035"))
    system.sign_in.narrow[NO_RIGHTS] = frozenset({"companyinformation"})
    system.guide += [
        GuideLine("Begin with", "Open Fortnox", note="the button in the form; choose a company there"),
        GuideLine("Company", "Polarbönan Sverige AB"),
        GuideLine("Company", "Polarbönan Drift AB", works=False, note="has no licence for Fortnox Lön"),
        GuideLine("Role", "utan att vara systemadministratör", works=False, note="an administrator must agree"),
    ]
    return system


def furnish(company: FortnoxCompany) -> None:
    """Give a company its cost centres."""
    for code, name in (("100", "Kontor"), ("200", "Rosteri"), ("300", "Kaffebarer")):
        company.add_cost_center(code, name)
    company.add_cost_center("900", "Avvecklat", active=False)


def fill(company: FortnoxCompany, people: Iterable[Person]) -> None:
    """Put made-up people into a company, in step with HR."""
    furnish(company)
    for person in people:
        add_person(company, person)


def add_person(company: FortnoxCompany, person: Person) -> Document:
    """A person as somebody would have entered them by hand."""
    number, address, bank, job = (
        person["number"],
        person.get("address", {}),
        person.get("bank", {}),
        person["employments"][-1],
    )
    hourly = bool(person["compensations"]) and person["compensations"][-1]["period"] == "HOURLY"
    identity = person.get("identity_number", "").replace("-", "")[-10:]
    return company.add(
        EmployeeId=number,
        FirstName=person["first_name"],
        LastName=person["last_name"],
        PersonalIdentityNumber=f"{identity[:6]}-{identity[6:]}" if identity else "",
        Email=person.get("work_email") or "",
        Phone2=person.get("work_phone") or "",
        Address2=address.get("street") or "",
        PostCode=address.get("postal_code") or "",
        City=address.get("city") or "",
        Country="Sverige" if address else "",
        JobTitle=(person.get("title") or "")[:30],
        EmploymentDate=job["start"],
        EmployedTo=job.get("end") or "",
        EmploymentForm="TV",
        PersonelType="TJM",
        SalaryForm="TIM" if hourly else "MAN",
        TaxAllowance="SNK",
        ClearingNo=bank.get("clearing") or "",
        BankAccountNo=bank.get("number") or "",
        DatedWages=_wages(number, person),
    )


def _wages(number: str, person: Person) -> list[Document]:
    rows: list[Document] = []
    for pay in person["compensations"]:
        amount = f"{pay['amount'] / (12 if pay['period'] == 'ANNUAL' else 1):g}"
        hourly = pay["period"] == "HOURLY"
        first = pay["start"] if rows else FIRST_DAY
        amounts = {"MonthlySalary": "" if hourly else amount, "HourlyPay": amount if hourly else ""}
        rows.append({"EmployeeId": number, "FirstDay": first, **amounts})
    return rows
