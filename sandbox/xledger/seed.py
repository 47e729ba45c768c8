"""Fills the stand-in for Xledger: the demo's entities, or any made-up company of any size."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sandbox.companies import polarbonan
from sandbox.companies.model import Person
from sandbox.standin import GuideLine
from sandbox.xledger.company import Row, XledgerCompany
from sandbox.xledger.server import ALL_RIGHTS, Xledger, XledgerToken

COMPANY, OTHER_COMPANY = "Polarbønna Norge AS", "Polarbønna Kaffebarer AS"
TOKEN = "ZGVtby14bGVkZ2VyLW5vcmdlLTRiMWY3YTBj"
OTHER_TOKEN = "ZGVtby14bGVkZ2VyLWthZmZlYmFyZXItOTBj"
ACCOUNTING_TOKEN = "ZGVtby14bGVkZ2VyLXJlZ25za2FwLTFlNmQ4"
EXPIRED_TOKEN = "ZGVtby14bGVkZ2VyLXV0bG9wdC1mMzVhMDg5"
"""Base64url, as Xledger's are; each says in there what it is."""
DEPARTMENTS, COST_CENTERS, POSITIONS = 7, 23, 41
"""Kinds of objects."""

_IN_XLEDGER = ("1001", "1002", "1003", "1004", "1007", "1009", "1010")
_OLD_NAME = "1010"


def demo(today: date | None = None, **options: Any) -> Xledger:
    """Xledger with the Norwegian company of Polarbönan, a sister company, and two tokens that are no good."""
    system = Xledger(**options)
    people = {person["number"]: person for person in polarbonan.company(today).people}
    norway = system.open_company(COMPANY, 7301, TOKEN)
    furnish(norway, people.values())
    for number in _IN_XLEDGER:
        add_person(norway, people[number])
    old = next(row for row in norway.employees.values() if row["code"] == _OLD_NAME)
    old["lastName"] += " (tidligere)"
    other = system.open_company(OTHER_COMPANY, 7302, OTHER_TOKEN)
    furnish(other, people.values())
    add_person(other, people["1011"])
    system.tokens[ACCOUNTING_TOKEN] = XledgerToken(COMPANY, ALL_RIGHTS - {"employees"})
    system.guide += [
        GuideLine(f"API token, {COMPANY}", TOKEN),
        GuideLine(f"API token, {OTHER_COMPANY}", OTHER_TOKEN),
        GuideLine("API token without Human Resources", ACCOUNTING_TOKEN, works=False, note="no right to employees"),
        GuideLine("API token that has expired", EXPIRED_TOKEN, works=False, note="is not valid"),
    ]
    return system


def furnish(company: XledgerCompany, people: Iterable[Person] = ()) -> None:
    """Give an entity groups, kinds of objects, and the departments and positions of these people."""
    whole = list(people)
    for code, name in (("1", "Fastlønn"), ("2", "Timelønn")):
        own = company.next_id()
        company.groups[own] = {"dbId": own, "code": code, "description": name}
    company.kinds |= {DEPARTMENTS: "Avdeling", COST_CENTERS: "Kostnadssted", POSITIONS: "Stilling"}
    for place, name in enumerate(sorted({person["department"] for person in whole}), start=10):
        company.add_object(DEPARTMENTS, str(place), name)
    for place, name in enumerate(("Drift", "Salg"), start=100):
        company.add_object(COST_CENTERS, str(place), name)
    for place, name in enumerate(sorted({title for person in whole if (title := person.get("title"))}), start=1):
        company.add_object(POSITIONS, f"S{place:02}", name)


def fill(company: XledgerCompany, people: Iterable[Person]) -> None:
    """Put made-up people into an entity, in step with HR."""
    whole = list(people)
    furnish(company, whole)
    for person in whole:
        add_person(company, person)


def add_person(company: XledgerCompany, person: Person) -> int:
    """A person as somebody would have entered them by hand."""
    job = person["employments"][-1]
    account = person.get("bank", {}).get("number") or ""
    node: Row = {
        "code": person["number"],
        "description": f"{person['first_name']} {person['last_name']}",
        "firstName": person["first_name"],
        "lastName": person["last_name"],
        "employmentFrom": job["start"],
        "email": person.get("work_email"),
        "birthday": person.get("birth_date"),
        "socialSec": person.get("identity_number") if person.get("identity_country") == "NO" else None,
        "bankAccount": account if len(account) == 11 else None,
        "employeeGroup": {"code": "1"},
    }
    (made,) = company.add([{name: value for name, value in node.items() if value is not None}])
    return int(made["dbId"])
