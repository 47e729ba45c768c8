"""Fills the stand-in for 24SevenOffice: the demo's companies, or any made-up company of any size."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sandbox.companies import polarbonan
from sandbox.companies.model import Person
from sandbox.standin import GuideLine
from sandbox.twentyfour_seven_office.absences import PARENTAL, absence_type
from sandbox.twentyfour_seven_office.company import OfficeCompany
from sandbox.twentyfour_seven_office.rules import Document
from sandbox.twentyfour_seven_office.server import TwentyfourSevenOffice

COMPANY, OTHER_COMPANY = "911111117", "922222224"
TOKEN = "demo24so-norge-6f1c0b7e9a3d45c28e71"
OTHER_TOKEN = "demo24so-kaffebarer-0d92b6c4e8f74a13b5"
SWEDISH_TOKEN = "demo24so-sverige-77a1e0c35f9b48d2a6"
UNKNOWN_TOKEN = "demo24so-revoked-5b3c9d1e7f2a40868c"
SITE, OTHER_SITE = "811111114", "811111122"

OCCUPATION = "2512101"
_IN_PAYROLL = ("1001", "1002", "1003", "1004", "1007", "1009", "1010")
_BEFORE_THE_RAISE = "1001"
_OLD_NAME = "1010"


def demo(today: date | None = None, **options: Any) -> TwentyfourSevenOffice:
    """24SevenOffice with the Norwegian company of Polarbönan, a sister company, and tokens that do not work."""
    system = TwentyfourSevenOffice(**options)
    people = {person["number"]: person for person in polarbonan.company(today).people}
    norway = system.open_company(COMPANY, "Polarbønna Norge AS", TOKEN)
    furnish(norway, people.values())
    for number in _IN_PAYROLL:
        drifted: Any = dict(people[number])
        if number == _BEFORE_THE_RAISE:
            drifted["compensations"] = drifted["compensations"][:1]
        add_person(norway, drifted, today)
        if number == _OLD_NAME:
            norway.employees[number]["lastname"] += " (tidligere)"
    other = system.open_company(OTHER_COMPANY, "Polarbønna Kaffebarer AS", OTHER_TOKEN)
    furnish(other, people.values())
    add_person(other, people["1011"], today)
    swedish = system.open_company("5569876543", "Polarbönan Sverige AB", SWEDISH_TOKEN, country="SE")
    furnish(swedish, people.values())
    add_person(swedish, people["1011"], today)
    system.guide += [
        GuideLine("Access token, Polarbønna Norge AS", TOKEN),
        GuideLine("Access token, Polarbønna Kaffebarer AS", OTHER_TOKEN),
        GuideLine("Access token of a Swedish company", SWEDISH_TOKEN, works=False, note="not the rules of Norway"),
        GuideLine("Access token that was deleted", UNKNOWN_TOKEN, works=False, note="Unauthorized"),
    ]
    return system


def furnish(company: OfficeCompany, people: Iterable[Person] = ()) -> None:
    """Give a company two sites, and the departments and cost centres of these people."""
    whole = list(people)
    company.add_site(company.name, SITE)
    company.add_site(f"{company.name}, Bergen", OTHER_SITE)
    departments = sorted({person["department"] for person in whole})
    company.add_dimension("1", "Department", {str(code): name for code, name in enumerate(departments, start=10)})
    company.absences.add_types(
        absence_type("01", "Sykmelding", "sickness"),
        absence_type("02", "Sykt barn", "sick_child"),
        absence_type("03", "Egenmelding", "self_report"),
        absence_type("04", "Ferie", "vacation", graded=False),
        absence_type("10", "Permisjon med foreldrepenger", "leave_of_absence", kind=PARENTAL),
        absence_type("12", "Andre permisjoner - lovfestet", "leave_of_absence", kind="andreLovfestedePermisjoner"),
        absence_type("13", "Militærtjeneste", "leave_of_absence", kind="permisjonVedMilitaertjeneste", graded=False),
        absence_type("14", "Velferdspermisjon", "leave_of_absence", comment_mandatory="1"),
    )
    company.add_dimension("2", "Project", {"4": "Nettbutikk"})
    centres = {centre["code"]: centre["name"] for centre in polarbonan.company().cost_centers}
    company.add_dimension("3", "Kostnadssted", centres)


def fill(company: OfficeCompany, people: Iterable[Person]) -> None:
    """Put made-up people into a company, in step with HR."""
    whole = list(people)
    furnish(company, whole)
    for person in whole:
        add_person(company, person)


def add_person(company: OfficeCompany, person: Person, today: date | None = None) -> str:
    """A person with employments, as somebody would have entered them by hand."""
    address, bank, number = person.get("address", {}), person.get("bank", {}), person["number"]
    job, values = person["employments"][-1], company.dimensions["1"]["values"]
    department = next((one["value"] for one in values if one["name"] == person["department"]), None)
    norwegian = person.get("identity_country") == "NO"
    account = bank.get("number") or ""
    body: Document = {
        "empId": number,
        "firstname": person["first_name"],
        "lastname": person["last_name"],
        "email": person.get("work_email", ""),
        "postaddress": address.get("street", ""),
        "zipcode": address.get("postal_code", ""),
        "city": address.get("city", ""),
        "countryCode": "NO" if address else "",
        "account": account if len(account) == 11 else "",
        "personnr": person.get("identity_number", "") if norwegian else "",
        "employee_date": person["employments"][0]["start"],
        "taxtable": "7100",
        "employment_rate": f"{job['rate']:.2f}",
        "employment_rate_valid_from": job["start"],
        "accounting": [{"percentage": "100.00", "dimensions": [{"dimid": "1", "value": department}]}]
        if department
        else [],
    }
    company.create(body)
    # What lies ahead has not been entered yet.
    begun = [pay for pay in person["compensations"] if pay["start"] <= (today or date.today()).isoformat()]  # noqa: DTZ011
    for pay in sorted(begun or person["compensations"][:1], key=lambda one: one["start"]):
        amount = pay["amount"] / 12 if pay["period"] == "ANNUAL" else pay["amount"]
        kind = "hourly" if pay["period"] == "HOURLY" else "monthly"
        paid = {"salary_type": kind, "salary": f"{amount:.2f}", "salary_valid_from": max(pay["start"], job["start"])}
        company.update(number, {**company.shown(number), **paid})
    company.write_jobs(number, [_job(person, one, last=one is job) for one in person["employments"]])
    return number


def _job(person: Person, job: Any, *, last: bool) -> Document:
    end = job.get("end") or ""
    return {
        "primary_employment": "1" if last else "0",
        "startdate": job["start"],
        "enddate": end,
        "enddate_reason": "arbeidstakerHarSagtOppSelv" if end else "",
        "employment_form": "fast",
        "profession_code": str(person.get("custom", {}).get("yrkeskode") or OCCUPATION),
        "employment_rate": f"{job['rate']:.2f}",
        "employment_type": "ordinaertArbeidsforhold",
        "enterprise_number": SITE,
        "working_times": "ikkeSkift",
    }
