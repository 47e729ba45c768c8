"""What a target holds, or should hold, of one person: parts that are addressed by dates and compared field by field."""

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


Record = tuple[Part, ...]
