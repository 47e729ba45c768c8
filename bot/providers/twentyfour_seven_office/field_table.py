"""The field table, and an employee with employments as a record.

Plan, preview, documentation and every request are made from this one table; what is not in it is sent back as
24SevenOffice shows it. Names: its Payroll API 2.0, objects of /employee/v2 and /employment/v2. Pay and the employee's
own percentage are single values with the day from which they hold, and stand in the record of each employment in force.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Part, Record, Value
from bot.providers.kit.amounts import to_cents
from bot.providers.kit.held_employment import HeldEmployment, unclear_employments
from bot.providers.kit.json_values import amount_of, day_of, digits_of, text_of
from bot.providers.kit.norwegian_phone import held_phone
from bot.providers.protocol import FieldSpec, Write
from bot.providers.twentyfour_seven_office.reference_data import UNITS, TwentyFourLists

Json = Mapping[str, Any]

PRIMARY, NOT_PRIMARY = "1", "0"
MONTHLY, HOURLY = "monthly", "hourly"
AMOUNTS = {MONTHLY: "monthly_salary", HOURLY: "hourly_wage"}
PAY = (*AMOUNTS.values(), "remuneration_type")


@dataclass(frozen=True, slots=True)
class HeldStaff:
    """An employee as 24SevenOffice shows them, with employments."""

    employee: Json = field(repr=False)
    jobs: Sequence[Json] = field(default=(), repr=False)

    def by_start(self) -> dict[date, Json]:
        """Employments by first day."""
        days = ((day_of(job.get("startdate")), job) for job in self.jobs)
        return {day: job for day, job in days if day is not None}

    def in_force(self, today: date) -> list[date]:
        """First days of the employments that run today; else of the one that began last; else of the next one."""
        starts = sorted(self.by_start())
        begun = [day for day in starts if day <= today]
        running = [day for day in begun if (day_of(self.by_start()[day].get("enddate")) or date.max) >= today]
        return running or begun[-1:] or starts[:1]


@dataclass(frozen=True, slots=True)
class TwentyFourColumn:
    """A rule, and how its value is read. Without `read` it is read and written by code."""

    rule: FieldSpec
    read: Callable[[Any], Value] | None


def sent_text(value: Value) -> str:
    """A value as 24SevenOffice takes it: everything is a text, and "" is nothing."""
    if isinstance(value, Decimal):
        return f"{to_cents(value):f}"
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _identity(value: Any) -> Value:
    digits = digits_of(value) or ""
    # A birth date may stand in its place, and a number takes the place of that.
    return digits if re.fullmatch(r"[0-9]{11}", digits) else None


def _account(value: Any) -> Value:
    number = (digits_of(value) or "").upper()
    return number[4:] if re.fullmatch(r"NO[0-9]{13}", number) else number or None


def _column(
    level: Level,
    key: str,
    source: str,
    target: str,
    read: Callable[[Any], Value] | None = text_of,
    *,
    write: Write = Write.ALWAYS,
    private: bool = False,
    required: bool = False,
    takes_back: bool = False,
    note: str | None = None,
    beside: tuple[str, ...] = (),
) -> TwentyFourColumn:
    rule = FieldSpec(
        key=key, level=level, source=source, target=target, write=write, private=private, required=required,
        takes_back=takes_back, transformation=f"twentyfour_seven_office.field.{note}" if note else None, beside=beside,
    )  # fmt: skip
    return TwentyFourColumn(rule, read)


_P, _E = Level.PERSON, Level.EMPLOYMENT
_ONCE, _EMPTY = Write.CREATE_ONLY, Write.WHEN_EMPTY

COLUMNS: tuple[TwentyFourColumn, ...] = (
    _column(_P, "number", "employeeNumber", "empId", write=_ONCE, required=True, note="number"),
    _column(_P, "first_name", "firstName", "firstname", required=True),
    _column(_P, "last_name", "lastName", "lastname", required=True),
    _column(_P, "identity_number", "ssn", "personnr", _identity, write=_EMPTY, private=True, note="identity_number"),
    _column(_P, "email", "workEmail, privateEmail", "email", note="email"),
    _column(_P, "phone", "privatePhone, workPhone", "telefon", held_phone, note="phone"),
    _column(_P, "street", "homeAddress.street", "postaddress"),
    _column(_P, "postal_code", "homeAddress.postalCode", "zipcode"),
    _column(_P, "city", "homeAddress.city", "city"),
    _column(_P, "country", "homeAddress.country", "countryCode", note="country"),
    _column(_P, "bank_account", "bankAccount", "account", _account, private=True, note="bank_account"),
    _column(_P, "bic", "bankAccount", "bic", private=True, note="bic"),
    _column(_P, "start_date", "employment.startDate", "employee_date", day_of, write=_ONCE, note="start_date"),
    _column(_P, "department", "department.name", "accounting", None, note="unit"),
    _column(_P, "cost_center", "costCenter.name", "accounting", None, note="unit"),
    _column(_E, "end_date", "employment.endDate", "enddate", day_of, takes_back=True, note="end_date"),
    _column(_E, "end_reason", "", "enddate_reason", write=_EMPTY, note="setting"),
    _column(_E, "division", "", "enterprise_number", None, write=_ONCE, required=True, note="division"),
    _column(_E, "occupation_code", "custom", "profession_code", write=_ONCE, required=True, note="occupation_code"),
    _column(
        _E, "employment_form", "employmentType.name", "employment_form", required=True, note="employment_form"
    ),
    _column(_E, "employment_type", "", "employment_type", write=_ONCE, required=True, note="new_only"),
    _column(_E, "working_hours_scheme", "", "working_times", write=_ONCE, required=True, note="new_only"),
    _column(_E, "primary_employment", "", "primary_employment", None, note="primary_employment"),
    _column(_E, "percentage", "employment.rate", "employment_rate", amount_of, required=True),
    _column(
        _E, "employee_percentage", "employment.rate", "employee: employment_rate", None, required=True,
        note="employee_percentage",
    ),
    _column(
        _E, "remuneration_type", "compensation.payoutPeriod", "employee: salary_type", None, note="remuneration_type"
    ),
    _column(
        _E, "monthly_salary", "compensation.amount", "employee: salary", None, private=True, note="monthly_salary"
    ),
    _column(_E, "hourly_wage", "compensation.amount", "employee: salary", None, private=True, note="hourly_wage"),
    _column(
        _E, "effective_from", "compensation.effectiveDate", "employee: salary_valid_from", None,
        write=Write.ALONG, beside=PAY, note="effective_from",
    ),
)  # fmt: skip

FIELDS: tuple[FieldSpec, ...] = tuple(column.rule for column in COLUMNS)

OF_LEVEL: Mapping[Level, Mapping[str, TwentyFourColumn]] = {
    level: {column.rule.key: column for column in COLUMNS if column.rule.level is level} for level in Level
}


def key_of(words: str | None) -> str | None:
    """Our key for the field that a refusal names; None where it names none, or several."""
    said = set(re.findall(r"\w+", (words or "").lower()))
    names = {column.rule.target.rpartition(" ")[2].lower(): column.rule.key for column in COLUMNS}
    found = {names[name] for name in said & names.keys()}
    return found.pop() if len(found) == 1 else None


def job_body(values: Mapping[str, Value], lists: TwentyFourLists) -> dict[str, str]:
    """An employment's own values, as they are sent."""
    columns = OF_LEVEL[_E]
    body = {columns[key].rule.target: sent_text(value) for key, value in values.items() if columns[key].read}
    if "division" in values:
        body["enterprise_number"] = lists.site_number(str(values["division"]))
    if "primary_employment" in values:
        body["primary_employment"] = PRIMARY if values["primary_employment"] else NOT_PRIMARY
    if "end_date" in values and values["end_date"] is None:
        body["enddate_reason"] = ""
    return body


def person_body(values: Mapping[str, Value], shown: Json, lists: TwentyFourLists) -> dict[str, Any]:
    """A person's values, as they are sent. `shown` has the accounting that a unit goes into."""
    columns = OF_LEVEL[_P]
    body: dict[str, Any] = {
        columns[key].rule.target: sent_text(value) for key, value in values.items() if columns[key].read
    }
    if "bank_account" in values:
        # They are of an account, and not of a person.
        body = {"bic": "", "clearingno": "", **body}
    units = {key: str(values[key]) for key in UNITS if values.get(key) is not None}
    if units:
        body["accounting"] = lists.accounting(shown.get("accounting"), units)
    return body


def pay_body(values: Mapping[str, Value]) -> dict[str, str]:
    """Pay, as it is sent, but for its day."""
    amounts = [values[key] for key in AMOUNTS.values() if values.get(key) is not None]
    body = {"salary": sent_text(amounts[0])} if amounts else {}
    if "remuneration_type" in values:
        body["salary_type"] = sent_text(values["remuneration_type"])
    return body


def pay_day(employee: Json) -> date | None:
    """The day from which the pay that is shown holds."""
    return day_of(employee.get("salary_valid_from"))


def _person_values(employee: Json, lists: TwentyFourLists) -> dict[str, Value]:
    shown = {key: column.read(employee.get(column.rule.target)) for key, column in OF_LEVEL[_P].items() if column.read}
    return shown | lists.units_of(employee.get("accounting"))


def _pay_values(employee: Json, start: date, today: date) -> dict[str, Value]:
    """Pay; nothing where the pay that is shown begins later, as that of today is then not known."""
    day, kind = pay_day(employee), text_of(employee.get("salary_type"))
    if day is not None and day > max(today, start):
        return {}
    amount = amount_of(employee.get("salary"))
    return {
        "remuneration_type": kind,
        **{key: amount if kind == of_kind else None for of_kind, key in AMOUNTS.items()},
        "effective_from": day,
    }


def record_of(held: HeldStaff, today: date, lists: TwentyFourLists) -> Record:
    """An employee as a record, as of today."""
    parts = [Part(_P, (), _person_values(held.employee, lists))]
    paid = held.in_force(today)
    chosen = any(held.by_start()[start].get("primary_employment") == PRIMARY for start in paid)
    for start, job in held.by_start().items():
        values = {key: column.read(job.get(column.rule.target)) for key, column in OF_LEVEL[_E].items() if column.read}
        values["division"] = lists.site_label(job.get("enterprise_number"))
        primary = job.get("primary_employment") == PRIMARY
        if start in paid and (primary or not chosen):
            # Beside another one that payroll has chosen, it need not be the primary one.
            values["primary_employment"] = primary
        if start in paid:
            values |= _pay_values(held.employee, start, today)
            from_day = day_of(held.employee.get("employment_rate_valid_from"))
            if len(paid) == 1 and (from_day is None or from_day <= max(today, start)):
                values["employee_percentage"] = amount_of(held.employee.get("employment_rate"))
        parts.append(Part(_E, (start,), values))
    return tuple(parts)


def unclear_of(held: HeldStaff, today: date) -> dict[date | None, Finding]:
    """Why employments cannot be compared, by first day; a warning where that is so of pay alone."""
    found: dict[date | None, Finding] = {}
    day = pay_day(held.employee)
    for start in held.in_force(today):
        if day is not None and day > max(today, start):
            found[start] = Finding("twentyfour_seven_office_pay_ahead", Severity.WARNING, "salary", {"day": day})
    return found | unclear_employments(
        HeldEmployment(
            start=day_of(job.get("startdate")),
            has_end=not job.get("enddate") or day_of(job["enddate"]) is not None,
        )
        for job in held.jobs
    )
