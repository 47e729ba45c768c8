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


def dumps(value: Json) -> str:
    """Write a value as compact JSON text.

    Raises `TypeError` for a type that JSON and the tags cannot carry, `ValueError` for NaN and infinities.
    """
    return json.dumps(_tag(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def loads(text: str | bytes) -> Any:
    """Read what `dumps` wrote. Raises `ValueError` for anything that is not JSON."""
    return json.loads(text, object_hook=_untag)


def _tag(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("A decimal that is not a number cannot be stored.")
        return {_DECIMAL: str(value)}
    if isinstance(value, datetime):
        return {_DATETIME: value.isoformat()}
    if isinstance(value, date):
        return {_DATE: value.isoformat()}
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("A stored object needs text keys.")
        tagged = {key: _tag(item) for key, item in value.items()}
        # An object of the caller's that looks like a tag is wrapped, so that it comes back as it went in.
        return {_PLAIN: list(tagged.items())} if len(tagged) == 1 and next(iter(tagged))[:1] == "$" else tagged
    if isinstance(value, list | tuple):
        return [_tag(item) for item in value]
    # The value itself stays out of the message: it may be private.
    raise TypeError(f"A value of type {type(value).__name__} cannot be stored.")


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
