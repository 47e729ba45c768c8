"""The field table, and a person with employments and lines as a record.

Plan, preview, documentation and every request are made from this one table; what is not in it is left as Go has it.
Names: PowerOffice Go API v2, EmployeeDto, EmploymentDto, EmploymentSalaryDto, EmploymentFtePercentageDto and those for
PATCH. What holds of an employment now stands on the employment; salaries are terms of the day on which they begin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.findings import Finding
from bot.domain.record import Level, Part, Record, Value
from bot.providers.kit.held_employment import HeldEmployment, unclear_employments
from bot.providers.kit.json_values import day_of, digits_of, number_of, text_of
from bot.providers.kit.norwegian_phone import held_phone
from bot.providers.protocol import FieldSpec, Write

Json = Mapping[str, Any]
Ids = Callable[[str, str], int]
"""The id that a label stands for: (list, label) -> id."""
Labels = Callable[[str, Any], Value]
"""And the other way round; an id that the list lacks is its own label."""

HIDDEN = "hidden"
"""What Go shows in the place of an identity number, unless a special privilege was given."""

FIXED, HOURLY = "FixedWage", "HourlyWage"
SALARY = frozenset({"annual_salary", "hourly_wage", "remuneration_type"})


@dataclass(frozen=True, slots=True)
class HeldJob:
    """An employment as Go shows it, with its salaries and percentages."""

    job: Json = field(repr=False)
    salaries: Sequence[Json] = field(repr=False)
    percentages: Sequence[Json] = field(repr=False)

    @property
    def start(self) -> date | None:
        """Its first day."""
        return day_of(self.job.get("StartDate"))

    def percentage_on(self, today: date) -> Json:
        """The percentage that holds today, or on its first or last day if it lies ahead or is over; {} for none."""
        day = min(max(today, self.start or today), day_of(self.job.get("EndDate")) or date.max)
        begun = [row for row in self.percentages if (day_of(row.get("FromDate")) or date.max) <= day]
        return max(begun, key=lambda row: str(row["FromDate"]), default={})


@dataclass(frozen=True, slots=True)
class HeldPerson:
    """An employee as Go shows them, with employments and bank accounts."""

    employee: Json = field(repr=False)
    jobs: Sequence[HeldJob] = ()
    accounts: Sequence[Json] = field(default=(), repr=False)

    def by_start(self) -> dict[date, HeldJob]:
        """Employments by first day."""
        return {held.start: held for held in self.jobs if held.start is not None}


@dataclass(frozen=True, slots=True)
class GoColumn:
    """A rule, how its value is read, and the list that it is an id of. `path` leads to it in Go's JSON; without one
    the value is read and written by code."""

    rule: FieldSpec
    path: tuple[str, ...]
    read: Callable[[Any], Value]
    register: str | None = None

    def sent(self, value: Value, ids: Ids) -> Any:
        """The value as Go takes it."""
        if self.register is not None and value is not None:
            return ids(self.register, str(value))
        if self.rule.key == "number":
            return int(str(value))
        return value.isoformat() if isinstance(value, date) else value


def _column(
    level: Level,
    key: str,
    source: str,
    target: str,
    read: Callable[[Any], Value] = text_of,
    *,
    write: Write = Write.ALWAYS,
    private: bool = False,
    required: bool = False,
    note: str | None = None,
    register: str | None = None,
    by_code: bool = False,
    fills: Value = None,
) -> GoColumn:
    rule = FieldSpec(
        key=key, level=level, source=source, target=target, write=write, private=private, required=required,
        fills=fills, transformation=f"poweroffice_go.field.{note}" if note else None,
    )  # fmt: skip
    return GoColumn(rule, () if by_code else tuple(target.split(".")), read, register)


_P, _E, _T = Level.PERSON, Level.EMPLOYMENT, Level.TERMS
_ONCE, _EMPTY = Write.CREATE_ONLY, Write.WHEN_EMPTY

COLUMNS: tuple[GoColumn, ...] = (
    _column(_P, "number", "employeeNumber", "Number", write=_ONCE, required=True, note="number"),
    _column(_P, "first_name", "firstName", "FirstName", required=True),
    _column(_P, "last_name", "lastName", "LastName", required=True),
    _column(_P, "birth_date", "birthDate", "DateOfBirth", day_of),
    _column(
        _P, "identity_number", "ssn", "NationalIdNumber", digits_of, write=_EMPTY, private=True, note="identity_number"
    ),
    _column(_P, "email", "workEmail, privateEmail", "EmailAddress", note="email"),
    _column(_P, "phone", "privatePhone, workPhone", "PhoneNumber", held_phone, note="phone"),
    _column(_P, "title", "title", "JobTitle"),
    _column(_P, "department", "department.name", "DepartmentId", register="Departments", note="department"),
    _column(_P, "street", "homeAddress.street", "MailAddress.AddressLine1"),
    _column(_P, "postal_code", "homeAddress.postalCode", "MailAddress.ZipCode", note="address"),
    _column(_P, "city", "homeAddress.city", "MailAddress.City", note="address"),
    _column(_P, "country", "homeAddress.country", "MailAddress.CountryCode", note="country", fills="NO"),
    _column(
        _P, "bank_account", "bankAccount", "SalaryBankAccountId", private=True, note="bank_account", by_code=True
    ),
    _column(_P, "external_id", "id", "ExternalImportReference", write=_ONCE, note="external_id"),
    _column(_E, "end_date", "employment.endDate", "EndDate", day_of, note="end_date"),
    _column(_E, "end_reason", "", "EndDateReason", write=_EMPTY, note="setting"),
    _column(
        _E, "division", "", "EnterpriseId", write=_ONCE, required=True, register="Enterprises", note="division"
    ),
    _column(_E, "occupation_code", "custom", "ProfessionCode", write=_ONCE, required=True, note="occupation_code"),
    _column(_E, "employment_form", "employmentType.name", "EmploymentForm", required=True, note="employment_form"),
    _column(_E, "employment_type", "", "EmploymentType", write=_ONCE, required=True, note="payroll_settings"),
    _column(
        _E, "working_hours_scheme", "", "WorkingHoursArrangement", write=_ONCE, required=True, note="payroll_settings"
    ),
    _column(
        _E, "full_time_hours", "", "FullTimeHoursPerWeek", number_of, write=_ONCE, required=True,
        note="payroll_settings",
    ),
    _column(
        _E, "percentage", "employment.rate", "FtePercentages.FtePercentage", number_of, required=True,
        note="percentage", by_code=True,
    ),
    _column(_T, "remuneration_type", "compensation.payoutPeriod", "RemunerationType", note="remuneration_type"),
    _column(_T, "annual_salary", "compensation.amount", "AnnualSalary", number_of, private=True, note="annual_salary"),
    _column(_T, "hourly_wage", "compensation.amount", "HourlyRate", number_of, private=True, note="hourly_wage"),
)  # fmt: skip

FIELDS: tuple[FieldSpec, ...] = tuple(column.rule for column in COLUMNS)

OF_LEVEL: Mapping[Level, Mapping[str, GoColumn]] = {
    level: {column.rule.key: column for column in COLUMNS if column.rule.level is level} for level in Level
}


def key_of(name: str) -> str | None:
    """Our key for a field that Go names in a refusal, such as `MailAddress.City`; None if unknown."""
    last = name.replace("/", ".").rsplit(".", 1)[-1].lower()
    if last in ("startdate", "fromdate"):
        return "start_date"
    if last == "bankaccountnumber":
        return "bank_account"
    found = (c.rule.key for c in COLUMNS if last in (c.rule.target.rsplit(".", 1)[-1].lower(), *map(str.lower, c.path)))
    return next(found, None)


def body_of(level: Level, values: Mapping[str, Value], ids: Ids) -> dict[str, Any]:
    """The body of a new object with these values."""
    body: dict[str, Any] = {}
    for column, value in _paths(level, values):
        place = body
        for name in column.path[:-1]:
            place = place.setdefault(name, {})
        place[column.path[-1]] = column.sent(value, ids)
    return body


def patch_of(level: Level, values: Mapping[str, Value], ids: Ids) -> list[dict[str, Any]]:
    """The JSON Patch that sets these values."""
    return [replaced("/".join(column.path), column.sent(value, ids)) for column, value in _paths(level, values)]


def replaced(path: str, value: Any) -> dict[str, Any]:
    """One operation of a JSON Patch."""
    return {"op": "replace", "path": f"/{path}", "value": value}


def _paths(level: Level, values: Mapping[str, Value]) -> Iterable[tuple[GoColumn, Value]]:
    columns = ((OF_LEVEL[level][key], value) for key, value in values.items())
    return [(column, value) for column, value in columns if column.path]


def _values(level: Level, shown: Json, labels: Labels) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for key, column in OF_LEVEL[level].items():
        if column.path:
            value: Any = shown
            for name in column.path:
                value = value.get(name) if isinstance(value, Mapping) else None
            values[key] = labels(column.register, value) if column.register and value else column.read(value)
    return values


def salary_values(row: Json) -> dict[str, Value]:
    """A salary as record values: the amount of its kind. The other amount is Go's own sum, or somebody's rate for
    overtime, and not compared."""
    values = _values(Level.TERMS, row, lambda _list, _id: None)
    return values | {"hourly_wage" if values["remuneration_type"] == FIXED else "annual_salary": None}


def has_own_rate(row: Json, job: Json) -> bool:
    """Whether the hourly rate beside an annual salary is another one than Go makes of it (to the hundredth)."""
    rate, annual, hours = (
        number_of(value) for value in (row.get("HourlyRate"), row.get("AnnualSalary"), job.get("FullTimeHoursPerWeek"))
    )
    if not rate or row.get("RemunerationType") != FIXED:
        return False
    return not annual or not hours or abs(annual / (hours * 52) - rate) > Decimal("0.01")


def record_of(held: HeldPerson, today: date, labels: Labels) -> Record:
    """A person as a record, as of today."""
    values = _values(Level.PERSON, held.employee, labels)
    values.pop("external_id")  # others may keep theirs there: it is written with new people, and not compared
    if str(held.employee.get("NationalIdNumber")).lower() == HIDDEN:
        values.pop("identity_number")
    chosen = held.employee.get("SalaryBankAccountId")
    accounts = [account for account in held.accounts if account.get("Id") == chosen]
    if chosen is None or accounts:
        values["bank_account"] = digits_of(accounts[0].get("BankAccountNumber")) if accounts else None
    parts = [Part(Level.PERSON, (), values)]
    for start, each in held.by_start().items():
        percentage = number_of(each.percentage_on(today).get("FtePercentage"))
        job = _values(Level.EMPLOYMENT, each.job, labels) | {"percentage": percentage}
        parts.append(Part(Level.EMPLOYMENT, (start,), job))
        days = {day: row for row in each.salaries if (day := day_of(row.get("FromDate"))) is not None}
        parts += [Part(Level.TERMS, (start, day), salary_values(days[day])) for day in sorted(days)]
    return tuple(parts)


def unclear_of(held: HeldPerson) -> dict[date | None, Finding]:
    """Why employments cannot be compared, by first day."""
    return unclear_employments(
        HeldEmployment(
            start=each.start,
            days=[
                *(day_of(row.get("FromDate")) for row in each.salaries),
                *(None for row in each.percentages if day_of(row.get("FromDate")) is None),
            ],
            has_end=not each.job.get("EndDate") or day_of(each.job["EndDate"]) is not None,
        )
        for each in held.jobs
    )
