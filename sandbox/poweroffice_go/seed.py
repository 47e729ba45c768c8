"""Fills the stand-in for PowerOffice Go: the demo's clients, or any made-up company of any size."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sandbox.companies import polarbonan
from sandbox.companies.model import Person
from sandbox.poweroffice_go.company import GoClient
from sandbox.poweroffice_go.rules import Document, check_account
from sandbox.poweroffice_go.server import PowerofficeGo
from sandbox.standin import GuideLine

CLIENT_KEY = "c1e27000-0001-4000-8000-00000000a001"
OTHER_CLIENT_KEY = "c1e27000-0002-4000-8000-00000000a002"
MISSING_RIGHTS_KEY = "c1e27000-0003-4000-8000-00000000a003"
UNKNOWN_KEY = "c1e27000-0009-4000-8000-00000000a009"

OCCUPATION = "2512101"
_IN_PAYROLL = ("1001", "1002", "1003", "1004", "1007", "1009", "1010")
_BEFORE_THE_RAISE = "1001"
_OLD_TITLE = "1010"


def demo(today: date | None = None, **options: Any) -> PowerofficeGo:
    """PowerOffice Go with the Norwegian company of Polarbönan, a sister company, and keys that do not work."""
    system = PowerofficeGo(**options)
    people = {person["number"]: person for person in polarbonan.company(today).people}
    norway = system.open_client("d0c0ffee-0001-4000-8000-00000000b001", "Polarbønna Norge AS", CLIENT_KEY)
    furnish(norway, people.values())
    for number in _IN_PAYROLL:
        drifted: Any = dict(people[number])
        if number == _BEFORE_THE_RAISE:
            drifted["compensations"] = drifted["compensations"][:1]
        employee = add_person(norway, drifted)
        if number == _OLD_TITLE:
            norway.rows["employees"][employee]["LastName"] += " (tidligere)"
    other = system.open_client("d0c0ffee-0002-4000-8000-00000000b002", "Polarbønna Kaffebarer AS", OTHER_CLIENT_KEY)
    furnish(other, people.values())
    add_person(other, people["1011"])
    lacking = system.open_client("d0c0ffee-0003-4000-8000-00000000b003", "Polarbønna Drift AS", MISSING_RIGHTS_KEY)
    furnish(lacking, people.values())
    lacking.privileges -= {"EmploymentSalary_Full", "EmployeeBankAccounts_Full"}
    lacking.unlicensed = {"EmploymentSalary_Full"}
    system.guide += [
        GuideLine("Client key, Polarbønna Norge AS", CLIENT_KEY),
        GuideLine("Client key, Polarbønna Kaffebarer AS", OTHER_CLIENT_KEY),
        GuideLine("Client key that lacks privileges", MISSING_RIGHTS_KEY, works=False, note="no salaries"),
        GuideLine("Client key of no client", UNKNOWN_KEY, works=False, note="Client integration not found"),
    ]
    return system


def furnish(client: GoClient, people: Iterable[Person] = ()) -> None:
    """Give a client an enterprise, a number series, and the departments of these people."""
    client.add("enterprises", Name=client.name, EnterpriseNo="311111112", IsDefault=True)
    client.add("enterprises", Name=f"{client.name}, Bergen", EnterpriseNo="311111120", IsDefault=False)
    client.add(
        "series", Name="Ansatte", SubLedgerNumberSeriesType="Employee", FromInclusive=1000, ToInclusive=99999,
        IsDefault=True,
    )  # fmt: skip
    for code, name in enumerate(sorted({person["department"] for person in people}), start=10):
        client.add("departments", Code=str(code), Name=name, IsActive=True)


def fill(client: GoClient, people: Iterable[Person]) -> None:
    """Put made-up people into a client, in step with HR."""
    whole = list(people)
    furnish(client, whole)
    for person in whole:
        add_person(client, person)


def add_person(client: GoClient, person: Person) -> int:
    """A person with employments and lines, as somebody would have entered them by hand."""
    norwegian = person.get("identity_country") == "NO"
    address = person.get("address", {})
    department = client.of("departments", Name=person["department"])
    values: Document = {
        "Number": int(person["number"]),
        "FirstName": person["first_name"],
        "LastName": person["last_name"],
        "DateOfBirth": person.get("birth_date"),
        "NationalIdNumber": person.get("identity_number") if norwegian else None,
        "EmailAddress": person.get("work_email"),
        "JobTitle": person.get("title"),
        "DepartmentId": department[0]["Id"] if department else None,
        "IsArchived": False,
    }
    if address.get("city") and address.get("postal_code"):
        values["MailAddress"] = {
            "AddressLine1": address.get("street"),
            "ZipCode": address["postal_code"],
            "City": address["city"],
            "CountryCode": address.get("country", "NO"),
        }
    employee = client.add("employees", **values)
    number = person.get("bank", {}).get("number")
    if number and len(number) == 11:
        shown = check_account({"BankAccountNumber": number})
        account = client.add("accounts", ContactId=employee, BankAccountNumber=shown, CountryCode="NO", IsActive=True)
        client.rows["employees"][employee]["SalaryBankAccountId"] = account
    for job in person["employments"]:
        _add_employment(client, employee, person, job)
    return employee


def _add_employment(client: GoClient, employee: int, person: Person, job: Any) -> None:
    identifier = client.add(
        "employments", EmployeeId=employee, StartDate=job["start"], EndDate=job.get("end"),
        EndDateReason="EmployeeHasResigned" if job.get("end") else None, EmploymentForm="Permanent",
        EmploymentType="Ordinary", WorkingHoursArrangement="NonShift", FullTimeHoursPerWeek=37.5, IsDefault=True,
        ProfessionCode=str(person.get("custom", {}).get("yrkeskode") or OCCUPATION), EndedAndReported=False,
        EnterpriseId=client.of("enterprises", IsDefault=True)[0]["Id"],
    )  # fmt: skip
    owner = {"EmployeeId": employee, "EmploymentId": identifier}
    client.add("ftes", **owner, FromDate=job["start"], FtePercentage=job["rate"])
    # Of several from before the first day, the last one holds.
    for day, pay in {max(one["start"], job["start"]): one for one in person["compensations"]}.items():
        hourly = pay["period"] == "HOURLY"
        annual = pay["amount"] * (12 if pay["period"] == "MONTHLY" else 1)
        client.add(
            "salaries", **owner, FromDate=day,
            RemunerationType="HourlyWage" if hourly else "FixedWage", AnnualSalary=None if hourly else annual,
            HourlyRate=pay["amount"] if hourly else round(annual / (37.5 * 52), 2),
        )  # fmt: skip
