"""What a run notes of the guard: why a human is to look first, and how its plan differs from one that was approved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from bot.sync.plan.guard import GuardReason
from bot.sync.plan.plan_diff import PlanDiff
from storage.runs import Run


@dataclass(frozen=True, slots=True)
class GuardNote:
    """`reasons` are those to which nobody has agreed; `again` only where an approved plan was made anew."""

    reasons: tuple[GuardReason, ...] = ()
    again: PlanDiff | None = None

    def __bool__(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.reasons) or self.again is not None

    def to_json(self) -> dict[str, Any] | None:
        """The column `runs.guard`; None where there is nothing to say."""
        if not self:
            return None
        data: dict[str, Any] = {"reasons": [reason.to_json() for reason in self.reasons]}
        return data if self.again is None else data | {"again": self.again.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Self:
        """The note that `to_json` wrote."""
        if not data:
            return cls()
        again = data.get("again")
        return cls(
            tuple(GuardReason.from_json(reason) for reason in data.get("reasons", ())),
            None if again is None else PlanDiff.from_json(again),
        )


def guard_note_of(run: Run) -> GuardNote:
    """What the run noted of the guard; an empty note where the guard had nothing to say."""
    return GuardNote.from_json(run.guard)
