"""Request bodies, made from the field table alone: a property that is not in the table cannot be sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.record import Level, Value
from bot.providers.tripletex.field_table import CARRIED, OF_LEVEL, hourly_rate
from bot.providers.tripletex.reference_data import TripletexReferenceData

Json = dict[str, Any]


async def body_of(
    level: Level, values: Mapping[str, Value], registers: TripletexReferenceData, shown: Mapping[str, Any] | None = None
) -> Json:
    """The body that sets some values. `shown` is the object as Tripletex has it, for parts that go as a whole.

    An address is one object in Tripletex: sent with its id it is edited, without one it replaces the old. So what
    stays the same in it is sent along.
    """
    body: Json = {}
    for key, value in values.items():
        column = OF_LEVEL[level][key]
        sent: Any = column.write(value)
        if column.register is not None and value is not None:
            sent = await registers.reference(column.register, value)
        place = body
        for name in column.path[:-1]:
            place = place.setdefault(name, _kept((shown or {}).get(name)))
        place[column.path[-1]] = sent
    return body


def carried(row: Mapping[str, Any], values: Mapping[str, Value]) -> Json:
    """What a new salary row takes from the row before it, beside the values that the change sets in it.

    Whether Tripletex itself takes over what is left out has not been seen, and either way nothing that payroll has
    typed may be lost: occupation, zone, shift hours, pay. Pay is one thing: with new pay the old goes, but for an
    hourly wage of somebody's own beside an annual salary, as overtime is paid by it. One that stood alone was the
    pay.
    """
    names = [column.path[0] for column in OF_LEVEL[Level.TERMS].values()] + list(CARRIED)
    kept = {name: _sendable(row[name]) for name in names if row.get(name) not in _NOTHING}
    if "hourly_wage" in values:
        kept.pop("annualSalary", None)
    elif row and "annual_salary" in values and has_derived_rate(row):
        kept["hourlyWage"] = hourly_rate(values)  # as Tripletex makes it; the old one must not be taken over
    elif "annual_salary" in values and row.get("annualSalary") in _NOTHING:
        kept.pop("hourlyWage", None)
    return kept


_NOTHING = (None, "", "NOT_CHOSEN", 0)


def has_derived_rate(row: Mapping[str, Any]) -> bool:
    """Whether a row's hourly wage is what Tripletex makes of its annual salary."""
    columns = OF_LEVEL[Level.TERMS]
    held = {key: columns[key].read(row.get(columns[key].path[0])) for key in ("annual_salary", "hourly_wage")}
    made = hourly_rate(held)
    return made is not None and held["hourly_wage"] in (made, None)


def _sendable(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if value.get("id") is not None:
        return {"id": value["id"]}
    return {name: part for name, part in value.items() if part is not None and name not in ("id", "url", "version")}


def _kept(part: object) -> Json:
    """An address's id and what can be written of it, references as references."""
    if not isinstance(part, Mapping) or part.get("id") is None:
        return {}
    kept: Json = {"id": part["id"]}
    for column in OF_LEVEL[Level.PERSON].values():
        if column.path[0] == "address":
            value = part.get(column.path[-1])
            if value not in (None, ""):
                kept[column.path[-1]] = {"id": value["id"]} if isinstance(value, Mapping) else value
    return kept
