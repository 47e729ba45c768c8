"""The field table, and an employee of Xledger as a record.

Plan, preview, documentation and every request are made from this one table. Names of what is sent: the mutations of a
public client; of what is shown: what public clients ask for. A row counts where the schema has both (`able`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.record import Level, Part, Record, Value
from bot.providers.kit.graphql import selection_of, value_at
from bot.providers.kit.json_values import day_of, digits_of, text_of
from bot.providers.kit.norwegian_phone import held_phone
from bot.providers.protocol import FieldSpec, Settings, Write
from bot.providers.xledger.errors import schema_lacks
from bot.providers.xledger.reference_data import GROUPS, XledgerReferenceData
from bot.providers.xledger.schema import XledgerSchema
from bot.providers.xledger.settings import POSTINGS, chosen

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class XledgerColumn:
    """A rule whose target is what is sent; where the value is shown, the best place first, and how it is read. Without
    `read` it is one of a list, sent and shown by its id."""

    rule: FieldSpec
    shown: tuple[str, ...]
    read: Callable[[Any], Value] | None


def _column(
    key: str,
    source: str,
    target: str,
    *shown: str,
    read: Callable[[Any], Value] | None = text_of,
    write: Write = Write.ALWAYS,
    private: bool = False,
    required: bool = False,
    clears: bool = False,
    note: str | None = None,
) -> XledgerColumn:
    rule = FieldSpec(
        key=key, level=Level.PERSON, source=source, target=target, write=write, private=private, required=required,
        clears=clears, transformation=f"xledger.field.{note}" if note else None,
    )  # fmt: skip
    return XledgerColumn(rule, shown or (target,), read)


_ONCE, _EMPTY = Write.CREATE_ONLY, Write.WHEN_EMPTY

COLUMNS: tuple[XledgerColumn, ...] = (
    _column("number", "employeeNumber", "code", write=_ONCE, required=True, note="number"),
    _column("first_name", "firstName", "firstName", "contact.firstName", required=True),
    _column("last_name", "lastName", "lastName", "contact.lastName", required=True),
    _column("full_name", "firstName, lastName", "description", note="full_name"),
    _column("identity_number", "ssn", "socialSec", "contact.socialSec", "socialSecurityMasked", write=_EMPTY,
            private=True, note="identity_number"),
    _column("birth_date", "birthDate", "birthday", "contact.birthday", read=day_of),
    _column("email", "workEmail, privateEmail", "email", note="email"),
    _column("phone", "privatePhone, workPhone", "phone", "contact.phone", read=held_phone, note="phone"),
    _column("bank_account", "bankAccount", "bankAccount", "subledger.bankAccount", read=digits_of, private=True,
            note="bank_account"),
    _column("title", "title", "positionValue", "positionValue.dbId", read=None, note="title"),
    _column("employee_group", "", "employeeGroup", "employeeGroup.dbId", read=None, write=_ONCE,
            note="employee_group"),
    _column("start_date", "employment.startDate", "employmentFrom", read=day_of, required=True, note="start_date"),
    _column("end_date", "employment.endDate", "employmentTo", read=day_of, clears=True, note="end_date"),
    *(
        _column(posting, "department, costCenter", f"glObject{place}", f"glObject{place}.dbId", read=None,
                note="posting")
        for place, posting in enumerate(POSTINGS, start=1)
    ),
)  # fmt: skip

FIELDS: tuple[FieldSpec, ...] = tuple(column.rule for column in COLUMNS)
BY_KEY: Mapping[str, XledgerColumn] = {column.rule.key: column for column in COLUMNS}
NEEDED = ("number", "first_name", "last_name", "start_date")
"""Without these, an employee can neither be found nor be made."""


def able(schema: XledgerSchema) -> frozenset[str]:
    """The fields that the schema lets be shown and sent: what could not be read back is not written."""
    return frozenset(
        key
        for key, column in BY_KEY.items()
        if place_of(column, schema)
        and column.rule.target in schema.adds
        and (column.rule.write is _ONCE or column.rule.target in schema.changes)
    )


def place_of(column: XledgerColumn, schema: XledgerSchema) -> str | None:
    """Where a value is shown; None where it is not."""
    return next((path for path in column.shown if path in schema.reads), None)


def selection(schema: XledgerSchema) -> str:
    """What is asked for of each employee: all that the table knows a place for. Raises `Unsupported` where the schema
    lacks what nobody can do without."""
    if lacking := [BY_KEY[key].rule.target for key in NEEDED if key not in able(schema)]:
        names = ", ".join(lacking)
        raise schema_lacks(f"xledger: the schema lacks {names}", names)
    return selection_of(["dbId", "ownerDbId", *filter(None, (place_of(column, schema) for column in COLUMNS))])


def node_of(values: Mapping[str, Value], lists: XledgerReferenceData, settings: Settings) -> dict[str, Any]:
    """Values as they are sent; nothing (null) for what is taken away. Raises `WriteConflict` where one is in no list
    any more."""
    node: dict[str, Any] = {}
    for key, value in values.items():
        if value is not None and BY_KEY[key].read is None:
            node[BY_KEY[key].rule.target] = {"dbId": int(lists.id_of(kind_of(key, settings), str(value)))}
        else:
            node[BY_KEY[key].rule.target] = value.isoformat() if isinstance(value, date) else value
    return node


def kind_of(key: str, settings: Settings) -> str:
    """The kind of object that stands in a field, as somebody has chosen; "" where nobody has."""
    if key == "employee_group":
        return GROUPS
    if key == "title":
        return chosen(settings, "title_kind")
    units = (unit for unit in ("department", "cost_center") if chosen(settings, unit) == key)
    return next((chosen(settings, f"{unit}_kind") for unit in units), "")


def record_of(row: Json, schema: XledgerSchema, lists: XledgerReferenceData) -> Record:
    """An employee as a record. An identity number that is masked is left out, as nobody can compare it."""
    values: dict[str, Value] = {}
    for key, column in BY_KEY.items():
        if (path := place_of(column, schema)) is None:
            continue
        found = value_at(row, path)
        if column.read is None:
            values[key] = lists.label_of(found, groups=key == "employee_group")
        else:
            values[key] = column.read(found)
    identity = values.pop("identity_number", None)
    bare = re.sub(r"[\s.\-]", "", str(identity or ""))
    if not bare or bare.isdecimal():
        values["identity_number"] = bare or None
    return (Part(Level.PERSON, (), values),)
