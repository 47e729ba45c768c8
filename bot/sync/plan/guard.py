"""Stops a run before it writes when its plan is out of proportion: what a wrong export or a wrong mapping looks like.

Every rule but one needs both a share and a number of people to speak up, so that a test with two people never trips it.
Improbable pay (`IMPROBABLE_PAY`) is asked about even if it is one person's: a slip of the period is paid out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from bot.core.text import Text, text
from bot.domain.change import ChangeKind
from bot.sync.plan.plan_summary import PlanSummary

IMPROBABLE_PEOPLE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """How much is out of proportion. Shares are of 0-1; a rule trips when its share *and* its people are reached.

    `creates`: new people, of those in scope, where the target already has at least half as many people as would be
    new. `updates`: people in whom one and the same field is overwritten, of those who exist in both. `leavers`: people
    who get a last day, of those who exist in both. `source_drop`: how much smaller the source is than last time.
    `improbable_people`: people whose pay would be written and is out of proportion; it has no share.
    """

    creates_share: float = 0.25
    creates_people: int = 10
    updates_share: float = 0.4
    updates_people: int = 10
    leavers_share: float = 0.1
    leavers_people: int = 5
    drop_share: float = 0.2
    drop_people: int = 5
    improbable_people: int = IMPROBABLE_PEOPLE

    def numbers(self) -> dict[str, Any]:
        """All of them by name."""
        return asdict(self)

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form; what came later than the others is in it where it is not the default."""
        numbers = self.numbers()
        if self.improbable_people == IMPROBABLE_PEOPLE:
            del numbers["improbable_people"]
        return numbers

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Thresholds as stored; what is not set keeps its default. Raises `ValueError` for a share outside 0-1
        and for anything below 0."""
        known = {field.name: data[field.name] for field in fields(cls) if field.name in data}
        for name, value in known.items():
            if value < 0 or (name.endswith("_share") and value > 1):
                raise ValueError(f"{name} is out of range")
        return cls(**known)


@dataclass(frozen=True, slots=True)
class History:
    """What the last finished run of the same scope saw; None where there was none."""

    source_people: int | None = None


@dataclass(frozen=True, slots=True)
class GuardReason:
    """One reason to stop. `text` says it to people; `count` of `of` is the proportion that was found."""

    code: str
    count: int
    of: int
    field: str | None = None

    @property
    def text(self) -> Text:
        """`guard.<code>`, with the numbers; the field's label is `field.<field>`."""
        values: dict[str, object] = {"count": self.count, "of": self.of}
        if self.field is not None:
            values["field"] = text(f"field.{self.field}")
        return Text(f"guard.{self.code}", values)

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The reason that `to_json` wrote."""
        return cls(data["code"], data["count"], data["of"], data.get("field"))


def judge(header: PlanSummary, thresholds: Thresholds, history: History) -> tuple[GuardReason, ...]:
    """The reasons to ask a human first; empty when the run may go on, and always when it would write nothing."""
    if not header.writes:
        return ()
    limits, reasons = thresholds, []
    creates = header.counts.get(ChangeKind.CREATE, 0)
    crowded = (header.target_people or 0) * 2 >= creates
    if crowded and _trips(creates, header.scope_people, limits.creates_share, limits.creates_people):
        reasons.append(GuardReason("creates", creates, header.scope_people))
    for name, count in header.overwrites.items():
        if _trips(count, header.matched_people, limits.updates_share, limits.updates_people):
            reasons.append(GuardReason("updates", count, header.matched_people, name))
    if _trips(header.leavers, header.matched_people, limits.leavers_share, limits.leavers_people):
        reasons.append(GuardReason("leavers", header.leavers, header.matched_people))
    if header.improbable_pay >= max(limits.improbable_people, 1):
        reasons.append(GuardReason("improbable_pay", header.improbable_pay, header.writes))
    before = history.source_people
    if before is not None and _trips(before - header.source_people, before, limits.drop_share, limits.drop_people):
        reasons.append(GuardReason("source_drop", header.source_people, before))
    return tuple(reasons)


def _trips(count: int, of: int, share: float, people: int) -> bool:
    return count >= max(people, 1) and count >= share * of
