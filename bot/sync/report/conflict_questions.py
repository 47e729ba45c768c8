"""What a human is asked about an employee whom a plan could not match, and which answers would settle it.

Only answers that the next plan understands are offered: a number that two people of the target share, for instance,
is not settled by saying that the employee is neither of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.text import Text
from bot.domain.change import SAME_PERSON_BY, Lookalike, Person
from bot.domain.findings import Severity
from bot.domain.outcome import Outcome, OutcomeKind
from bot.sync.compare.match import MatchDecision, Resolution

SAME_SETTLES = frozenset(
    {"number.missing", "number.twice_in_target", "number.other_person", "target.moved", "target.looks_like"}
)
DIFFERENT_SETTLES = frozenset(
    {"target.looks_like", "target.gone", "target.chosen_gone", "duplicate.person", "duplicate.number_alike"}
)
DIFFERENT_SETTLES_DELIVERY = DIFFERENT_SETTLES | {"target.moved"}
"""A file target cannot be read: to it, a number that has changed is another person as soon as somebody says so."""

_FOUND_WHILE_WRITING = {
    "apply.looks_like": "target.looks_like",
    "apply.twice_in_target": "number.twice_in_target",
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """One question. `code` names the doubt; `question` says it and `advice` what else could be done."""

    person: Person
    code: str
    question: Text
    advice: Text
    lookalikes: tuple[Lookalike, ...] = ()

    def answers(self, *, delivers: bool) -> tuple[MatchDecision, ...]:
        """The decisions that would settle it; leaving the person out is always one. `delivers`: see `ProviderInfo`.

        Who shares with somebody what only one person has is not said to be a different person.
        """
        found: list[MatchDecision] = []
        if self.code in SAME_SETTLES and self.lookalikes:
            found.append(MatchDecision.SAME)
        certain = any(alike.by in SAME_PERSON_BY for alike in self.lookalikes)
        if not certain and self.code in (DIFFERENT_SETTLES_DELIVERY if delivers else DIFFERENT_SETTLES):
            found.append(MatchDecision.DIFFERENT)
        return (*found, MatchDecision.SKIP)


def conflict_of(outcome: Outcome) -> Conflict | None:
    """The question behind an outcome; None where there is none, or none that an answer could settle."""
    if outcome.kind is not OutcomeKind.CONFLICT:
        return None
    if outcome.reason is not None:
        code = _FOUND_WHILE_WRITING.get(outcome.reason.key)
        if code is None:
            return None
        advice = outcome.advice or Text(f"check.{code}.advice")
        return Conflict(outcome.person, code, outcome.reason, advice, outcome.lookalikes)
    first = next((item for item in outcome.findings if item.severity is Severity.BLOCKING), None)
    if first is None:
        return None
    question, advice = Text(f"check.{first.code}", first.values), Text(f"check.{first.code}.advice", first.values)
    return Conflict(outcome.person, first.code, question, advice, outcome.lookalikes)


def resolution(
    decision: MatchDecision, lookalikes: tuple[Lookalike, ...], target_id: str | None, before: Resolution | None
) -> Resolution:
    """The decision to remember. `target_id` is the person that SAME chose; DIFFERENT tells the employee from everyone
    who looks alike, and from those of an earlier answer too."""
    if decision is MatchDecision.SAME:
        return Resolution(decision, target_id)
    if decision is MatchDecision.SKIP:
        return Resolution(decision)
    earlier = before.told_apart if before is not None else frozenset[str]()
    apart = sorted(earlier | {alike.target_id for alike in lookalikes})
    return Resolution(decision, apart[0] if apart else None, tuple(apart[1:]))
