"""The field table, and an employee of Tidsbanken as a record.

Plan, preview, documentation and every request are made from this one table. Names: the answers of API v3 that a public
connector has recorded. Everything is the person's: there is one row, without history and without pay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.record import Level, Part, Record, Value
from bot.providers.kit.json_values import amount_of, day_of, digits_of, text_of
from bot.providers.kit.norwegian_phone import held_phone
from bot.providers.protocol import FieldSpec, Write
from bot.providers.tidsbanken.reference_data import TidsbankenReferenceData, id_of, label_of

Json = Mapping[str, Any]

STAMPS = frozenset({"SistEndretDato", "SistEndretAvId", "OpprettetDato", "OpprettetAvId"})
"""What Tidsbanken says of a row by itself."""


@dataclass(frozen=True, slots=True)
class TidsbankenColumn:
    """A rule, and how its value is read. Without `read` it is one of a list, and told by its label."""

    rule: FieldSpec
    read: Callable[[Any], Value] | None


def _identity(value: Any) -> Value:
    digits = digits_of(value) or ""
    return digits if re.fullmatch(r"[0-9]{11}", digits) else text_of(value)


def _column(
    key: str,
    source: str,
    target: str,
    read: Callable[[Any], Value] | None = text_of,
    *,
    write: Write = Write.ALWAYS,
    private: bool = False,
    required: bool = False,
    note: str | None = None,
) -> TidsbankenColumn:
    rule = FieldSpec(
        key=key, level=Level.PERSON, source=source, target=target, write=write, private=private, required=required,
        transformation=f"tidsbanken.field.{note}" if note else None,
    )  # fmt: skip
    return TidsbankenColumn(rule, read)


_ONCE, _EMPTY = Write.CREATE_ONLY, Write.WHEN_EMPTY

COLUMNS: tuple[TidsbankenColumn, ...] = (
    _column("number", "employeeNumber", "Id", write=_ONCE, required=True, note="number"),
    _column("first_name", "firstName", "Fornavn", required=True),
    _column("last_name", "lastName", "Etternavn", required=True),
    _column("identity_number", "ssn", "Personnummer", _identity, write=_EMPTY, private=True, note="identity_number"),
    _column("birth_date", "birthDate", "Fodt", day_of),
    _column("email", "workEmail, privateEmail", "Epost", note="email"),
    _column("phone", "privatePhone, workPhone", "Mobil", held_phone, note="phone"),
    _column("street", "homeAddress.street", "Adresse"),
    _column("postal_code", "homeAddress.postalCode", "Postnummer"),
    _column("city", "homeAddress.city", "Poststed"),
    _column("bank_account", "bankAccount", "Lonnskonto", digits_of, private=True, note="bank_account"),
    _column("title", "title", "Tittel"),
    _column("department", "department", "AvdelingId", None, note="department"),
    _column("employee_group", "employmentType", "MalId", None, write=_ONCE, required=True, note="employee_group"),
    _column("start_date", "employment.startDate", "AnsattDato", day_of, note="start_date"),
    _column("percentage", "employment.rate", "Stillingsprosent", amount_of, note="percentage"),
    _column("inactive", "employment.endDate", "Aktiv", lambda aktiv: aktiv is False, note="inactive"),
)

FIELDS: tuple[FieldSpec, ...] = tuple(column.rule for column in COLUMNS)
BY_KEY: Mapping[str, TidsbankenColumn] = {column.rule.key: column for column in COLUMNS}


def body_of(values: Mapping[str, Value], lists: TidsbankenReferenceData) -> dict[str, Any]:
    """Values as they are sent. Raises `WriteConflict` where one is in no list any more."""
    body: dict[str, Any] = {}
    for key, value in values.items():
        if key == "number":
            sent: Any = int(str(value))
        elif key == "department":
            sent = id_of(lists.departments, str(value))
        elif key == "employee_group":
            sent = int(id_of(lists.groups, str(value)))
        elif key == "inactive":
            sent = not value
        else:
            sent = value.isoformat() if isinstance(value, date) else value
        body[BY_KEY[key].rule.target] = sent
    return body


def record_of(row: Json, lists: TidsbankenReferenceData) -> Record:
    """An employee as a record."""
    values = {key: column.read(row.get(column.rule.target)) for key, column in BY_KEY.items() if column.read}
    values["department"] = label_of(lists.departments, row.get("AvdelingId"))
    values["employee_group"] = label_of(lists.groups, row.get("MalId"))
    return (Part(Level.PERSON, (), values),)
