"""Fills the stand-in for Tidsbanken: the demo's databases, or any made-up company of any size."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sandbox.companies import polarbonan
from sandbox.companies.model import Person
from sandbox.standin import GuideLine
from sandbox.tidsbanken.database import TidsbankenDatabase
from sandbox.tidsbanken.rules import Document
from sandbox.tidsbanken.server import Tidsbanken

DATABASE, OTHER_DATABASE = "Polarbønna Norge AS", "Polarbønna Kaffebarer AS"
TB_KEY = "demo-tb-norge-4b1f7a0c92e84d6db3"
OTHER_KEY = "demo-tb-kaffebarer-90c3ad51f7e2"
UNKNOWN_KEY = "demo-tb-replaced-1e6d8b27c0a94f35"
FIXED_PAY, HOURLY_PAY = 2147400000, 2147400001
"""Employee groups."""

_IN_TIDSBANKEN = ("1001", "1002", "1003", "1004", "1007", "1009", "1010")
_OLD_NAME = "1010"
_FIXED = 41000


def demo(today: date | None = None, **options: Any) -> Tidsbanken:
    """Tidsbanken with the Norwegian company of Polarbönan, a sister company, and a key that does not work."""
    system = Tidsbanken(**options)
    people = {person["number"]: person for person in polarbonan.company(today).people}
    norway = system.open_database(DATABASE, TB_KEY)
    furnish(norway, people.values())
    for number in _IN_TIDSBANKEN:
        add_person(norway, people[number])
    norway.employees[int(_OLD_NAME)]["Etternavn"] += " (tidligere)"
    other = system.open_database(OTHER_DATABASE, OTHER_KEY)
    furnish(other, people.values())
    add_person(other, people["1011"])
    system.guide += [
        GuideLine(f"API key (tb-key), {DATABASE}", TB_KEY),
        GuideLine(f"API key (tb-key), {OTHER_DATABASE}", OTHER_KEY),
        GuideLine("API key that was replaced", UNKNOWN_KEY, works=False, note="Unknown tb-key"),
    ]
    return system


def furnish(database: TidsbankenDatabase, people: Iterable[Person] = ()) -> None:
    """Give a database two employee groups, and the departments of these people."""
    database.groups |= {FIXED_PAY: "10 Fastlønn m/tidskonto", HOURLY_PAY: "20 Timelønn"}
    departments = sorted({person["department"] for person in people})
    database.departments |= {str(code): name for code, name in enumerate(departments, start=10)}


def fill(database: TidsbankenDatabase, people: Iterable[Person]) -> None:
    """Put made-up people into a database, in step with HR."""
    whole = list(people)
    furnish(database, whole)
    for person in whole:
        add_person(database, person)


def add_person(database: TidsbankenDatabase, person: Person) -> int:
    """A person as somebody would have entered them by hand."""
    address, job = person.get("address", {}), person["employments"][-1]
    department = next((code for code, name in database.departments.items() if name == person["department"]), "")
    account = person.get("bank", {}).get("number") or ""
    body: Document = {
        "Id": int(person["number"]),
        "Fornavn": person["first_name"],
        "Etternavn": person["last_name"],
        "Epost": person.get("work_email", ""),
        "Adresse": address.get("street", ""),
        "Postnummer": address.get("postal_code", ""),
        "Poststed": address.get("city", ""),
        "Lonnskonto": account if len(account) == 11 else "",
        "Personnummer": person.get("identity_number", "") if person.get("identity_country") == "NO" else "",
        "AnsattDato": job["start"],
        "AvdelingId": department,
        "MalId": FIXED_PAY,
        "Stillingsprosent": job["rate"],
    }
    if born := person.get("birth_date"):
        body["Fodt"] = born
    database.create([body])
    # What Tidsbanken pays somebody is entered there.
    database.employees[body["Id"]]["Fastlonn"] = _FIXED
    return int(person["number"])
