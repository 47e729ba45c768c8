"""JSON that keeps decimals, dates and times as what they are.

They are written as objects with one tagged key (`{"$decimal": "12.50"}`), so that an amount of money never
passes through a binary float. Sets and objects are refused rather than guessed; tuples come back as lists.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

Json: TypeAlias = "bool | int | float | str | Decimal | date | Sequence[Json] | Mapping[str, Json] | None"
"""What can be stored. `datetime` is a `date` to the type checker; a naive one stays naive."""

_DECIMAL, _DATE, _DATETIME, _PLAIN = "$decimal", "$date", "$datetime", "$plain"
_AS_THEY_ARE = (str, bool, int, float, type(None))
_BARE = frozenset(_AS_THEY_ARE)


def dumps(value: Json) -> str:
    """Write a value as compact JSON text.

    Raises `TypeError` for a type that JSON and the tags cannot carry, `ValueError` for NaN and infinities.
    """
    return _ENCODER.encode(_tag(value))


def loads(text: str | bytes) -> Any:
    """Read what `dumps` wrote. Raises `ValueError` for anything that is not JSON."""
    return _DECODER.decode(text if isinstance(text, str) else text.decode("utf-8", "surrogatepass"))


def storable(text: str) -> str:
    """A text as every database takes it into a column of its own: PostgreSQL refuses NUL, and half characters have no
    bytes. What stands for them shows that something was there."""
    if text.isascii() and "\0" not in text:
        return text
    return "".join("\ufffd" if letter == "\0" or "\ud800" <= letter <= "\udfff" else letter for letter in text)


def _tag(value: Any) -> Any:
    # Plans of 100,000 changes pass through here: the common cases come first, by their exact type.
    kind = type(value)
    if kind in _BARE:
        return value
    if kind is dict or isinstance(value, Mapping):
        return _tag_object(value)
    if kind is list or isinstance(value, list | tuple):
        return [item if type(item) in _BARE else _tag(item) for item in value]
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("A decimal that is not a number cannot be stored.")
        return {_DECIMAL: str(value)}
    if isinstance(value, datetime):
        return {_DATETIME: value.isoformat()}
    if isinstance(value, date):
        return {_DATE: value.isoformat()}
    if isinstance(value, _AS_THEY_ARE):
        return value
    # The value itself stays out of the message: it may be private.
    raise TypeError(f"A value of type {kind.__name__} cannot be stored.")


def _tag_object(value: Mapping[Any, Any]) -> dict[str, Any]:
    tagged: dict[str, Any] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise TypeError("A stored object needs text keys.")
        tagged[key] = item if type(item) in _BARE else _tag(item)
    # An object of the caller's that looks like a tag is wrapped, so that it comes back as it went in.
    if len(tagged) == 1 and next(iter(tagged)).startswith("$"):
        return {_PLAIN: list(tagged.items())}
    return tagged


def _untag(found: dict[str, Any]) -> Any:
    if len(found) != 1:
        return found
    ((key, value),) = found.items()
    if key == _DECIMAL:
        return Decimal(value)
    if key == _DATE:
        return date.fromisoformat(value)
    if key == _DATETIME:
        return datetime.fromisoformat(value)
    if key == _PLAIN:
        return dict(value)
    return found


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(object_hook=_untag)
