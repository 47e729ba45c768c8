"""Where a plan that was made again differs from the one that was approved, or from a preview: who came in, who dropped
out, what changed.

Only what is written is compared: somebody for whom neither plan writes anything is no part of what was approved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

from bot.domain.change import Change, ChangeKind, FieldChange, Person
from bot.domain.findings import Finding
from bot.domain.record import Level

WRITING = frozenset({ChangeKind.CREATE, ChangeKind.UPDATE})


class DiffKind(StrEnum):
    """How a person stands in the plan made again. Texts: `report.difference.<word>`."""

    CAME_IN = "came_in"
    DROPPED_OUT = "dropped_out"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field: as it was shown and as it is now; None where it was, or is, not to be written.

    A private field keeps its name and no value.
    """

    shown: FieldChange | None
    now: FieldChange | None

    @property
    def field(self) -> FieldChange:
        """The field, wherever it stands."""
        field = self.now or self.shown
        assert field is not None
        return field


@dataclass(frozen=True, slots=True)
class PersonDiff:
    """One person in whom the two plans differ. `shown` and `now` are None where the plan does not know the person.

    `findings` are those of somebody who dropped out: they say why.
    """

    turn: DiffKind
    person: Person
    shown: ChangeKind | None
    now: ChangeKind | None
    fields: tuple[FieldDiff, ...] = attribute(default=(), repr=False)
    findings: tuple[Finding, ...] = ()

    @property
    def points(self) -> tuple[DifferentPoint, ...]:
        """What there is to say: how the person stands (None), where that is not as before, and each field.

        All the fields of somebody new, or of somebody who has dropped out, say no more than that.
        """
        stands = self.turn is not DiffKind.DIFFERS or self.shown is not self.now or not self.fields
        by_field = self.shown is self.now or (self.turn is DiffKind.CAME_IN and self.now is ChangeKind.UPDATE)
        fields = tuple((self, pair) for pair in self.fields) if by_field else ()
        return ((self, None), *fields) if stands else fields


DifferentPoint = tuple[PersonDiff, FieldDiff | None]
"""A person, and the field; None for how the person stands."""


@dataclass(frozen=True, slots=True)
class PlanDiff:
    """What a run says of the older plan: who approved that and when, when it was made, and how many differ in what.

    `approved_by` is None where the older plan is a preview's; `approved_at` is then when it was shown.
    """

    approved_by: str | None
    approved_at: datetime
    made_at: datetime
    turns: Mapping[DiffKind, int]

    @property
    def people(self) -> int:
        """In how many people the plans differ."""
        return sum(self.turns.values())

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form, kept as `Run.guard["again"]`."""
        return {
            "approved_by": self.approved_by,
            "approved_at": self.approved_at.isoformat(),
            "made_at": self.made_at.isoformat(),
            "turns": {turn.value: count for turn, count in self.turns.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` wrote."""
        return cls(
            data["approved_by"],
            datetime.fromisoformat(data["approved_at"]),
            datetime.fromisoformat(data["made_at"]),
            {DiffKind(turn): count for turn, count in data["turns"].items()},
        )


def compare(shown: Change | None, now: Change | None) -> PersonDiff | None:
    """How a person's change differs from the one that was shown; None when the same would be written, or nothing."""
    known = now or shown
    before, after = _writing(shown), _writing(now)
    if known is None or (before is None and after is None):
        return None
    fields = _differing(before, after)
    turn = DiffKind.CAME_IN if before is None else DiffKind.DROPPED_OUT if after is None else DiffKind.DIFFERS
    if before is not None and after is not None and not fields and _frame(before) == _frame(after):
        return None
    findings = now.findings if now is not None and after is None else ()
    return PersonDiff(turn, known.person, shown.kind if shown else None, now.kind if now else None, fields, findings)


def is_only_done(shown: Change | None, now: Change | None) -> bool:
    """Whether a change differs from the one that was shown only in what has been done since: all of it, or some fields.

    What is left was shown as it is.
    """
    if shown is None or now is None or shown.kind not in WRITING:
        return False
    if now.kind is ChangeKind.UNCHANGED:
        return True
    if shown.kind is not ChangeKind.UPDATE or now.kind is not ChangeKind.UPDATE:
        return False
    same = shown.person.target_id == now.person.target_id and set(now.lookalikes) == set(shown.lookalikes)
    before = _by_address(shown)
    left = all(before.get(address) == field for address, field in _by_address(now).items())
    return same and left and set(now.new_parts) <= set(shown.new_parts)


def _writing(change: Change | None) -> Change | None:
    return change if change is not None and change.kind in WRITING else None


def _frame(change: Change) -> object:
    """What a change says beside its fields: what is done, to whom, and who of the target it is known not to be."""
    return change.kind, change.person.target_id, frozenset(change.new_parts), frozenset(change.lookalikes)


_Address = tuple[Level, tuple[date, ...], str]


def _by_address(change: Change | None) -> Mapping[_Address, FieldChange]:
    return {} if change is None else {(field.level, field.key, field.field): field for field in change.fields}


def _differing(shown: Change | None, now: Change | None) -> tuple[FieldDiff, ...]:
    before, after = _by_address(shown), _by_address(now)
    return tuple(
        FieldDiff(_shown(before.get(address)), _shown(after.get(address)))
        for address in dict.fromkeys((*before, *after))
        if before.get(address) != after.get(address)
    )


def _shown(field: FieldChange | None) -> FieldChange | None:
    if field is None or not field.private:
        return field
    return FieldChange(field.level, field.key, field.field, None, None, private=True)
