"""The vocabulary of a sync: records, findings, changes and outcomes.

A record is what a target holds (or should hold) of one person, as parts: the person, each employment, and each dated
row of terms. Parts are addressed by dates, not by the target's ids, so that a record of the source and one of the
target can be compared without either knowing the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bot.text import Text

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
    employment that has ended.
    """

    level: Level
    key: tuple[date, ...] = ()
    values: Mapping[str, Value] = attribute(default_factory=dict, repr=False)
    existing_only: bool = False


Record = tuple[Part, ...]


class Severity(StrEnum):
    """A blocking finding keeps the employee out of the sync; a warning goes into the report.

    Who is `WAITING` is in the target, but does not count there before somebody has done their part: the report names
    them, and nobody is told that they are in place.
    """

    BLOCKING = "blocking"
    WARNING = "warning"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about an employee that a person must know.

    `code` names a check; its texts are `check.<code>` (what is wrong) and `check.<code>.advice` (what to do).
    `field` is a canonical field whose label is `field.<field>`. `values` fill the texts and are safe to show.
    `verbatim` is a target's own wording, shown untouched beside ours.
    """

    code: str
    severity: Severity
    field: str
    values: Mapping[str, object] = attribute(default_factory=dict)
    verbatim: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who a change is about. `target_id` is set once the target knows the person."""

    source_id: str
    number: str
    name: str
    target_id: str | None = None


class ChangeKind(StrEnum):
    """What a plan says of one employee."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    SKIP = "skip"
    BLOCKED = "blocked"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, from what the target holds to what it shall hold. Private values are shown only as changed."""

    level: Level
    key: tuple[date, ...]
    field: str
    new: Value = attribute(repr=False)
    old: Value = attribute(default=None, repr=False)
    private: bool = False


LOOKS_ALIKE_BY = ("identity_number", "name_birth_date", "number", "email", "earlier_sync")
"""What may connect an employee with a person of the target; texts: `conflict.by.<word>`."""


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A person in the target who may be the same: matched by `by`: one of `LOOKS_ALIKE_BY`."""

    target_id: str
    number: str
    name: str
    by: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a run will do for one employee, and why. `fields` is empty unless `kind` is CREATE or UPDATE.

    `new_parts` lists the parts that do not exist in the target yet. `basis` is a keyed fingerprint of what the
    target held when the plan was made ("" for a create): a target that has changed since makes the change stale.
    `delivery` is set for an inbox alone, which shows nothing: what is remembered of the person while it is not known
    whether the delivery has arrived. `trace` is what the next run may recognise the person by without looking at them
    whole (`bot.sync.recognition`), "" when it must look.
    """

    kind: ChangeKind
    person: Person
    fields: tuple[FieldChange, ...] = ()
    new_parts: tuple[tuple[Level, tuple[date, ...]], ...] = ()
    findings: tuple[Finding, ...] = ()
    lookalikes: tuple[Lookalike, ...] = ()
    drift: tuple[FieldChange, ...] = ()
    basis: str = ""
    source_fingerprint: str = ""
    delivery: str = ""
    trace: str = ""


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
    CONFLICT, kept for the person who answers it.
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
