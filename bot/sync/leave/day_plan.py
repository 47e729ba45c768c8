"""A plan of days: what is done under each key, and why not. Frozen, no I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from bot.domain.leave_delivery import DayKey, RowReference
from bot.domain.leave_ledger import LedgerEntry


class StepKind(StrEnum):
    """What a plan says of a key. CREATE, UPDATE and DELETE write to the target; those of `NOTED` only to the ledger."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ADOPT = "adopt"
    FORGET = "forget"
    RELINK = "relink"
    SETTLE = "settle"
    RELEASE = "release"
    HELD = "held"
    CONFLICT = "conflict"
    PARKED = "parked"


WRITTEN = frozenset({StepKind.CREATE, StepKind.UPDATE, StepKind.DELETE})
NOTED = frozenset({StepKind.ADOPT, StepKind.FORGET, StepKind.RELINK, StepKind.SETTLE, StepKind.RELEASE})


class ConflictKind(StrEnum):
    """What a person must decide. Texts: `leave.conflict.<value>`."""

    SOMEONE_ELSES = "someone_elses"
    SEVERAL_ROWS = "several_rows"
    REMOVED = "removed"
    EDITED = "edited"
    UNKNOWN_OUTCOME = "unknown_outcome"
    WITHDRAWAL = "withdrawal"
    WITHDRAWN_UNSEEN = "withdrawn_unseen"


def mark_of(kind: StepKind, hashed: str, before: str, content: str) -> str:
    """A short digest of what a step does: kind, keyed hash of the key, and of what stands there before and after."""
    return hashlib.sha256(f"{kind}|{hashed}|{before}|{content}".encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStep:
    """What is done under one key. `old` and `new` are the hours before and after, 0 for none; they are private.

    `entry` is the latest in the ledger, `row` the target's row to be changed. `content` is what stands there afterwards
    and `before` what stood there, as hashes. `reason` says why of HELD (a `Withheld` or `CloseReason`) and CONFLICT (a
    `ConflictKind`). `half_done` marks the rest of a change of code that was stopped halfway.
    """

    kind: StepKind
    key: DayKey
    hash: str
    old: Decimal = field(default=Decimal(0), repr=False)
    new: Decimal = field(default=Decimal(0), repr=False)
    content: str = ""
    before: str = ""
    entry: LedgerEntry | None = None
    row: RowReference | None = None
    contributors: tuple[str, ...] = ()
    scheduled: Decimal | None = field(default=None, repr=False)
    reason: str | None = None
    half_done: bool = False

    @property
    def mark(self) -> str:
        """Another text as soon as the step would do anything else; it gives nothing away."""
        return mark_of(self.kind, self.hash, self.before, self.content)

    @property
    def sequence(self) -> int:
        """The number of the next entry under the key."""
        return self.entry.sequence + 1 if self.entry is not None else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """All steps that say something; unchanged days are only counted. `delivered` counts the ledger's in the window, and
    `delivered_rows` the same by code; `wanted_hours` are sums by code."""

    steps: Sequence[DayStep] = field(repr=False)
    unchanged: int = 0
    delivered: int = 0
    wanted: int = 0
    wanted_hours: Mapping[str, Decimal] = field(default_factory=dict, repr=False)
    delivered_rows: Mapping[str, int] = field(default_factory=dict, repr=False)

    @property
    def writes(self) -> int:
        """How many rows would be made, changed or taken away."""
        return sum(step.kind in WRITTEN for step in self.steps)

    @property
    def marks(self) -> frozenset[str]:
        """Marks of all that would be written: what was agreed to is known by them."""
        return frozenset(step.mark for step in self.of_kind(*WRITTEN))

    def of_kind(self, *kinds: StepKind) -> list[DayStep]:
        """The steps of these kinds."""
        return [step for step in self.steps if step.kind in kinds]
