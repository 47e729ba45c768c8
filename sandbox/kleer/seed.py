"""Fills the stand-in for Kleer: the demo's companies, or any made-up company of any size."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sandbox.companies import polarbonan
from sandbox.companies.model import Person
from sandbox.kleer.company import KleerCompany
from sandbox.kleer.server import Kleer
from sandbox.standin import GuideLine

COMPANY, OTHER_COMPANY, READ_ONLY_COMPANY = 48750, 48751, 48752
TOKEN = "kleer-demo-token-sverige-4f1c0a77"
OTHER_TOKEN = "kleer-demo-token-kaffebarer-9be2"
NO_PAYROLL_TOKEN = "kleer-demo-token-drift-1d08aa35"
UNKNOWN_TOKEN = "kleer-demo-token-of-nobody-00000"

_IN_PAYROLL = ("2001", "2002", "2003", "2004", "2005", "2006")
_BEFORE_THE_RAISE = "2002"
_OLD_NAME = "2004"


def demo(today: date | None = None, **options: Any) -> Kleer:
    """Kleer with the Swedish company of Polarbönan, a sister company, and tokens that do not work."""
    system = Kleer(**options)
    people = {person["number"]: person for person in polarbonan.company(today).people}
    sweden = system.open_company(COMPANY, "Polarbönan Sverige AB", "559000-0001", TOKEN)
    furnish(sweden)
    for number in _IN_PAYROLL:
        user = add_person(sweden, people[number])
        if number == _BEFORE_THE_RAISE:
            day = next(iter(sweden.salaries[user]))
            sweden.salaries[user][day] -= 3000 * 100
        if number == _OLD_NAME:
            sweden.users[user]["name"] += " (vikarie)"
    other = system.open_company(OTHER_COMPANY, "Polarbönan Kaffebarer AB", "559000-0019", OTHER_TOKEN)
    furnish(other)
    add_person(other, people["2008"])
    lacking = system.open_company(
        READ_ONLY_COMPANY, "Polarbönan Drift AB", "559000-0027", NO_PAYROLL_TOKEN, frozenset({"Dimensions"})
    )
    furnish(lacking)
    system.people["bot@polarbonan.example"] = "made-up-password-of-the-bot", [TOKEN, OTHER_TOKEN]
    system.guide += [
        GuideLine("Token, Polarbönan Sverige AB", TOKEN),
        GuideLine("Company id, Polarbönan Sverige AB", str(COMPANY)),
        GuideLine("Environment", "Test"),
        GuideLine("Unit of salaries", "Öre", note="kronor is stopped, as what Kleer has does not fit it"),
        GuideLine("Token, Polarbönan Kaffebarer AB", OTHER_TOKEN, note=f"company id {OTHER_COMPANY}"),
        GuideLine("Token that lacks a right", NO_PAYROLL_TOKEN, works=False, note=f"company id {READ_ONLY_COMPANY}"),
        GuideLine("Token of nobody", UNKNOWN_TOKEN, works=False, note="Ogiltig token"),
    ]
    return system


def furnish(company: KleerCompany) -> None:
    """Give a company its cost centres, a second dimension, and the user whom the token is of."""
    company.add_user(name="Löneassistenten", email="lon@polarbonan.example")
    centers = (("100", "Kontor"), ("200", "Rosteri"), ("300", "Kaffebarer"), ("400", "Coffee bars"))
    dimension = company.add_dimension("Kostnadsställe", centers)
    company.add_entry(dimension, "900", "Avvecklat", active=False)
    company.add_dimension("Projekt", (("P1", "Ny rostare"),))


def fill(company: KleerCompany, people: Iterable[Person]) -> None:
    """Put made-up people into a company, in step with HR."""
    furnish(company)
    for person in people:
        add_person(company, person)


def add_person(company: KleerCompany, person: Person) -> int:
    """A person as somebody would have entered them by hand."""
    address, bank, job = person.get("address", {}), person.get("bank", {}), person["employments"][-1]
    user = company.add_user(
        foreign_id=person["number"],
        name=f"{person['first_name']} {person['last_name']}",
        email=person.get("work_email") or f"{person['number']}@polarbonan.example",
    )
    amounts = [(pay["start"], round(_monthly(pay) * 100)) for pay in person["compensations"]]
    hourly = bool(person["compensations"]) and person["compensations"][-1]["period"] == "HOURLY"
    values: dict[str, Any] = {
        "ssn": person.get("identity_number", "").replace("-", ""),
        "address2": address.get("street") or "",
        "zip_code": address.get("postal_code") or "",
        "state": address.get("city") or "",
        "phone": person.get("work_phone") or "",
        "clearing_nr": bank.get("clearing") or "",
        "account_nr": bank.get("number") or "",
        "employment_start_date": job["start"],
    }
    if "end" in job:
        values["employment_end_date"] = job["end"]
    if hourly:
        values |= {"hourly_salary": str(amounts[-1][1]), "hourly_salary_start_date": amounts[-1][0]}
    company.add_agreement(user, {} if hourly else dict(amounts), **values)
    return user


def _monthly(pay: Any) -> float:
    return float(pay["amount"] / (12 if pay["period"] == "ANNUAL" else 1))
