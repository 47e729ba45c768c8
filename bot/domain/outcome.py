"""What became of one employee in a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.text import Text
from bot.domain.change import ChangeKind, Lookalike, Person
from bot.domain.findings import Finding
from bot.domain.record import Level


class OutcomeKind(StrEnum):
    """What became of one employee in a run."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    BLOCKED = "blocked"
    CONFLICT = "conflict"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


PLANNED_AS: Mapping[ChangeKind, OutcomeKind] = {
    ChangeKind.CREATE: OutcomeKind.CREATED,
    ChangeKind.UPDATE: OutcomeKind.UPDATED,
    ChangeKind.UNCHANGED: OutcomeKind.UNCHANGED,
    ChangeKind.SKIP: OutcomeKind.SKIPPED,
    ChangeKind.BLOCKED: OutcomeKind.BLOCKED,
    ChangeKind.CONFLICT: OutcomeKind.CONFLICT,
}
"""The outcome that a change leads to if all goes well: how a plan is counted."""


@dataclass(frozen=True, slots=True)
class Drifted:
    """A field that somebody had changed in the target since a sync wrote it, and whether it was put right; no value."""

    level: Level
    key: tuple[date, ...]
    field: str
    restored: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for one employee. `reason` says why where it is not a success; `retryable` that a rerun may help.

    `fields` names what was written (level, key, field), without values. `lookalikes` are the people in doubt of a
    CONFLICT, kept for the person who answers it. `unread`, `kept` and `unseen` are those of the change, of what was
    carried out.
    """

    kind: OutcomeKind
    person: Person
    fields: tuple[tuple[Level, tuple[date, ...], str], ...] = ()
    findings: tuple[Finding, ...] = ()
    reason: Text | None = None
    advice: Text | None = None
    verbatim: str | None = None
    reference: str | None = None
    retryable: bool = False
    lookalikes: tuple[Lookalike, ...] = ()
    drift: tuple[Drifted, ...] = ()
    unread: bool = False
    kept: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
