"""What a plan says in sum: the numbers that the guard judges and the preview opens with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from bot.domain.change import Change, ChangeKind, FieldChange
from bot.domain.record import Level, is_empty
from bot.domain.scope import Scope
from bot.sync.compare.diff import END_FIELDS, PAY_FIELDS

IMPROBABLE_PAY = frozenset({"compensation.low", "compensation.high", "compensation.jump", "pay.jump"})
"""Codes of findings on pay that is asked about before it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """A plan in numbers. People are counted once each.

    `source_people` were read from the source, `scope_people` of them are in the scope; `target_people` were read from
    the target, None when nobody needed it. `matched_people` exist in both. `overwrites` counts, by field, the existing
    people in whom a value is replaced, removed or given a new dated row; `leavers` those who get a last day and had
    none; `drifted` those in whom the target was changed by somebody else; `warnings` those of whom anything is told;
    `improbable_pay` those whose pay is written and is out of proportion. `code` is the `code_version` that made it,
    "" where it was made before that was noted.
    """

    made_at: datetime
    scope: Scope
    full: bool = True
    counts: Mapping[ChangeKind, int] = field(default_factory=dict)
    source_people: int = 0
    scope_people: int = 0
    target_people: int | None = None
    matched_people: int = 0
    overwrites: Mapping[str, int] = field(default_factory=dict)
    leavers: int = 0
    drifted: int = 0
    warnings: int = 0
    code: str = ""
    improbable_pay: int = 0

    @property
    def writes(self) -> int:
        """How many people the plan would write."""
        return self.counts.get(ChangeKind.CREATE, 0) + self.counts.get(ChangeKind.UPDATE, 0)

    def is_old(self, now: datetime, limit: timedelta) -> bool:
        """Whether the plan was made too long ago to be carried out unseen."""
        return now - self.made_at > limit

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {
            "made_at": self.made_at.isoformat(),
            "scope": self.scope.to_json(),
            "full": self.full,
            "counts": {kind.value: count for kind, count in self.counts.items()},
            "source_people": self.source_people,
            "scope_people": self.scope_people,
            "target_people": self.target_people,
            "matched_people": self.matched_people,
            "overwrites": dict(self.overwrites),
            "leavers": self.leavers,
            "drifted": self.drifted,
            "warnings": self.warnings,
            **({"code": self.code} if self.code else {}),
            **({"improbable_pay": self.improbable_pay} if self.improbable_pay else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The header that `to_json` wrote."""
        plain = {
            key: data[key]
            for key in ("full", "source_people", "scope_people", "target_people", "matched_people", "leavers",
                        "drifted", "warnings", "overwrites")
        }  # fmt: skip
        return cls(
            made_at=datetime.fromisoformat(data["made_at"]),
            scope=Scope.from_json(data["scope"]),
            counts={ChangeKind(kind): count for kind, count in data["counts"].items()},
            code=data.get("code", ""),
            improbable_pay=data.get("improbable_pay", 0),
            **plain,
        )


class SummaryBuilder:
    """Counts changes one by one, so that a plan never has to be held or read twice for its sums."""

    def __init__(self) -> None:
        self.counts: Counter[ChangeKind] = Counter()
        self.overwrites: Counter[str] = Counter()
        self.matched = self.leavers = self.drifted = self.warnings = self.improbable_pay = 0

    def add(self, change: Change) -> None:
        """Count one person."""
        self._count(change, 1)

    def remove(self, change: Change) -> None:
        """Take one person out again, because their change was replaced."""
        self._count(change, -1)

    def _count(self, change: Change, sign: int) -> None:
        self.counts[change.kind] += sign
        self.matched += sign * (change.person.target_id is not None)
        self.drifted += sign * bool(change.drift)
        self.warnings += sign * bool(change.findings)
        self.improbable_pay += sign * _is_improbable_pay(change)
        if change.kind is not ChangeKind.UPDATE:
            return
        if _is_delivered_again(change):
            self._count_overwrites(set(change.altered) - END_FIELDS, sign)
            self.leavers += sign * bool(END_FIELDS.intersection(change.altered))
            return
        created = set(change.new_parts)
        # A file target does not show what it holds; a part that is known to be there is taken to have had a value.
        unseen = bool(change.delivery)
        touched = {field.field for field in change.fields if _overwrites(field, created, unseen=unseen)}
        self._count_overwrites(touched, sign)
        self.leavers += sign * any(_is_last_day(field) for field in change.fields)

    def _count_overwrites(self, touched: set[str], sign: int) -> None:
        for name in touched:
            self.overwrites[name] += sign


def _is_delivered_again(change: Change) -> bool:
    """Whether a file target is given a whole person once more: only `Change.altered` says what of it has changed."""
    again = change.kind is ChangeKind.UPDATE and bool(change.delivery)
    return again and (Level.PERSON, ()) in change.new_parts


def _is_improbable_pay(change: Change) -> bool:
    """Whether pay is written that a check doubts; also where a file target is given a whole person once more, as that
    pay may never have been there: the delivery before is in doubt."""
    writes = change.kind in (ChangeKind.CREATE, ChangeKind.UPDATE)
    paid = any(field.field in PAY_FIELDS and not is_empty(field.new) for field in change.fields)
    return writes and paid and any(found.code in IMPROBABLE_PAY for found in change.findings)


def _overwrites(change: FieldChange, created: set[tuple[Level, tuple[Any, ...]]], *, unseen: bool) -> bool:
    if (change.level, change.key) in created:
        return change.level is Level.TERMS  # a new row of pay for somebody who is already paid
    return unseen or not is_empty(change.old)


def _is_last_day(change: FieldChange) -> bool:
    # Whatever part it stands in: a person of some files has one employment, and no part for it.
    return change.field in END_FIELDS and not is_empty(change.new) and is_empty(change.old)
