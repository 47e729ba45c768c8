"""The field table, and an employee of Spiris Lön as a record.

Plan, preview, documentation and every request are made from this one table. Names: Spiris' description of its payroll
API v2. Everything is the person's, and of somebody who is there nothing can be changed: what differs is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.record import Level, Part, Record, Value
from bot.providers.kit.json_values import day_of, text_of
from bot.providers.kit.swedish_identity import shown_identity
from bot.providers.kit.swedish_phone import swedish_phone
from bot.providers.protocol import FieldSpec, Write

Json = Mapping[str, Any]

CATEGORIES = {0: "Tjänsteman", 1: "Arbetare"}
FORMS_OF_PAY = {1: "Månadslön", 2: "Timlön"}
"""Numbers of the interface, and Spiris' own words for them."""

CONTRACT = "Contract."


@dataclass(frozen=True, slots=True)
class SpirisColumn:
    """A rule, the name under which the value is shown, and how it is read. Without `shown` it is not shown at all."""

    rule: FieldSpec
    shown: str
    read: Callable[[Any], Value]


def _word_of(words: Mapping[int, str]) -> Callable[[Any], Value]:
    """Reads a number of the interface as its word; None for any other."""
    return lambda value: words.get(value) if isinstance(value, int) else None


def _column(
    key: str,
    source: str,
    target: str,
    read: Callable[[Any], Value] = text_of,
    *,
    write: Write = Write.BY_HAND_AFTER,
    shown: str | None = None,
    private: bool = False,
    required: bool = False,
    clears: bool = False,
    note: str | None = None,
) -> SpirisColumn:
    rule = FieldSpec(
        key=key,
        level=Level.PERSON,
        source=source,
        target=target,
        write=write,
        private=private,
        required=required,
        clears=clears,
        transformation=f"spiris_lon.field.{note}" if note else None,
    )
    return SpirisColumn(rule, target.removeprefix(CONTRACT) if shown is None else shown, read)


COLUMNS: tuple[SpirisColumn, ...] = (
    _column("number", "employeeNumber", "EmployeeNumber", write=Write.CREATE_ONLY, required=True),
    _column("first_name", "firstName", "FirstName", required=True),
    _column("last_name", "lastName", "LastName", required=True),
    _column(
        "identity_number", "ssn", "IdentificationNumber", shown_identity, private=True, required=True,
        note="identity_number",
    ),
    _column("email", "workEmail, privateEmail", "EmailWork", note="email"),
    _column("phone", "privatePhone, workPhone", "PhoneMobile", swedish_phone, note="phone"),
    _column("remuneration_type", "compensation", "Contract.SalaryType", _word_of(FORMS_OF_PAY), required=True,
            note="remuneration_type"),
    _column("personnel_type", "", "Contract.EmployeeCategory", _word_of(CATEGORIES), write=Write.CREATE_ONLY,
            note="personnel_type"),
    _column("start_date", "employment.startDate", "Contract.ContractStartDate", day_of, write=Write.CREATE_ONLY,
            shown="", note="start_date"),
    _column("end_date", "employment.endDate", "Contract.ContractEndDate", day_of, clears=True, note="end_date"),
    _column("street", "homeAddress.street", "PrimaryAddress", write=Write.BY_HAND),
    _column("postal_code", "homeAddress.postalCode", "Zip", write=Write.BY_HAND),
    _column("city", "homeAddress.city", "City", write=Write.BY_HAND),
    _column("bank_account", "bankAccount", "", write=Write.BY_HAND, shown="", private=True, note="not_shown"),
    _column("salary", "compensation", "", write=Write.BY_HAND, shown="", private=True, note="not_shown"),
)  # fmt: skip

FIELDS: tuple[FieldSpec, ...] = tuple(column.rule for column in COLUMNS)
BY_KEY: Mapping[str, SpirisColumn] = {column.rule.key: column for column in COLUMNS}


def body_of(values: Mapping[str, Value]) -> dict[str, Any]:
    """Somebody new, as they are sent: what is empty is left out."""
    body: dict[str, Any] = {}
    contract: dict[str, Any] = {}
    for key, value in values.items():
        name = BY_KEY[key].rule.target
        sent: Any = value
        if key in ("remuneration_type", "personnel_type"):
            names = FORMS_OF_PAY if key == "remuneration_type" else CATEGORIES
            sent = next(number for number, word in names.items() if word == value)
        elif isinstance(value, date):
            sent = f"{value.isoformat()}T00:00:00"
        if name.startswith(CONTRACT):
            contract[name.removeprefix(CONTRACT)] = sent
        elif sent is not None:
            body[name] = sent
    return {**body, "Contract": contract}


def record_of(row: Json) -> Record:
    """An employee as a record; what Spiris does not show is left out."""
    values = {key: column.read(row.get(column.shown)) for key, column in BY_KEY.items() if column.shown}
    if isinstance(code := values["postal_code"], str):
        values["postal_code"] = code.replace(" ", "")
    return (Part(Level.PERSON, (), values),)
