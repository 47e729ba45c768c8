"""Request bodies, made from the field table alone: a property that is not in the table cannot be sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.domain.change import FieldChange
from bot.domain.record import Level, Value
from bot.providers.tripletex.field_table import OF_LEVEL
from bot.providers.tripletex.reference_data import TripletexReferenceData

Json = dict[str, Any]


def changes_at(changes: Iterable[FieldChange], level: Level, key: tuple[Any, ...] = ()) -> dict[str, Value]:
    """New values of one part, by field key."""
    return {change.field: change.new for change in changes if (change.level, change.key) == (level, key)}


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
