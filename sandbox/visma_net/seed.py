"""Fills the stand-in for Visma.net: the demo's tenants, or any made-up company of any size."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sandbox.companies import polarbonan
from sandbox.companies.model import Person
from sandbox.standin import GuideLine
from sandbox.visma_net.connect import READ
from sandbox.visma_net.server import VismaNet
from sandbox.visma_net.tenant import Document, Tenant

TENANT = "b1a7c0de-0001-4000-8000-00000000a001"
OTHER_TENANT = "b1a7c0de-0002-4000-8000-00000000a002"
CUSTOMER_TENANT = "b1a7c0de-0003-4000-8000-00000000a003"
UNAPPROVED_TENANT = "b1a7c0de-0004-4000-8000-00000000a004"
READ_ONLY_TENANT = "b1a7c0de-0005-4000-8000-00000000a005"

OCCUPATION = "1233101"
"""The occupation code of the vendor's own example."""

_IN_PAYROLL = ("1001", "1002", "1003", "1004", "1007", "1009", "1010")
_BEFORE_THE_RAISE = "1001"
_OLD_ACCOUNT = "1010"
_DRAFT = "1009"


def demo(today: date | None = None, **options: Any) -> VismaNet:
    """Visma.net with the Norwegian company of Polarbönan, a sister company, and tenants that do not work."""
    system = VismaNet(**options)
    people = {person["number"]: person for person in polarbonan.company(today).people}
    norway = system.open_tenant(TENANT, "Polarbønna Norge AS")
    furnish(norway)
    for number in _IN_PAYROLL:
        drifted: Any = dict(people[number])
        if number == _BEFORE_THE_RAISE:
            drifted["compensations"] = drifted["compensations"][:1]
        employee = add_person(norway, drifted)
        if number == _OLD_ACCOUNT:
            norway.employees[employee]["salaryPaymentMethod"]["localBankAccount"] = "99990777703"
        norway.employees[employee]["isDraft"] = number == _DRAFT
    other = system.open_tenant(OTHER_TENANT, "Polarbønna Kaffebarer AS")
    furnish(other)
    add_person(other, people["1011"])
    system.open_tenant(CUSTOMER_TENANT, "Polarbønna (customer)", company=False)
    system.open_tenant(UNAPPROVED_TENANT, "Polarbønna Eiendom AS", approved=False)
    read_only = system.open_tenant(READ_ONLY_TENANT, "Polarbønna Drift AS")
    system.connect.approve(read_only.id, frozenset({READ}))
    system.guide += [
        GuideLine("Tenant ID, Polarbønna Norge AS", TENANT),
        GuideLine("Tenant ID, Polarbønna Kaffebarer AS", OTHER_TENANT),
        GuideLine("Tenant ID of the customer", CUSTOMER_TENANT, works=False, note="not the company's"),
        GuideLine("Tenant ID without approval", UNAPPROVED_TENANT, works=False, note="invitation code not used"),
        GuideLine("Tenant ID approved for reading", READ_ONLY_TENANT, works=False, note="the write scope is missing"),
    ]
    return system


def furnish(tenant: Tenant) -> None:
    """Give a tenant a tax unit and two work time agreements."""
    tenant.add_row("taxUnits", name=tenant.name)
    tenant.add_row("workTimeAgreements", name="37.5 hours")
    tenant.add_row("workTimeAgreements", name="35.5 hours, shift")


def fill(tenant: Tenant, people: Iterable[Person]) -> None:
    """Put made-up people into a tenant, in step with HR."""
    furnish(tenant)
    for person in people:
        add_person(tenant, person)


def add_person(tenant: Tenant, person: Person) -> str:
    """A person with positions, as somebody would have entered them by hand."""
    identity = person.get("identity_number", "") if person.get("identity_country") == "NO" else ""
    address = person.get("address", {})
    employee: Document = {
        "number": person["number"],
        "personNames": [{"firstName": person["first_name"], "lastName": person["last_name"]}],
        "dateOfBirth": person.get("birth_date"),
        "address": {
            "streetName": address.get("street"),
            "zipCode": address.get("postal_code"),
            "cityName": address.get("city"),
            "countryCode": address.get("country", "NO"),
        },
        "salaryPaymentMethod": {"paymentType": "bank", "localBankAccount": person.get("bank", {}).get("number")},
        "taxInformation": {"askForTaxInformation": True, "mainEmployer": True},
        "printPayslip": False,
        "notes": "kept by the payroll office",
    }
    if identity:
        kind = "DNumber" if identity[0] in "4567" else "NationalID"
        employee["personIds"] = [{"typeOfId": kind, "id": identity}]
    if person.get("work_email"):
        employee["emails"] = [{"type": "work", "address": person["work_email"]}]
    return tenant.add_employee(employee, [_position(tenant, person, job) for job in person["employments"]])


def _position(tenant: Tenant, person: Person, job: Any) -> Document:
    pay = [one for one in person["compensations"] if one["start"] <= tenant.today.isoformat()][-1:]
    kinds = {"HOURLY": "hourly", "MONTHLY": "monthly", "ANNUAL": "yearly"}
    position: Document = {
        "activeStart": job["start"],
        "typeOfPosition": "Ordinary",
        "employmentForm": [{"value": "fast"}],
        "typeOfWork": [{"value": str(person.get("custom", {}).get("yrkeskode") or OCCUPATION)}],
        "workTimeAgreement": [{"value": tenant.lists["workTimeAgreements"][0]["id"]}],
        "partTimeFactors": [{"value": job["rate"]}],
        "taxUnitIds": [{"value": tenant.lists["taxUnits"][0]["id"]}],
        "salaryInformation": [
            {
                "salaryType": "Period",
                "contractSalaryType": kinds[one["period"]],
                f"{kinds[one['period']]}Salary": f"{one['amount']:g}" if one["amount"] < 10**6 else str(one["amount"]),
            }
            for one in pay
        ],
        "customSalaryRates": {"overtime": "1.5"},
    }
    if job.get("end"):
        position["activeEnd"] = job["end"]
    return position
