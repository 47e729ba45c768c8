"""Fills the stand-in for Spiris Lön: the demo's companies, or any made-up company of any size."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sandbox.companies import polarbonan
from sandbox.companies.model import Person
from sandbox.spiris_lon.company import SpirisCompany
from sandbox.spiris_lon.rules import Document
from sandbox.spiris_lon.server import SpirisLon
from sandbox.standin import GuideLine

COMPANY, OTHER_COMPANY, NO_MODULE = "559000-0001", "559000-0019", "559000-0027"

_IN_PAYROLL = ("2001", "2002", "2003", "2004", "2005", "2006")
_OLD_PHONE = "2002"
_MOVED = "2004"


def demo(today: date | None = None, **options: Any) -> SpirisLon:
    """Spiris with the Swedish company of Polarbönan, a sister company, and one without the module."""
    system = SpirisLon(**options)
    people = {person["number"]: person for person in polarbonan.company(today).people}
    sweden = system.open_company(COMPANY, "Polarbönan Sverige AB")
    for number in _IN_PAYROLL:
        row = add_person(sweden, people[number])
        if number == _OLD_PHONE:
            row["PhoneMobile"] = "+46701740609"
        if number == _MOVED:
            row |= {"PrimaryAddress": "Gamla vägen 2", "Zip": "411 01"}
    add_person(system.open_company(OTHER_COMPANY, "Polarbönan Kaffebarer AB"), people["2008"])
    system.open_company(NO_MODULE, "Polarbönan Drift AB").has_module = False
    system.guide += [
        GuideLine("Begin with", "Open Spiris", note="the button in the form; choose a company there"),
        GuideLine("Company", "Polarbönan Sverige AB"),
        GuideLine("Company", "Polarbönan Drift AB", works=False, note="does not have Spiris Lön"),
    ]
    return system


def fill(company: SpirisCompany, people: Iterable[Person]) -> None:
    """Put made-up people into a company, in step with HR."""
    for person in people:
        add_person(company, person)


def add_person(company: SpirisCompany, person: Person) -> Document:
    """A person as somebody would have entered them by hand."""
    address, job = person.get("address", {}), person["employments"][-1]
    hourly = bool(person["compensations"]) and person["compensations"][-1]["period"] == "HOURLY"
    end = job.get("end")
    return company.add(
        EmployeeNumber=person["number"],
        FirstName=person["first_name"],
        LastName=person["last_name"],
        IdentificationNumber=person.get("identity_number", ""),
        EmailWork=person.get("work_email"),
        PhoneMobile=person.get("private_phone") or person.get("work_phone"),
        PrimaryAddress=address.get("street"),
        Zip=address.get("postal_code"),
        City=address.get("city"),
        EmployeeCategory=0,
        SalaryType=2 if hourly else 1,
        ContractEndDate=f"{end}T00:00:00" if end else None,
    )
