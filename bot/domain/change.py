"""The vocabulary of a sync: records, findings, changes and outcomes.

A record is what a target holds (or should hold) of one person, as parts: the person, each employment, and each dated
row of terms. Parts are addressed by dates, not by the target's ids, so that a record of the source and one of the
target can be compared without either knowing the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date
from enum import StrEnum

from bot.domain.findings import Finding
from bot.domain.record import Level, Value


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


LOOKS_ALIKE_BY = (
    "identity_number", "bank_birth_date", "name_birth_date", "number", "email", "earlier_sync", "bank_account", "name",
)  # fmt: skip


"""What may connect an employee with a person of the target; texts: `conflict.by.<word>`."""


SAME_PERSON_BY = frozenset({"identity_number", "bank_birth_date"})


"""Of these, what no two people have in common: nobody can say that it is a different person."""


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
    `delivery` is set for a file target alone, which shows nothing: what is remembered of the person while it is not
    known whether the delivery has arrived. `trace` is what the next run may recognise the person by without reading
    them whole (`bot.sync.compare.change_detection`), "" when it must. `unread` says that the target was not looked
    at for them, as nothing has changed in the source since it last was; `kept` names fields in which the target has
    another value, that is not replaced there. `altered` names, where a file target is given a whole person once more,
    the fields that are known to be others than it was given. `unseen` names fields that the target does not show, so
    that nobody knows whether they are equal. `former` has the marks of what an earlier sync has put there, the source
    no longer has and the target still holds.
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
    unread: bool = False
    kept: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    former: str = ""
