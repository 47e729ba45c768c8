"""What is told of one person's outcome: whether it is a problem, and everything that is wrong, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.text import Text, text
from bot.domain.change import Change, Person
from bot.domain.findings import Finding, Severity
from bot.domain.outcome import PLANNED_AS, Outcome, OutcomeKind
from bot.sync.apply.apply_change import outcome_without_writing
from bot.sync.apply.outcomes import drifted
from bot.sync.compare.fingerprints import LEFT_IN_TARGET

SUCCESSES = frozenset({OutcomeKind.CREATED, OutcomeKind.UPDATED, OutcomeKind.UNCHANGED, OutcomeKind.SKIPPED})
WRITES = frozenset({OutcomeKind.CREATED, OutcomeKind.UPDATED})

PROBLEMS = (
    OutcomeKind.FAILED,
    OutcomeKind.UNKNOWN,
    OutcomeKind.CONFLICT,
    OutcomeKind.BLOCKED,
    OutcomeKind.CANCELLED,
)
"""What needs a person, the gravest first."""

DIFFERENCES = LEFT_IN_TARGET | {
    *(
        "value.only_in_target",
        "value.by_hand",
        "pay.rate_kept",
        "delivery.part_gone",
        "delivery.day_moved",
        "office.unmapped",
        "office.missing",
    ),
}
"""Findings that say that the target holds something else than the source, and is left so."""

BY_HAND = "value.by_hand"
"""What differs and only a person can change, one field after the other."""

OTHER_PAYROLL = "compensation.currency"
"""Of whom is paid in a currency that the target does not pay in: they seem to belong to another payroll."""

ProblemKey = tuple[str, str]
"""Source id and the code of what is wrong: the same problem in two runs has the same key."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with one person. `field` is a canonical field or one of the provider's table, or None."""

    person: Person
    kind: OutcomeKind
    code: str
    blocking: bool
    reason: Text
    advice: Text | None = None
    field: str | None = None
    verbatim: str | None = None
    reference: str | None = None
    retryable: bool = False
    waiting: bool = False

    @property
    def key(self) -> ProblemKey:
        """What makes it the same problem in the next run."""
        return self.person.source_id, self.code


def foreseen(change: Change) -> Outcome:
    """The outcome that a change will have if all goes well."""
    quiet = outcome_without_writing(change)
    if quiet is not None:
        return quiet
    written = tuple((field.level, field.key, field.field) for field in change.fields)
    drift = drifted(change, written=True)
    return Outcome(
        PLANNED_AS[change.kind],
        change.person,
        written,
        change.findings,
        drift=drift,
        kept=change.kept,
        unseen=change.unseen,
    )


def is_equal(outcome: Outcome) -> bool:
    """Whether the target was seen to hold all that it should of a person: nothing was left there, and all was shown."""
    left = any(not drifted.restored for drifted in outcome.drift)
    told = any(item.code in DIFFERENCES for item in outcome.findings)
    return not (outcome.unread or outcome.kept or outcome.unseen or left or told)


def word_of(outcome: Outcome) -> str:
    """The outcome's word in lists (`report.outcome.<word>`): "unchanged" is only who was read and is equal."""
    if outcome.kind is not OutcomeKind.UNCHANGED or is_equal(outcome):
        return outcome.kind.value
    return "unread" if outcome.unread else "left"


def issues(outcome: Outcome) -> tuple[Issue, ...]:
    """Everything that is wrong with one person, what stopped them first."""
    person, kind = outcome.person, outcome.kind
    found: list[Issue] = []
    if outcome.reason is not None:
        about = next((item.field for item in outcome.findings if item.code == "target.rejected"), None)
        found.append(
            Issue(person, kind, outcome.reason.key, True, outcome.reason, outcome.advice, about, outcome.verbatim,
                  outcome.reference, outcome.retryable)
        )  # fmt: skip
    elif kind is OutcomeKind.CANCELLED:
        found.append(Issue(person, kind, "apply.cancelled", True, text("apply.cancelled"), retryable=outcome.retryable))
    found += [_of_finding(outcome, item) for item in outcome.findings if item.code != "target.rejected" or not found]
    return tuple(sorted(found, key=lambda issue: not issue.blocking))


def _of_finding(outcome: Outcome, item: Finding) -> Issue:
    return Issue(
        outcome.person,
        outcome.kind,
        item.code,
        item.severity is Severity.BLOCKING,
        Text(f"check.{item.code}", item.values),
        Text(f"check.{item.code}.advice", item.values),
        item.field,
        item.verbatim,
        waiting=item.severity is Severity.WAITING,
    )
