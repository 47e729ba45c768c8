"""The field table: which value goes where, when it is written, and how it is turned into Tripletex' form and back.

Plan, preview, documentation and every request body are made from this one table; what is not in it is never sent.
Names and enums: API v2 description 2.75.00. When a field is written follows Simployer's own Tripletex integration.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from bot.domain.findings import Finding
from bot.domain.record import Level, Part, Record, Value
from bot.providers.kit.held_employment import HeldEmployment, unclear_employments
from bot.providers.protocol import FieldSpec, Write

Json = Mapping[str, Any]

Read = Callable[[Any], Value]
WriteValue = Callable[[Value], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A rule with its place in Tripletex' JSON (`address.city`) and its readings in both directions.

    `register` names the list (see `reference_data.py`) that turns the value into a reference `{"id": ...}` and back.
    `readable` is False for what Tripletex never shows; `unset` is what it means by showing nothing.
    """

    rule: FieldSpec
    path: tuple[str, ...]
    read: Read
    write: WriteValue
    register: str | None = None
    readable: bool = True
    unset: Value = None


def _chosen(value: Any) -> Value:
    return None if value == "NOT_CHOSEN" else _text(value)


def _text(value: Any) -> Value:
    return (str(value).strip() or None) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _digits(value: Any) -> Value:
    text = _text(value)
    return re.sub(r"[\s.\-]", "", text) if isinstance(text, str) else None


def _phone(value: Any) -> Value:
    # Numbers typed by hand come with blanks and sometimes the country's prefix, which has a field of its own.
    digits = _digits(value)
    return re.sub(r"^(\+47|0047)", "", digits) or None if isinstance(digits, str) else None


def _day(value: Any) -> Value:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) and value else None
    except ValueError:
        return None


def _date(value: Any) -> date | None:
    day = _day(value)
    return day if isinstance(day, date) else None


def _number(value: Any) -> Value:
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _hours(value: Any) -> Value:
    return _number(value) or None  # 0 is shown where nobody has given any


HOURS_OF_A_YEAR = 1950
"""Recorded: Tripletex makes the hourly wage of a new row of its annual salary, in whole kroner; overtime is paid by it.
A correction of the annual salary through the API leaves it as it was, where Tripletex' own screen makes it anew."""


def hourly_rate(values: Mapping[str, Value]) -> Value:
    """The hourly wage that Tripletex makes of the annual salary of a row; None where that cannot be read."""
    annual = values.get("annual_salary")
    if not isinstance(annual, Decimal):
        return None
    return (annual / HOURS_OF_A_YEAR).quantize(Decimal(1), ROUND_HALF_UP)


def _as_is(value: Value) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _column(
    level: Level,
    key: str,
    source: str,
    target: str,
    read: Read = _text,
    *,
    register: str | None = None,
    readable: bool = True,
    unset: Value = None,
    write: Write = Write.ALWAYS,
    private: bool = False,
    required: bool = False,
    note: str | None = None,
    beside: tuple[str, ...] = (),
    derived: Callable[[Mapping[str, Value]], Value] | None = None,
    stays: bool = False,
) -> Column:
    rule = FieldSpec(
        key=key,
        level=level,
        source=source,
        target=target,
        write=write,
        private=private,
        required=required,
        transformation=f"tripletex.field.{note}" if note else None,
        beside=beside,
        derived=derived,
        stays=stays,
    )
    return Column(rule, tuple(target.split(".")), read, _as_is, register, readable, unset)


_P, _E, _T = Level.PERSON, Level.EMPLOYMENT, Level.TERMS

COLUMNS: tuple[Column, ...] = (
    _column(_P, "number", "employeeNumber", "employeeNumber", write=Write.CREATE_ONLY, required=True),
    _column(_P, "first_name", "firstName", "firstName", required=True),
    _column(_P, "last_name", "lastName", "lastName", required=True),
    _column(_P, "birth_date", "birthDate", "dateOfBirth", _day, required=True, note="birth_date"),
    _column(
        _P, "identity_number", "ssn", "nationalIdentityNumber", _digits,
        write=Write.WHEN_EMPTY, private=True, note="identity_number",
    ),
    _column(_P, "d_number", "ssn", "dnumber", _digits, write=Write.WHEN_EMPTY, private=True, note="d_number"),
    _column(_P, "email", "workEmail, privateEmail", "email", write=Write.CREATE_ONLY, note="email"),
    _column(_P, "mobile_phone", "privatePhone", "phoneNumberMobile", _phone, note="phone"),
    _column(
        _P, "mobile_country", "privatePhone", "phoneNumberMobileCountry",
        register="countries", unset="NO", note="mobile_country",
    ),
    _column(_P, "work_phone", "workPhone", "phoneNumberWork", _phone, note="phone"),
    _column(_P, "bank_account", "bankAccount", "bankAccountNumber", _digits, private=True, note="bank_account"),
    _column(_P, "department", "department.name", "department", register="departments", note="department"),
    _column(
        _P, "employee_category", "", "employeeCategory", register="categories", write=Write.CREATE_ONLY, note="setting"
    ),
    _column(_P, "street", "homeAddress.street", "address.addressLine1"),
    _column(_P, "postal_code", "homeAddress.postalCode", "address.postalCode"),
    _column(_P, "city", "homeAddress.city", "address.city"),
    _column(_P, "country", "homeAddress.country", "address.country", register="countries", note="country"),
    _column(_P, "user_type", "", "userType", write=Write.CREATE_ONLY, readable=False, required=True, note="setting"),
    _column(_E, "end_date", "employment.endDate", "endDate", _day, note="end_date"),
    _column(_E, "end_reason", "", "employmentEndReason", write=Write.WHEN_EMPTY, note="setting"),
    _column(
        _E, "division", "", "division", register="divisions", write=Write.CREATE_ONLY, required=True, note="division"
    ),
    _column(_T, "percentage", "employment.rate", "percentageOfFullTimeEquivalent", _number, required=True),
    _column(
        _T, "annual_salary", "compensation.amount", "annualSalary", _number,
        private=True, note="annual_salary", stays=True,
    ),
    _column(
        _T, "hourly_wage", "compensation.amount", "hourlyWage", _number,
        private=True, note="hourly_wage", derived=hourly_rate, stays=True,
    ),
    _column(
        _T, "occupation_code", "custom", "occupationCode", register="occupation_codes", note="occupation_code"
    ),
    _column(_T, "employment_type", "", "employmentType", _chosen, write=Write.WHEN_EMPTY, note="setting"),
    _column(_T, "employment_form", "employmentType.name", "employmentForm", _chosen, note="employment_form"),
    _column(
        _T, "remuneration_type", "compensation.payoutPeriod", "remunerationType", _chosen, note="remuneration_type"
    ),
    _column(_T, "working_hours_scheme", "", "workingHoursScheme", _chosen, write=Write.WHEN_EMPTY, note="setting"),
    _column(
        _T, "shift_hours", "", "shiftDurationHours", _hours,
        write=Write.ALONG, beside=("working_hours_scheme",), note="setting",
    ),
)  # fmt: skip

FIELDS: tuple[FieldSpec, ...] = tuple(column.rule for column in COLUMNS)

OF_LEVEL: Mapping[Level, Mapping[str, Column]] = {
    level: {column.rule.key: column for column in COLUMNS if column.rule.level is level} for level in Level
}

_REGISTER_FIELDS = {
    "departments": "(id,name)",
    "divisions": "(id,name,organizationNumber)",
    "categories": "(id,name)",
    "countries": "(id,isoAlpha2Code)",
    "occupation_codes": "(id,code)",
}


def _asked(level: Level) -> str:
    """The `fields` filter of one level: every readable column, references opened as far as their label needs."""
    plain: list[str] = ["id", "version"]
    nested: dict[str, list[str]] = {}
    for column in OF_LEVEL[level].values():
        if not column.readable:
            continue
        name = column.path[-1] + (_REGISTER_FIELDS[column.register] if column.register else "")
        if len(column.path) == 2:
            nested.setdefault(column.path[0], ["id"]).append(name)
        else:
            plain.append(name)
    return ",".join(plain + [f"{name}({','.join(inner)})" for name, inner in nested.items()])


CARRIED = ("payrollTaxMunicipalityId", "maritimeEmployment")
"""Fields of a salary row that no HR system has: payroll's own, read to be carried over into a new row."""

_CARRIED_FIELDS = "payrollTaxMunicipalityId(id),maritimeEmployment"

PERSON_FIELDS = (
    f"{_asked(_P)},allowInformationRegistration,"
    f"employments({_asked(_E)},startDate,employmentDetails({_asked(_T)},date,{_CARRIED_FIELDS}))"
)
"""Everything of a person in one request: a list of employments without an employee gives one row only."""


def key_of(target_field: str) -> str | None:
    """Our key for a field that Tripletex names in a refusal, such as `employments.division.id`; None if unknown."""
    names = [name for name in re.split(r"[.\[\]\d]+", target_field) if name and name not in ("id", "null")]
    for name in reversed(names):
        if name in ("startDate", "date"):
            return "start_date"
        for column in COLUMNS:
            if name == column.path[-1] or name == column.path[0]:
                return column.rule.key
    return None


Labels = Callable[[str, Json], Value]
"""The value that stands for a reference: (register, the reference as Tripletex shows it) -> label."""


def values_of(level: Level, shown: Json, labels: Labels) -> dict[str, Value]:
    """The values of one object by our keys. A field that Tripletex left out is left out: it could not be read."""
    values: dict[str, Value] = {}
    for key, column in OF_LEVEL[level].items():
        if not column.readable or column.path[0] not in shown:
            continue
        value: Any = shown
        for name in column.path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if column.register is not None:
            values[key] = labels(column.register, value) if isinstance(value, Mapping) else column.unset
        else:
            values[key] = column.read(value)
    if not values.get("mobile_phone"):
        values.pop("mobile_country", None)
    return values


def number_of(person: Json) -> str:
    """The employee number of a person as Tripletex shows them, "" for none: that of the record."""
    return str(OF_LEVEL[Level.PERSON]["number"].read(person.get("employeeNumber")) or "")


def unclear_of(person: Json) -> dict[date | None, Finding]:
    """Why employments of a person as Tripletex shows them cannot be compared, by first day."""
    return unclear_employments(
        HeldEmployment(
            start=_date(employment.get("startDate")),
            days=[_date(row.get("date")) for row in employment.get("employmentDetails") or ()],
            has_end=not employment.get("endDate") or _date(employment["endDate"]) is not None,
        )
        for employment in person.get("employments") or ()
    )


def record_of(person: Json, labels: Labels) -> Record:
    """A person as Tripletex shows them (asked with `PERSON_FIELDS`), as a record."""
    parts = [Part(Level.PERSON, (), values_of(Level.PERSON, person, labels))]
    for employment in person.get("employments") or ():
        start = _day(employment.get("startDate"))
        if not isinstance(start, date):
            continue
        parts.append(Part(Level.EMPLOYMENT, (start,), values_of(Level.EMPLOYMENT, employment, labels)))
        for row in employment.get("employmentDetails") or ():
            day = _day(row.get("date"))
            if isinstance(day, date):
                parts.append(Part(Level.TERMS, (start, day), values_of(Level.TERMS, row, labels)))
    return tuple(parts)
