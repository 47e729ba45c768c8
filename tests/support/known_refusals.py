"""What a target is known to refuse is found in the plan: the person is kept out, or the value is left out and told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.change import Change, ChangeKind
from bot.domain.findings import Severity
from bot.domain.outcome import Outcome, OutcomeKind


@dataclass(frozen=True)
class Refusal:
    """A rule of the stand-in, by an employee who breaks it: what is different of them, or of the settings.

    `fields` are those of which one must be told; `blocks` says that the person must be kept out.
    """

    rule: str
    different: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    blocks: bool = False


async def found_in_the_plan(
    refusal: Refusal, change: Change, carry_out: Callable[[Change], Awaitable[Outcome]]
) -> Outcome | None:
    """Hold a change to what was promised of it; gives the outcome where it is one to be carried out."""
    about = [found for found in change.findings if found.field in refusal.fields]
    assert about, f"{refusal.rule}: nothing is told of {refusal.fields}, only {change.findings}"
    if change.kind in (ChangeKind.BLOCKED, ChangeKind.CONFLICT):
        assert any(found.severity is Severity.BLOCKING for found in about), (
            f"{refusal.rule}: kept out by something else"
        )
        return None
    assert not refusal.blocks, f"{refusal.rule}: is not kept out"
    assert change.kind in (ChangeKind.CREATE, ChangeKind.UPDATE), refusal.rule
    outcome = await carry_out(change)
    assert outcome.kind in (OutcomeKind.CREATED, OutcomeKind.UPDATED), f"{refusal.rule}: {outcome}"
    return outcome
