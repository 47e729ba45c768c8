"""Fills the stand-in for Tripletex: the demo's companies, or any made-up company of any size."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sandbox.companies import polarbonan
from sandbox.companies.model import Company, Compensation, Person
from sandbox.tripletex.company_state import Books, Row
from sandbox.tripletex.registers import COUNTRIES, MUNICIPALITIES, OCCUPATION_CODES
from sandbox.tripletex.server import Tripletex
from sandbox.tripletex.write_api import HOURS_OF_A_YEAR

GOOD_TOKEN = "tripletex-demo-employee-3c91d7"
REVOKED_TOKEN = "tripletex-demo-revoked-b40e66"
OTHER_COMPANY_TOKEN = "tripletex-demo-other-company-91fa05"
ACCOUNTANT_TOKEN = "tripletex-demo-accountant-28d1c4"
NEWER_TOKEN = "tlxr_demo_company_7d20ea"

OTHER_COMPANY = 40917002
ACCOUNTANT_COMPANY = 40917003

# Seen on a user with full rights (GET /employee/entitlement).
_ENTITLEMENTS = (
    "AUTH_COMPANY_EMPLOYEE_ADMIN",
    "AUTH_COMPANY_WAGE_ADMIN",
    "AUTH_WAGE_ADMIN_SETTINGS",
    "AUTH_WAGE_INFORMATION",
    "AUTH_EMPLOYEE_INFO",
    "AUTH_HOURS_COMPANY",
)

_ACTIVITIES = (
    ("", "Administrasjon", "GENERAL_ACTIVITY"),
    ("100", "Fakturerbart arbeid", "PROJECT_GENERAL_ACTIVITY"),
    ("801", "Sykdom med lønn", "GENERAL_ACTIVITY"),
    ("802", "Ferie", "GENERAL_ACTIVITY"),
    ("803", "Sykdom uten lønn", "GENERAL_ACTIVITY"),
    ("804", "Sykt barn", "GENERAL_ACTIVITY"),
    ("805", "Egenmelding", "GENERAL_ACTIVITY"),
    ("806", "Permisjon med lønn", "GENERAL_ACTIVITY"),
    ("807", "Permisjon uten lønn", "GENERAL_ACTIVITY"),
)
"""Number, name and kind: those that are built in have no number until the customer gives them one."""

_MOVABLE = {2026: ("04-02", "04-03", "04-06", "05-14", "05-25"), 2027: ("03-25", "03-26", "03-29", "05-06", "05-17")}
_FIXED = ("01-01", "05-01", "05-17", "12-25", "12-26")

_COUNTRY_IDS = {row["isoAlpha2Code"]: key for key, row in COUNTRIES.items()}


def demo(today: date | None = None, **options: Any) -> Tripletex:
    """Tripletex with Polarbønna Norge AS, a second company of the same group, and their accountant."""
    system = Tripletex(**options)
    side = polarbonan.tripletex_side(today)
    hr = polarbonan.company(today)
    norway = system.open_company(side["company"]["id"], side["company"]["name"], side["company"]["org_number"])
    people = {person["number"]: person for person in hr.people}
    departments = {
        d["name"]: add_department(norway, d["name"], d["number"], inactive=d.get("inactive", False))
        for d in side["departments"]
    }
    divisions = {
        d["office"]: add_division(norway, d["name"], d["org_number"], d["municipality"]) for d in side["divisions"]
    }
    by_number = {
        known["number"]: _add_known(norway, people[known["number"]], known, departments, divisions)
        for known in side["employees"]
    }
    add_activities(norway)
    add_holidays(norway)
    owner = by_number["1002"]["id"]
    _entitle(norway, owner)
    other = system.open_company(OTHER_COMPANY, "Polarbønna Kaffebarer AS", "314022300")
    other_owner = _small_company(other, "Kaffebar Sør", "314022408", "Gunn", "Reitan")
    accountant = system.open_company(ACCOUNTANT_COMPANY, "Tall & Orden Regnskap AS", "314022459")
    accountant_owner = _small_company(accountant, "Tall & Orden", "314022505", "Roar", "Bakke")
    system.issue_token(GOOD_TOKEN, norway, owner)
    system.issue_token(NEWER_TOKEN, norway, owner)
    system.issue_token(REVOKED_TOKEN, norway, owner, revoked=True)
    system.issue_token(OTHER_COMPANY_TOKEN, other, other_owner, language="en")
    system.issue_token(ACCOUNTANT_TOKEN, accountant, accountant_owner, clients=(norway.id, other.id))
    return system


def fill(books: Books, company: Company, people: Iterable[Person] | None = None) -> None:
    """Put people of a made-up company into empty books, all of them in step with HR."""
    departments = {d["name"]: add_department(books, d["name"], str(10 + i)) for i, d in enumerate(company.departments)}
    unit = add_division(books, books.name, books.organization_number, "0301")
    divisions = {office["name"]: unit for office in company.offices}
    for person in company.people if people is None else people:
        add_person(books, person, departments, divisions)


def add_activities(books: Books) -> dict[str, int]:
    """The activities of a company that has numbered those for absence, by number."""
    return {
        number: books.add("Activity", number=number, name=name, activityType=kind)["id"]
        for number, name, kind in _ACTIVITIES
    }


def add_holidays(books: Books) -> None:
    """The company's days off, and a half one on Christmas Eve."""
    for year, movable in _MOVABLE.items():
        for day in sorted({*_FIXED, *movable}):
            books.add("CompanyHolidays", date=f"{year}-{day}", percentage=1.0)
        books.add("CompanyHolidays", date=f"{year}-12-24", percentage=0.5)


def add_department(books: Books, name: str, number: str, *, inactive: bool = False) -> int:
    row = books.add("Department", name=name, departmentNumber=number, isInactive=inactive, businessActivityTypeId=0)
    return int(row["id"])


def add_division(books: Books, name: str, organization_number: str, municipality: str) -> int:
    municipality_id = next(key for key, row in MUNICIPALITIES.items() if row["number"] == municipality)
    row = books.add(
        "Division",
        name=name,
        startDate="2015-01-01",
        organizationNumber=organization_number,
        municipalityDate="2015-01-01",
        municipality=municipality_id,
    )
    return int(row["id"])


def add_person(
    books: Books, person: Person, departments: dict[str, int], divisions: dict[str, int], **more: Any
) -> Row:
    """A person with all employments and salary rows, as a faithful integration would have written them."""
    employee = add_employee(books, person, departments, **more)
    for employment in person["employments"]:
        job = books.add(
            "Employment",
            employee=employee["id"],
            startDate=employment["start"],
            endDate=employment.get("end"),
            division=divisions.get(person["office"]),
            noEmploymentRelationship=False,
            isMainEmployer=True,
            taxDeductionCode="loennFraHovedarbeidsgiver",
            isRemoveAccessAtEmploymentEnded=False,
        )
        add_salaries(books, job, person, employment["rate"], person["compensations"])
    return employee


def add_employee(books: Books, person: Person, departments: dict[str, int], **more: Any) -> Row:
    """The employee alone. `more` overrides fields by their API names."""
    identity = person.get("identity_number", "") if person.get("identity_country") == "NO" else ""
    is_d_number = identity[:1] in tuple("4567")
    values: dict[str, Any] = {
        "firstName": person["first_name"],
        "lastName": person["last_name"],
        "employeeNumber": person["number"],
        "dateOfBirth": person.get("birth_date"),
        "email": person.get("work_email") or person.get("private_email") or "",
        "phoneNumberMobile": _national(person.get("private_phone", "")),
        "phoneNumberWork": _national(person.get("work_phone", "")),
        "nationalIdentityNumber": "" if is_d_number else identity,
        "dnumber": identity if is_d_number else None,
        "bankAccountNumber": person.get("bank", {}).get("number", ""),
        "userType": "NO_ACCESS",
        "isContact": False,
        "usesAbroadPayment": False,
        "creditorBankCountryId": 0,
        "department": departments.get(person["department"], next(iter(departments.values()))),
    }
    address = person.get("address")
    if address is not None:
        values["address"] = books.add(
            "Address",
            addressLine1=address.get("street", ""),
            postalCode=address.get("postal_code", ""),
            city=address.get("city", ""),
            country=_COUNTRY_IDS.get(address.get("country", "")),
        )["id"]
    return books.add("Employee", version=1, **{**values, **more})


def add_salaries(books: Books, job: Row, person: Person, rate: float, salaries: list[Compensation]) -> None:
    """A salary row per compensation; the one in force when the employment starts carries its start date."""
    code = str(person.get("custom", {}).get("yrkeskode", ""))
    occupation = next((key for key, row in OCCUPATION_CODES.items() if row["code"] == code), None)
    earlier = [pay for pay in salaries if pay["start"] <= job["startDate"]][-1:]
    for pay in earlier + [pay for pay in salaries if pay["start"] > job["startDate"]]:
        hourly = pay["period"] == "HOURLY"
        yearly = pay["amount"] * (12 if pay["period"] == "MONTHLY" else 1)
        books.add(
            "EmploymentDetails",
            employment=job["id"],
            date=max(pay["start"], job["startDate"]),
            employmentType="ORDINARY",
            employmentForm="PERMANENT",
            remunerationType="HOURLY_WAGE" if hourly else "MONTHLY_WAGE",
            workingHoursScheme="NOT_SHIFT",
            shiftDurationHours=0,
            occupationCode=occupation,
            percentageOfFullTimeEquivalent=rate,
            annualSalary=0 if hourly else yearly,
            hourlyWage=pay["amount"] if hourly else int(yearly / HOURS_OF_A_YEAR + 0.5),
        )


def _add_known(
    books: Books, person: Person, known: dict[str, Any], departments: dict[str, int], divisions: dict[str, int]
) -> Row:
    """A person as `tripletex.toml` describes them: HR's record with what has drifted."""
    drifted: Any = dict(person)
    if known.get("still_employed"):
        drifted["employments"] = [{**one, "end": None} for one in person["employments"]]
    if "employments" in known:
        drifted["employments"] = person["employments"][: known["employments"]]
    if known.get("salary_of_first_row"):
        drifted["compensations"] = person["compensations"][:1]
    today = books.today.isoformat()
    drifted["compensations"] = [pay for pay in drifted["compensations"] if pay["start"] <= today]
    more = dict(known.get("employee", {}))
    if "new_number" in known:
        more["employeeNumber"] = known["new_number"]
    if "department" in known:
        more["department"] = departments[known["department"]]
    return add_person(books, drifted, departments, divisions, **more)


def _small_company(books: Books, unit: str, number: str, first: str, last: str) -> int:
    """One department, one unit, and one employee, who owns the token. Hands back the employee's id."""
    department = add_department(books, "Administration", "10")
    add_division(books, unit, number, "0301")
    owner = books.add(
        "Employee",
        version=1,
        firstName=first,
        lastName=last,
        employeeNumber="1",
        dateOfBirth="1980-01-01",
        email=f"{first.lower()}.{last.lower()}@polarbonan.example",
        userType="EXTENDED",
        isContact=False,
        usesAbroadPayment=False,
        creditorBankCountryId=0,
        department=department,
    )
    _entitle(books, owner["id"])
    return int(owner["id"])


def _entitle(books: Books, owner: int) -> None:
    for i, name in enumerate(_ENTITLEMENTS):
        books.add("Entitlement", employee=owner, name=name, entitlementId=i + 1)


def _national(phone: str) -> str:
    """A Norwegian number as it is kept here, without the country's prefix."""
    return phone.removeprefix("+47").replace(" ", "")
