"""One row of a provider's field table: which value goes where, and how it may be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.record import Level, Value


class Write(StrEnum):
    """When a field is written. `ALONG`: only with another change of its part, as a salary's day with the salary.

    `BY_HAND_AFTER`: of new people alone, and what differs later is told to a person, who types it in. `BY_HAND`: never,
    not even of new people.
    """

    ALWAYS = "always"
    CREATE_ONLY = "create_only"
    WHEN_EMPTY = "when_empty"
    ALONG = "along"
    BY_HAND_AFTER = "by_hand_after"
    BY_HAND = "by_hand"


TYPED_IN = frozenset({Write.BY_HAND_AFTER, Write.BY_HAND})
"""What only a person can change of somebody who is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One row of a provider's field table, from which plan, preview, documentation and field lists are made.

    `key` names the field in records (label: `field.<key>`); `source` and `target` name it in either system, "" where it
    has no place there; `transformation` is a text key for what happens on the way, None where it is copied. An empty
    value of the source clears nothing, unless `clears`; with `takes_back`, what an earlier sync put there. `beside`
    names the fields of its part whose change takes an `ALONG` field along, any if empty. `derived` is what the target
    itself makes of a new part's other values, None for nothing: their correction takes along what is still that.
    `fills` is what the target puts in by itself. `stays`: its value stays where one of another kind is written.
    """

    key: str
    level: Level
    source: str
    target: str
    write: Write = Write.ALWAYS
    private: bool = False
    required: bool = False
    clears: bool = False
    takes_back: bool = False
    stays: bool = False
    transformation: str | None = None
    beside: tuple[str, ...] = ()
    fills: Value = None
    derived: Callable[[Mapping[str, Value]], Value] | None = field(default=None, compare=False)
