"""What was delivered of leave: one entry after the other under each key, never changed. Frozen, no I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bot.domain.leave_delivery import RowReference


class LedgerState(StrEnum):
    """How a key stands after its latest entry.

    DELIVERED: the target was given the content. CLOSED: the same, imported or in a closed period. UNKNOWN: a write was
    begun, and what became of it is not known yet. WITHDRAWN: nothing of ours is left there. PARKED: a person let the
    target's own row stand. RELEASED: no longer ours (left the scope, type not sent any more), and not deleted.
    TO_END: of a leave of absence that was withdrawn, as a person has asked: the next sync ends it on its first day.
    """

    DELIVERED = "delivered"
    CLOSED = "closed"
    PARKED = "parked"
    RELEASED = "released"
    TO_END = "to_end"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"


HELD_BY_TARGET = frozenset({LedgerState.DELIVERED, LedgerState.CLOSED})
"""States in which the target has what the entry says, as far as we know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerDetail:
    """What an entry keeps sealed: the target's code, the child, and what was delivered.

    `hours` is the sum that stands under the key afterwards, 0 for nothing. `last` and `percent` are of periods alone.
    """

    code: str = field(repr=False)
    child: str = field(default="", repr=False)
    hours: Decimal = field(default=Decimal(0), repr=False)
    last: date | None = None
    percent: Decimal | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One entry. `key` is a keyed hash of the key, `content` one of (code, hours, child); neither can be read back.

    `day` is the first one of a period. `row` names it in the target, None where the target names no rows. `sequence`
    counts the entries of the key from 1. `period` is the payroll period or file that it went with, "" for none.
    `before` is the content that a write of state UNKNOWN found, "" for nothing. `detail` opens what is sealed.
    """

    key: str
    employee_id: str
    day: date
    content: str
    sequence: int
    state: LedgerState
    run_id: str
    row: RowReference | None = None
    before: str = ""
    contributors: tuple[str, ...] = ()
    period: str = ""
    detail: Callable[[], LedgerDetail] = field(repr=False, compare=False)
