"""Fills the stand-in for Simployer with a made-up company."""

from __future__ import annotations

from typing import Any

from sandbox.companies.model import Company, Leave, Person
from sandbox.simployer.leave_rows import FAR, remake
from sandbox.simployer.store import Row, Store

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
WEEKEND = ("saturday", "sunday")
_FULL_WEEK = {"SE": 40.0, "NO": 37.5}

# Payroll codes per leave type, as a customer keys them in: reserved codes and activity numbers. A code is optional, two
# types may have the same one, and a type that is not used any more keeps its own.
_LEAVE_TYPES = [
    ("Sick leave", "SICK_LEAVE", True, "SYK", False),
    ("Self-certified sick leave", "SICK_LEAVE", True, "SYK", False),
    ("Vacation", "VACATION", True, "FERIE", False),
    ("Parental leave", "PARENTAL_LEAVE", False, "PARENTAL_BENEFITS", False),
    ("Care of sick child", "CHILDCARE", False, "VAB", False),
    ("Off duty", "OFF_DUTY", False, None, False),
    ("Study leave", "OFF_DUTY", False, "EDUCATIONAL_STATUTORILY_REQUIRED", True),
]


def load(store: Store, company: Company) -> None:
    """Put a whole company into an empty store. People may name managers who come later in the list."""
    row = store.add("company", name=company.name, legalName=company.legal_name, orgNumber=company.org_number)
    store.company_id = row["id"]
    costs = {c["code"]: store.add("cost-center", code=c["code"], name=c["name"])["id"] for c in company.cost_centers}
    offices: dict[str, Row] = {}
    for office in company.offices:
        offices[office["name"]] = store.add(
            "office",
            name=office["name"],
            phone=office.get("phone", ""),
            email=office.get("email", ""),
            timezone=office["timezone"],
            CFAR="",
            SCB="",
            SNI="",
        )
        _office_week(store, offices[office["name"]], _FULL_WEEK.get(office["country"], 40.0))
    departments: dict[str, str] = {}
    for department in company.departments:
        departments[department["name"]] = store.add(
            "department",
            name=department["name"],
            description=department.get("description"),
            costCenterId=costs.get(department.get("cost_center", "")),
            parentId=departments.get(department.get("parent", "")),
        )["id"]
    for name, kind, paid, code, archived in _LEAVE_TYPES:
        leave = store.add(
            "leave-type",
            name=name,
            kind=kind,
            minimumDuration="DAY",
            deductible=True,
            paid=paid,
            disabled=False,
            archived=archived,
        )
        if code is not None:
            store.add("leave-type-code", leaveTypeId=leave["id"], code=code)
    places = {"offices": {name: row["id"] for name, row in offices.items()}, "departments": departments}
    hired: dict[str, Row] = {}
    waiting: list[tuple[Row, str]] = []
    for person in company.people:
        employee = add_person(store, person, places, costs)
        hired.setdefault(person["number"], employee)
        if "manager" in person:
            waiting.append((employee, person["manager"]))
    for employee, number in waiting:
        employee["managerEmployeeId"] = hired[number]["id"]
    numbers = {number: employee["id"] for number, employee in hired.items()}
    types = {row["name"]: row["id"] for row in store.rows["leave-type"].values()}
    for away in company.leave:
        add_leave(store, away, numbers[away["number"]], types[away["kind"]])


def add_leave(store: Store, leave: Leave, employee_id: str, type_id: str) -> Row:
    """Add one leave, with the rows of its days if it is decided."""
    child = leave.get("child")
    start, end = leave["start"], FAR.isoformat() if leave["end"] == "open" else leave["end"]
    clock = leave.get("hours", [None, None])
    part = "half_day" if "half" in leave else "minutes" if "hours" in leave else None
    row = store.add(
        "leave",
        employeeId=employee_id,
        typeId=type_id,
        status=leave["status"],
        duration=part or ("one_day" if start == end else "longer"),
        startDate=start,
        endDate=end,
        gradePercentage=leave.get("grade"),
        half=leave.get("half"),
        startTime=clock[0],
        endTime=clock[1],
        childId=store.add("child", employeeId=employee_id, name=child["name"], birthdate=child["born"])["id"]
        if child
        else None,
    )
    remake(store, row)
    return row


def add_person(store: Store, person: Person, places: dict[str, dict[str, str]], costs: dict[str, str]) -> Row:
    """Add one person with employments, compensations and, when theirs differs, a work week."""
    employee = store.add(
        "employee",
        userId=f"{store.add('user', locale='en', systemRole='anonymous')['id']}",
        userName=person.get("work_email"),
        employeeNumber=person["number"],
        firstName=person["first_name"],
        lastName=person["last_name"],
        title=person.get("title"),
        officeId=places["offices"].get(person["office"]),
        departmentId=places["departments"].get(person["department"]),
        costCenterId=costs.get(person.get("cost_center", "")),
        workEmail=person.get("work_email"),
        privateEmail=person.get("private_email"),
        workPhone=person.get("work_phone"),
        privatePhone=person.get("private_phone"),
        ssn=person.get("identity_number"),
        ssnCountry=person.get("identity_country"),
        birthDate=person.get("birth_date"),
        gender=person.get("gender"),
        nationality=person.get("nationality"),
        bankAccount=person.get("bank"),
        homeAddress=_address(person),
        custom=person.get("custom"),
    )
    for employment in person["employments"]:
        store.add(
            "employment",
            employeeId=employee["id"],
            typeId=employment_type(store, employment["kind"]),
            startDate=employment["start"],
            endDate=employment.get("end"),
            effectiveEndDate=employment.get("end"),
            terminated="end" in employment,
            rate=employment["rate"],
            country=employment["country"],
        )
    for pay in person["compensations"]:
        add_compensation(store, employee["id"], pay["start"], pay["amount"], pay["currency"], pay["period"])
    if "hours_per_week" in person:
        zone = store.rows["office"].get(employee.get("officeId", ""), {}).get("timezone", "Europe/Stockholm")
        start = min((e["start"] for e in person["employments"]), default="2020-01-01")
        store.add("work-week", employeeId=employee["id"], effectiveFrom=start, **_week(person["hours_per_week"], zone))
    return employee


def add_compensation(store: Store, employee_id: str, start: str, amount: float, currency: str, period: str) -> Row:
    return store.add(
        "compensation",
        employeeId=employee_id,
        amount=amount,
        effectiveDate=start,
        baseAmount=amount,
        exchangeRate=1,
        currency=currency,
        payoutDay=25,
        payoutPeriod=period,
        payoutFrequency="MONTH",
        salarySchedule="ADVANCE",
        paidOvertime=period == "HOURLY",
    )


def employment_type(store: Store, name: str) -> str:
    """The id of the employment type of that name, which is made on first use."""
    for row in store.rows["employment-type"].values():
        if row["name"] == name:
            return str(row["id"])
    row = store.add("employment-type", name=name, vacation=True)
    if name in BUILT_IN_TYPES:
        del row["companyId"]  # the built-in ones belong to no company
    return str(row["id"])


BUILT_IN_TYPES = {
    "permanent_employment",
    "fixed_term_employment",
    "probationary_employment",
    "hourly_employment",
    "internship",
}


def _address(person: Person) -> dict[str, Any] | None:
    address = person.get("address")
    if address is None:
        return None
    renamed = {"postal_code": "postalCode"}
    return {renamed.get(key, key): value for key, value in address.items()}


def _office_week(store: Store, office: Row, hours: float) -> None:
    store.add("work-week", officeId=office["id"], effectiveFrom="2015-01-01", **_week(hours, office["timezone"]))


def _week(hours: float, zone: str) -> dict[str, Any]:
    """A work week spread over Monday to Friday; durations in minutes (the API does not state the unit)."""
    minutes = round(hours * 60)
    daily = minutes / len(WEEKDAYS)
    start = 8 * 60
    end = round(start + daily)
    shift = {
        "startHour": start // 60,
        "startMinute": start % 60,
        "endHour": end // 60,
        "endMinute": end % 60,
        "duration": daily,
    }
    days: dict[str, Any] = {day: {"working": True, "duration": daily, "shifts": [dict(shift)]} for day in WEEKDAYS}
    days |= {day: {"working": False, "duration": 0, "shifts": []} for day in WEEKEND}
    return {"timezone": zone, "duration": minutes, **days}
