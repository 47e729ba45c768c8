"""The field table, and an employee of Fortnox as a record.

Plan, preview, documentation and every request are made from this one table; what is not in it is left as Fortnox has
it. Names: Fortnox API v3, Employee and Employee_DatedWage. A record of Fortnox has room for one employment; pay is a
list of its own, from a day on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale

from bot.domain.findings import Finding
from bot.domain.record import Level, Part, Record, Value
from bot.providers.fortnox.settings import TEN, chosen
from bot.providers.kit.countries import country_code
from bot.providers.kit.held_employment import HeldEmployment, unclear_employments
from bot.providers.kit.json_values import amount_of, day_of, digits_of, text_of
from bot.providers.kit.swedish_identity import shown_identity
from bot.providers.kit.swedish_phone import swedish_phone
from bot.providers.protocol import FieldSpec, Settings, Write

Json = Mapping[str, Any]

FIRST_DAY = date(1970, 1, 1)
"""From when the first row of every history of pay holds."""

_SWEDISH = Locale("sv").territories


@dataclass(frozen=True, slots=True)
class FortnoxColumn:
    """A rule, and how its value is read and written."""

    rule: FieldSpec
    read: Callable[[Any], Value]
    write: Callable[[Value], Any]


def _country(value: Any) -> Value:
    return country_code(text_of(value)) or text_of(value)


def _postal_code(value: Value) -> str:
    code = str(value)
    return f"{code[:3]} {code[3:]}" if len(code) == 5 and code.isdecimal() else code


def sent_text(value: Value) -> Any:
    """A value as Fortnox takes it: days and amounts are texts, and "" takes a value away."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value


def _column(
    level: Level,
    key: str,
    source: str,
    target: str,
    read: Callable[[Any], Value] = text_of,
    write: Callable[[Value], Any] = sent_text,
    *,
    when: Write = Write.ALWAYS,
    private: bool = False,
    required: bool = False,
    takes_back: bool = False,
    note: str | None = None,
    beside: tuple[str, ...] = (),
) -> FortnoxColumn:
    rule = FieldSpec(
        key=key, level=level, source=source, target=target, write=when, private=private, required=required,
        takes_back=takes_back, transformation=f"fortnox.field.{note}" if note else None, beside=beside,
    )  # fmt: skip
    return FortnoxColumn(rule, read, write)


_P, _E, _T = Level.PERSON, Level.EMPLOYMENT, Level.TERMS
_ONCE, _EMPTY = Write.CREATE_ONLY, Write.WHEN_EMPTY

COLUMNS: tuple[FortnoxColumn, ...] = (
    _column(_P, "number", "employeeNumber", "EmployeeId", when=_ONCE, required=True, note="number"),
    _column(_P, "first_name", "firstName", "FirstName", required=True),
    _column(_P, "last_name", "lastName", "LastName", required=True),
    _column(
        _P, "identity_number", "ssn", "PersonalIdentityNumber", shown_identity,
        when=_EMPTY, private=True, note="identity_number",
    ),
    _column(_P, "email", "workEmail, privateEmail", "Email", required=True, note="email"),
    _column(_P, "phone", "privatePhone", "Phone1", swedish_phone, note="phone"),
    _column(_P, "work_phone", "workPhone", "Phone2", swedish_phone, note="phone"),
    _column(_P, "title", "title", "JobTitle", note="title"),
    _column(_P, "street", "homeAddress.street", "Address2"),
    _column(_P, "postal_code", "homeAddress.postalCode", "PostCode", digits_of, _postal_code),
    _column(_P, "city", "homeAddress.city", "City"),
    _column(
        _P, "country", "homeAddress.country", "Country", _country,
        lambda value: _SWEDISH.get(str(value), str(value)), note="country",
    ),
    _column(_P, "clearing_number", "bankAccount", "ClearingNo", digits_of, private=True, note="bank_account"),
    _column(_P, "bank_account", "bankAccount", "BankAccountNo", digits_of, private=True, note="bank_account"),
    _column(_P, "cost_center", "costCenter, department", "CostCenter", note="cost_center"),
    _column(_E, "end_date", "employment.endDate", "EmployedTo", day_of, takes_back=True, note="end_date"),
    _column(
        _E, "inactive", "", "Inactive", lambda value: str(value).lower() == "true",
        when=Write.ALONG, beside=("end_date",), note="inactive",
    ),
    _column(_E, "employment_form", "employmentType.name", "EmploymentForm", required=True, note="employment_form"),
    _column(_E, "personnel_type", "", "PersonelType", when=_EMPTY, required=True, note="setting"),
    _column(
        _E, "remuneration_type", "compensation.payoutPeriod", "SalaryForm", required=True, note="remuneration_type"
    ),
    _column(
        _E, "full_time_equivalent", "employment.rate", "FullTimeEquivalent", amount_of,
        lambda value: float(str(value)), note="full_time_equivalent",
    ),
    _column(
        _T, "salary", "compensation.amount", "DatedWages.MonthlySalary", amount_of,
        private=True, takes_back=True, note="salary",
    ),
    _column(
        _T, "hourly_wage", "compensation.amount", "DatedWages.HourlyPay", amount_of,
        private=True, takes_back=True, note="pay",
    ),
)  # fmt: skip

FIELDS: tuple[FieldSpec, ...] = tuple(column.rule for column in COLUMNS)

OF_LEVEL: Mapping[Level, Mapping[str, FortnoxColumn]] = {
    level: {column.rule.key: column for column in COLUMNS if column.rule.level is level} for level in Level
}


def key_of(name: str | None) -> str | None:
    """Our key for a field that Fortnox names in a refusal, in any case; None if unknown."""
    if name is None:
        return None
    others = {"employmentdate": "start_date", "datedwages": "salary"}
    found = {column.rule.target.rpartition(".")[2].lower(): column.rule.key for column in COLUMNS}
    return (found | others).get(name.lower())


def fields_of(level: Level, values: Mapping[str, Value], settings: Settings) -> dict[str, Any]:
    """A person's or an employment's values, as a body has them."""
    columns = OF_LEVEL[level]
    body = {columns[key].rule.target: columns[key].write(value) for key, value in values.items()}
    if values.get("identity_number") and chosen(settings, "identity_format") == TEN:
        body["PersonalIdentityNumber"] = str(values["identity_number"])[-10:]
    return body


def wage_of(row: Json, number: str, day: date, values: Mapping[str, Value]) -> dict[str, Any]:
    """A row of pay from a day on, with these values in the place of a row's own."""
    kept = {name: text for name in ("MonthlySalary", "HourlyPay") if (text := text_of(row.get(name))) is not None}
    new = {OF_LEVEL[_T][key].rule.target.rpartition(".")[2]: sent_text(value) for key, value in values.items()}
    # What is taken back is left out: the history is sent whole.
    paid = {name: text for name, text in {**kept, **new}.items() if text != ""}
    return {"EmployeeId": number, "FirstDay": day.isoformat(), **paid}


def wages_of(held: Json) -> dict[date | None, Json]:
    """The rows of pay by their first day, earliest first; None for a day that cannot be read."""
    rows = held.get("DatedWages")
    whole = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    return dict(sorted(((day_of(row.get("FirstDay")), row) for row in whole), key=lambda one: one[0] or date.min))


def _values(level: Level, shown: Json) -> dict[str, Value]:
    return {
        key: column.read(shown.get(column.rule.target.rpartition(".")[2])) for key, column in OF_LEVEL[level].items()
    }


def record_of(held: Json) -> Record:
    """An employee as a record. The pay in force on the first day of employment stands under that day."""
    parts = [Part(_P, (), _values(_P, held))]
    start = day_of(held.get("EmploymentDate"))
    if start is None:
        return tuple(parts)
    parts.append(Part(_E, (start,), _values(_E, held)))
    rows = {day: row for day, row in wages_of(held).items() if day is not None}
    begun = max((day for day in rows if day <= start), default=None)
    by_day = {} if begun is None else {start: rows[begun]}
    by_day |= {day: row for day, row in rows.items() if day > start}
    parts += [Part(_T, (start, day), _values(_T, row)) for day, row in by_day.items()]
    return tuple(parts)


def unclear_of(held: Json) -> dict[date | None, Finding]:
    """Why the employment cannot be compared, by first day."""
    if not held.get("EmploymentDate"):
        return {}
    rows: Any = held.get("DatedWages")
    # What is no row has no day that could be read.
    rows = [row if isinstance(row, dict) else {} for row in rows] if isinstance(rows, list) else []
    days: Sequence[date | None] = [day_of(row.get("FirstDay")) for row in rows]
    has_end = not held.get("EmployedTo") or day_of(held["EmployedTo"]) is not None
    return unclear_employments([HeldEmployment(day_of(held["EmploymentDate"]), days, has_end)])
