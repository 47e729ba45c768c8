"""The list query language of the Simployer One API: select, relations, filters, sort, limit, offset.

Source: the published OpenAPI description and its page text: `filters[field][$op]=value` with the
shorthand `filters[field]=value`, `sort[field]=asc|desc`, comma separated `select` and `relations`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from multidict import MultiMapping

from sandbox.simployer.resources import Kind, Resource

Scalar = str | float | bool | datetime


class BadQuery(ValueError):
    """The query is not one the API accepts; `messages` are the lines of its 400 answer."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


@dataclass(frozen=True)
class Condition:
    field: str
    operator: str
    values: tuple[Scalar, ...]

    def holds(self, value: Scalar | None) -> bool:
        first = self.values[0] if self.values else None
        match self.operator:
            case "$eq":
                return value == first
            case "$neq":
                return value != first
            case "$in":
                return value in self.values
            case "$nin":
                return value not in self.values
            case "$all":
                return all(value == wanted for wanted in self.values)
        if value is None:
            return False
        comparable: Any = value
        match self.operator:
            case "$gt":
                return bool(comparable > first)
            case "$gte":
                return bool(comparable >= first)
            case "$lt":
                return bool(comparable < first)
            case "$lte":
                return bool(comparable <= first)
            case _:
                return bool(first <= comparable <= self.values[1])


_OPERATORS = {"$eq", "$neq", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$between", "$all"}
_SEVERAL = {"$in", "$nin", "$between", "$all"}


@dataclass(frozen=True)
class Query:
    select: tuple[str, ...] | None
    relations: tuple[str, ...]
    conditions: tuple[Condition, ...]
    sort: tuple[tuple[str, bool], ...]
    limit: int
    offset: int


_FILTER = re.compile(r"filters\[(?P<field>[^\]]+)\](?:\[(?P<operator>\$\w+)\])?(?:\[\d*\])?")
_SORT = re.compile(r"sort\[(?P<field>[^\]]+)\]")


def parse(resource: Resource, given: MultiMapping[str], *, strict: bool, default_limit: int, max_limit: int) -> Query:
    """Read a list query. A limit above `max_limit` is lowered to it, as a server that caps would.

    Raises BadQuery with everything that is wrong. Without `strict`, unknown names are passed over.
    """
    faults: list[str] = []
    select = _names("select", given, resource.selectable, strict, faults)
    relations = _names("relations", given, list(resource.relations), strict, faults)
    sort = []
    for key in dict.fromkeys(given):
        match = _SORT.fullmatch(key)
        if match is None:
            continue
        direction = given[key]
        if direction not in ("asc", "desc"):
            faults.append(f"sort.{match['field']} must be one of the following values: asc, desc")
        elif match["field"] in resource.selectable:
            sort.append((match["field"], direction == "desc"))
        elif strict:
            faults.append(f"sort.property {match['field']} should not exist")
    query = Query(
        select=select,
        relations=relations or (),
        conditions=tuple(_conditions(resource, given, strict, faults)),
        sort=tuple(sort),
        limit=min(_whole("limit", given, default_limit, faults), max_limit),
        offset=_whole("offset", given, 0, faults),
    )
    if faults:
        raise BadQuery(faults)
    return query


def parse_one(resource: Resource, given: MultiMapping[str], *, strict: bool) -> Query:
    """Read the query of a single row: `select` and `relations` alone apply."""
    faults: list[str] = []
    select = _names("select", given, resource.selectable, strict, faults)
    relations = _names("relations", given, list(resource.relations), strict, faults)
    if faults:
        raise BadQuery(faults)
    return Query(select, relations or (), (), (), 1, 0)


def comparable(kind: Kind, value: Any) -> Scalar | None:
    """A field's value, or a filter's text, as something to compare. Raises ValueError on the wrong kind."""
    if value is None:
        return None
    match kind:
        case Kind.NUMBER:
            return float(value)
        case Kind.BOOLEAN:
            if value not in (True, False, "true", "false"):
                raise ValueError(value)
            return value in (True, "true")
        case Kind.DATE | Kind.INSTANT:
            return _instant(value)
        case _:
            return str(value)


def order(rows: Iterable[Any], query: Query, read: Callable[[Any, str], Any], resource: Resource) -> list[Any]:
    """Sort rows by the query; rows without the value come first, as in a document database."""
    ordered = list(rows)
    for name, reverse in reversed(query.sort):
        kind = resource.fields[name].kind

        def key(row: Any, name: str = name, kind: Kind = kind) -> tuple[bool, Any]:
            value = comparable(kind, read(row, name))
            return (value is not None, value if value is not None else "")

        ordered.sort(key=key, reverse=reverse)
    return ordered


def _names(
    parameter: str, given: MultiMapping[str], allowed: list[str], strict: bool, faults: list[str]
) -> tuple[str, ...] | None:
    if parameter not in given:
        return None
    wanted = [name for value in given.getall(parameter) for name in value.split(",") if name]
    unknown = [name for name in wanted if name not in allowed]
    if unknown and strict:
        faults.append(f"each value in {parameter} must be one of the following values: {', '.join(allowed)}")
    return tuple(name for name in wanted if name in allowed)


def _whole(parameter: str, given: MultiMapping[str], default: int, faults: list[str]) -> int:
    if parameter not in given:
        return default
    try:
        number = int(given[parameter])
    except ValueError:
        faults.append(f"{parameter} must be an integer number")
        return default
    if number < 0:
        faults.append(f"{parameter} must not be less than 0")
        return default
    return number


def _conditions(resource: Resource, given: MultiMapping[str], strict: bool, faults: list[str]) -> Iterable[Condition]:
    texts: dict[tuple[str, str], list[str]] = {}
    for key, value in given.items():
        match = _FILTER.fullmatch(key)
        if match is not None:
            texts.setdefault((match["field"], match["operator"] or "$eq"), []).append(value)
        elif key.startswith("filters"):
            faults.append(f"cannot read {key}")
    for (name, operator), values in texts.items():
        if name not in resource.selectable:
            if strict:
                faults.append(f"filters.property {name} should not exist")
            continue
        if operator not in _OPERATORS:
            faults.append(f"filters.{name}.property {operator} should not exist")
            continue
        if operator not in _SEVERAL:
            values = values[:1]
        if operator == "$between" and len(values) != 2:
            faults.append(f"filters.{name}.$between must contain 2 elements")
            continue
        try:
            read = [comparable(resource.fields[name].kind, value) for value in values]
        except ValueError:
            faults.append(f"filters.{name}.{operator} is not a valid {resource.fields[name].kind}")
            continue
        yield Condition(name, operator, tuple(value for value in read if value is not None))


def _instant(value: str) -> datetime:
    if len(value) == 10:
        return datetime.combine(date.fromisoformat(value), datetime.min.time(), UTC)
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
