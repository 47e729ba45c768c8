"""What a target holds, or should hold, of one person: parts that are addressed by dates and compared field by field.

Here is also the one definition of equal values (`same`), for the planner and for all who write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date
from decimal import Decimal
from enum import StrEnum

Value = str | bool | Decimal | date | None


class Level(StrEnum):
    """What a part of a record describes. Its key: () / (employment start,) / (employment start, effective date)."""

    PERSON = "person"
    EMPLOYMENT = "employment"
    TERMS = "terms"


Address = tuple[Level, tuple[date, ...]]
"""Where a part stands in a record."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a record. `key` holds dates; `values` go by the field keys of the provider's field table.

    `existing_only` is for a desired part that is compared where the target has it and never made anew, such as an
    employment that has ended. `defaults` names the values that nobody has given for this very part (they come from a
    setting alone, or hold of today and not of a day that is past): they fill what is empty and go into a new part, and
    never replace what the target has.
    """

    level: Level
    key: tuple[date, ...] = ()
    values: Mapping[str, Value] = attribute(default_factory=dict, repr=False)
    existing_only: bool = False
    defaults: frozenset[str] = frozenset()

    @property
    def address(self) -> Address:
        """Where the part stands in its record."""
        return self.level, self.key


Record = tuple[Part, ...]


def is_empty(value: Value) -> bool:
    """Whether a value says nothing: None or blank text. False and 0 say something."""
    return value is None or (isinstance(value, str) and not value.strip())


def is_unset(value: Value) -> bool:
    """Whether a value is what a system shows of a field that nobody has filled: nothing, zero, or a box not ticked."""
    return is_empty(value) or value is False or (isinstance(value, Decimal) and not value)


def canonical(value: Value) -> str:
    """A value as one text: equal values give equal text, whatever the type's notation (1.50 is 1.5)."""
    match value:
        case bool():
            return f"b{value:d}"
        case Decimal():
            return f"n{value.normalize():f}" if value else "n0"
        case date():
            return f"d{value.isoformat()}"
        case _:
            return f"s{value or ''}"


def same(left: Value, right: Value) -> bool:
    """Whether two values are equal to a reader: blank text is nothing, 1.50 is 1.5, and a ticked box is not a 1."""
    if is_empty(left) or is_empty(right):
        return is_empty(left) and is_empty(right)
    return canonical(left) == canonical(right)
