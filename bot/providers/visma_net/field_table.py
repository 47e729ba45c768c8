"""The field table, and a person and their positions as records.

Plan, preview, documentation and every write are made from this one table; what is not in it is left as Visma.net has
it. An employment is a position, found by its first day. What holds of it now stands on the employment; salaries that
are to come are terms of the day on which they begin. What has been and gone is never compared, as it has been paid.
Names: Visma.net Employee API v2, changelog and FAQ, and Visma's demo client for address, e-mail, phone and bank.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.domain.findings import Finding
from bot.domain.record import Level, Part, Record, Value
from bot.providers.kit.held_employment import HeldEmployment, unclear_employments
from bot.providers.protocol import FieldSpec, Write
from bot.providers.visma_net.timeline import END, START, ahead, begins, day_of, ends, entries_of, in_force

Json = Mapping[str, Any]

EXTERNAL_KEY = "simployer"
"""Our key among an employee's `externalIds`, which belong to whoever writes them."""

NATIONAL_ID, D_NUMBER = "NationalID", "DNumber"
PERMANENT = "fast"
EMPLOYMENT_FORMS = (PERMANENT, "fastAnsattUtleid", "midlertidigAnsattUtleid", "midlertidigAnsattSomTilkallingsvikar")
"""The values of `employmentForm` that Visma has published; a tenant's own data may show others."""

ORDINARY = "Ordinary"

SALARIES: Mapping[str, str] = {"monthly_salary": "monthly", "hourly_wage": "hourly", "annual_salary": "yearly"}
"""Our field key and the `contractSalaryType` whose amount it holds: `monthly` is in `monthlySalary`, and so on."""

TIMELINES: Mapping[str, str] = {
    "employment_form": "employmentForm",
    "occupation_code": "typeOfWork",
    "work_time_agreement": "workTimeAgreement",
    "tax_unit": "taxUnitIds",
    "percentage": "partTimeFactors",
}
"""Fields of a position that are timelines of `{value, activeStart, activeEnd}`."""

REGISTERS: Mapping[str, str] = {"tax_unit": "taxUnits", "work_time_agreement": "workTimeAgreements"}
"""Fields whose value is an id of a list of the tenant; shown and compared by the list's label."""

_P, _E, _T = Level.PERSON, Level.EMPLOYMENT, Level.TERMS


def _rule(
    level: Level,
    key: str,
    source: str,
    target: str,
    *,
    write: Write = Write.ALWAYS,
    private: bool = False,
    required: bool = False,
    note: str | None = None,
    beside: Iterable[str] = (),
    takes_back: bool = False,
) -> FieldSpec:
    return FieldSpec(
        key=key,
        level=level,
        source=source,
        target=target,
        write=write,
        private=private,
        required=required,
        takes_back=takes_back,
        transformation=f"visma_net.field.{note}" if note else None,
        beside=tuple(beside),
    )


_ONCE, _ALONG = Write.CREATE_ONLY, Write.ALONG

FIELDS: tuple[FieldSpec, ...] = (
    _rule(_P, "number", "employeeNumber", "number", write=_ONCE, required=True),
    _rule(_P, "first_name", "firstName", "personNames.firstName", required=True, note="name"),
    _rule(_P, "last_name", "lastName", "personNames.lastName", required=True, note="name"),
    _rule(_P, "birth_date", "birthDate", "dateOfBirth", required=True),
    _rule(
        _P, "identity_number", "ssn", "personIds", write=Write.WHEN_EMPTY, private=True, required=True, note="identity"
    ),
    _rule(_P, "d_number", "ssn", "personIds", write=Write.WHEN_EMPTY, private=True, note="identity"),
    _rule(_P, "email", "workEmail, privateEmail", "emails", write=_ONCE, note="email"),
    _rule(_P, "phone", "privatePhone, workPhone", "phones", write=_ONCE, note="phone"),
    _rule(_P, "street", "homeAddress.street", "address.streetName"),
    _rule(_P, "postal_code", "homeAddress.postalCode", "address.zipCode"),
    _rule(_P, "city", "homeAddress.city", "address.cityName"),
    _rule(_P, "country", "homeAddress.country", "address.countryCode", required=True, note="country"),
    _rule(
        _P, "bank_account", "bankAccount", "salaryPaymentMethod.localBankAccount",
        private=True, required=True, note="bank_account",
    ),
    _rule(_P, "external_id", "id", "externalIds", write=_ALONG, note="external_id"),
    _rule(_E, "position_type", "", "typeOfPosition", write=_ONCE, required=True, note="position_type"),
    _rule(_E, "end_date", "employment.endDate", "activeEnd", note="end_date", takes_back=True),
    _rule(_E, "end_reason", "", "positionEndReason", write=Write.WHEN_EMPTY, note="setting"),
    _rule(_E, "employment_form", "employmentType.name", "employmentForm", required=True, note="employment_form"),
    _rule(_E, "occupation_code", "custom", "typeOfWork", required=True, note="occupation_code"),
    _rule(_E, "work_time_agreement", "", "workTimeAgreement", write=_ONCE, required=True, note="new_only"),
    _rule(_E, "tax_unit", "", "taxUnitIds", write=_ONCE, required=True, note="tax_unit"),
    _rule(_E, "percentage", "employment.rate", "partTimeFactors", required=True, note="timeline"),
    _rule(_E, "monthly_salary", "compensation.amount", "salaryInformation.monthlySalary", private=True, note="salary"),
    _rule(_E, "hourly_wage", "compensation.amount", "salaryInformation.hourlySalary", private=True, note="salary"),
    _rule(_E, "annual_salary", "compensation.amount", "salaryInformation.yearlySalary", private=True, note="salary"),
    _rule(
        _E, "effective_from", "compensation.effectiveDate", "salaryInformation.activeStart",
        write=_ALONG, beside=SALARIES, note="from",
    ),
    _rule(_T, "monthly_salary", "compensation.amount", "salaryInformation.monthlySalary", private=True, note="salary"),
    _rule(_T, "hourly_wage", "compensation.amount", "salaryInformation.hourlySalary", private=True, note="salary"),
    _rule(_T, "annual_salary", "compensation.amount", "salaryInformation.yearlySalary", private=True, note="salary"),
)  # fmt: skip

ADDRESS: Mapping[str, str] = {
    "street": "streetName",
    "postal_code": "zipCode",
    "city": "cityName",
    "country": "countryCode",
}

Labels = Callable[[str, str], Value]
"""The label that stands for an id: (list, id) -> label."""


def person_values(employee: Json, today: date) -> dict[str, Value]:
    """The person's fields as Visma.net holds them today."""
    name = in_force(entries_of(employee.get("personNames")), today) or _latest(employee.get("personNames")) or {}
    identity = in_force(entries_of(employee.get("personIds")), today) or {}
    address = _dict(employee.get("address"))
    payment = _dict(employee.get("salaryPaymentMethod"))
    values: dict[str, Value] = {
        "number": text_of(employee.get("number")),
        "first_name": text_of(name.get("firstName")),
        "last_name": text_of(name.get("lastName")),
        "birth_date": day_of(employee.get("dateOfBirth")),
        "identity_number": None,
        "bank_account": _digits(payment.get("localBankAccount")),
        "external_id": external_id(employee),
    }
    kind, number = text_of(identity.get("typeOfId")), _digits(identity.get("id"))
    if kind == D_NUMBER:
        values["d_number"] = number
    elif kind is None or number is None:
        values["d_number"] = None
    else:
        # An identity number replaces a D-number and never the other way round, so the latter counts as unreadable.
        values["identity_number"] = number
    values |= {key: text_of(address.get(name)) for key, name in ADDRESS.items()}
    values["email"] = next((text_of(e.get("address")) for e in entries_of(employee.get("emails"))), None)
    values["phone"] = next((text_of(p.get("number")) for p in entries_of(employee.get("phones"))), None)
    return values


def reference_day(position: Json, today: date) -> date:
    """The day on which a position is looked at: today, or its first or last day if it lies ahead or is over."""
    return min(max(today, begins(position)), ends(position))


def position_values(position: Json, today: date, labels: Labels) -> dict[str, Value]:
    """The position's fields as Visma.net holds them on its reference day."""
    day = reference_day(position, today)
    reasons = position.get("positionEndReason")
    values: dict[str, Value] = {
        "position_type": text_of(position.get("typeOfPosition")),
        "end_date": day_of(position.get("activeEnd")),
        "end_reason": text_of(reasons[0]) if isinstance(reasons, list) and reasons else None,
    }
    for key, name in TIMELINES.items():
        value = (in_force(entries_of(position.get(name)), day) or {}).get("value")
        if key == "percentage":
            values[key] = amount_of(value)
        else:
            shown = text_of(value)
            values[key] = labels(REGISTERS[key], str(shown)) if key in REGISTERS and shown else shown
    return values | salary_values(in_force(entries_of(position.get("salaryInformation")), day) or {})


def salary_values(entry: Json) -> dict[str, Value]:
    """The amount of a salary entry under the key of its kind. The two others are Visma.net's own sums."""
    kind = str(entry.get("contractSalaryType") or "monthly").lower()
    return {key: amount_of(entry.get(f"{word}Salary")) if word == kind else None for key, word in SALARIES.items()}


def record_of(employee: Json, positions: Sequence[Json], today: date, labels: Labels) -> Record:
    """An employee and their positions as a record, as of today."""
    parts = [Part(Level.PERSON, (), person_values(employee, today))]
    for start, position in by_start(positions).items():
        if position is None:
            # Two positions of one day cannot be told apart by us: nothing of them is compared.
            parts.append(Part(Level.EMPLOYMENT, (start,), {}))
            continue
        parts.append(Part(Level.EMPLOYMENT, (start,), position_values(position, today, labels)))
        parts.append(Part(Level.TERMS, (start, start), {}))
        day = reference_day(position, today)
        coming = ahead(entries_of(position.get("salaryInformation")), day)
        parts += [Part(Level.TERMS, (start, begins(entry)), salary_values(entry)) for entry in coming]
    return tuple(parts)


def unclear_of(positions: object, today: date) -> dict[date | None, Finding]:
    """Why positions, as they are embedded in an employee, cannot be compared, by first day."""
    rows = entries_of(positions)
    told_apart = by_start(rows)
    compared = []
    for row in rows:
        start = day_of(row.get(START))
        if start is None or told_apart[start] is None or told_apart[start] is row:
            compared.append(_held(row, today))
    if positions is not None and not (isinstance(positions, list) and len(positions) == len(rows)):
        compared.append(HeldEmployment(None))
    return unclear_employments(compared)


def _held(position: Json, today: date) -> HeldEmployment:
    salaries = entries_of(position.get("salaryInformation"))
    timelines = [entry for name in TIMELINES.values() for entry in entries_of(position.get(name))]
    bounds = [entry.get(bound) for entry in (*salaries, *timelines) for bound in (START, END)]
    days: list[date | None] = [begins(entry) for entry in ahead(salaries, reference_day(position, today))]
    return HeldEmployment(
        start=day_of(position.get(START)),
        days=[*days, *(None for bound in bounds if bound and day_of(bound) is None)],
        has_end=not position.get(END) or day_of(position.get(END)) is not None,
    )


def by_start(positions: Sequence[Json]) -> dict[date, Json | None]:
    """Positions by first day, earliest first; None for a day on which several begin and none alone carries our key."""
    found: dict[date, list[Json]] = {}
    for position in positions:
        if (start := day_of(position.get("activeStart"))) is not None:
            found.setdefault(start, []).append(position)
    chosen: dict[date, Json | None] = {}
    for start in sorted(found):
        ours = [p for p in found[start] if external_id(p) is not None] if len(found[start]) > 1 else found[start]
        chosen[start] = ours[0] if len(ours) == 1 else None
    return chosen


def external_id(document: Json) -> Value:
    """The id of the source that an employee or position carries under our key."""
    carried = (entry for entry in entries_of(document.get("externalIds")) if entry.get("key") == EXTERNAL_KEY)
    return next((text_of(entry.get("value")) for entry in carried), None)


_KEYS = {
    "number": "number",
    "firstName": "first_name",
    "lastName": "last_name",
    "personNames": "last_name",
    "personIds": "identity_number",
    "dateOfBirth": "birth_date",
    "emails": "email",
    "phones": "phone",
    "streetName": "street",
    "zipCode": "postal_code",
    "cityName": "city",
    "countryCode": "country",
    "address": "country",
    "salaryPaymentMethod": "bank_account",
    "localBankAccount": "bank_account",
    "typeOfPosition": "position_type",
    "employmentForm": "employment_form",
    "typeOfWork": "occupation_code",
    "workTimeAgreement": "work_time_agreement",
    "partTimeFactors": "percentage",
    "salaryInformation": "salary",
    "contractSalaryType": "salary",
    "taxUnitIds": "tax_unit",
    "positionEndReason": "end_reason",
    "activeEnd": "end_date",
    "activeStart": "start_date",
}


def key_of(json_path: str) -> str | None:
    """Our key for a place that Visma.net names, such as `$.positions[0].typeOfWork[0].value`; None if unknown."""
    names = re.findall(r"[A-Za-z]+", json_path)
    dated = {"activeStart", "activeEnd"}
    # The bound of a timeline's entry is about the timeline; only a position's own is about its dates.
    best = [name for name in names if name in _KEYS and name not in dated] or [n for n in names if n in dated]
    return _KEYS[best[-1]] if best else None


def text_of(value: Any) -> str | None:
    """A value as text without blanks around it; None for nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    return str(value).strip() or None


def amount_of(value: Any) -> Decimal | None:
    """An amount, which Visma.net writes as text or as a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _digits(value: Any) -> str | None:
    shown = text_of(value)
    return re.sub(r"[\s.\-]", "", shown) if shown else None


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _latest(value: object) -> Json | None:
    return max(entries_of(value), key=begins, default=None)
