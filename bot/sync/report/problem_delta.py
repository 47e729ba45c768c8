"""What is new about the problems of a run: a problem is said once, then counted, and said again when it is gone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime

from bot.domain.outcome import Outcome, OutcomeKind
from bot.sync.report.issues import BY_HAND, SUCCESSES, ProblemKey, issues


@dataclass(frozen=True, slots=True)
class ProblemDelta:
    """`since` tells of each open problem when it was first seen, `new` which of them this run has found, `solved`
    which it has found gone. `muted` are the people of whom nothing that is open is told each time, and until when;
    `muted_as` says of their problems what each was when that was chosen: one that says something else is told."""

    since: Mapping[ProblemKey, datetime] = attribute(default_factory=dict)
    new: frozenset[ProblemKey] = frozenset()
    solved: frozenset[ProblemKey] = frozenset()
    muted: Mapping[str, date] = attribute(default_factory=dict)
    muted_as: Mapping[ProblemKey, str] = attribute(default_factory=dict)

    def muted_until(self, outcome: Outcome) -> date | None:
        """Until when what stands in a person's way is not told each time; None where it is told."""
        if outcome.kind is not OutcomeKind.BLOCKED or self.is_new(outcome):
            return None
        until = self.muted.get(outcome.person.source_id)
        if until is None:
            return None
        said = problems_as_said(outcome)
        return until if all(self.muted_as.get(key, now) == now for key, now in said.items()) else None

    def is_new(self, outcome: Outcome) -> bool:
        """Whether anything that is wrong with the person was not known before."""
        keys = problem_keys(outcome)
        return not keys or any(key not in self.since or key in self.new for key in keys)

    @property
    def solved_people(self) -> frozenset[str]:
        """Source ids of those with whom something was put right."""
        return frozenset(source_id for source_id, _ in self.solved)


def problem_keys(outcome: Outcome) -> frozenset[ProblemKey]:
    """What stands in a person's way, or is left for somebody to type in, in a form that is the same in the next run;
    empty where nothing is."""
    if outcome.kind in SUCCESSES:
        typed_in = (item.field for item in outcome.findings if item.code == BY_HAND)
        return frozenset((outcome.person.source_id, f"{BY_HAND}.{field}") for field in typed_in)
    return frozenset(issue.key for issue in issues(outcome) if issue.blocking)


PAY = ("compensation.", "pay.", "salary.", "currency.")
"""Codes that say that somebody's pay is wrong, or begin with these words."""

PAY_FIELDS = frozenset({"compensation", "salary", "annual_salary", "monthly_salary", "hourly_wage", "percentage"})


def can_be_muted(outcome: Outcome) -> bool:
    """Whether what stands in a person's way may be left untold for a while: data that is being waited for, never pay,
    an answer that is owed, or a write that failed."""
    stops = [issue for issue in issues(outcome) if issue.blocking]
    about_pay = any(issue.code.startswith(PAY) or issue.field in PAY_FIELDS for issue in stops)
    return outcome.kind is OutcomeKind.BLOCKED and bool(stops) and not about_pay


def problems_as_said(outcome: Outcome) -> dict[ProblemKey, str]:
    """What stands in a person's way, each with a digest of what is said of it: other words are another problem."""
    said: dict[ProblemKey, list[str]] = {}
    for issue in issues(outcome):
        if issue.blocking and issue.key in problem_keys(outcome):
            said.setdefault(issue.key, []).append(repr((issue.code, issue.field, sorted(issue.reason.values.items()))))
    return {key: hashlib.sha256("\n".join(sorted(each)).encode()).hexdigest() for key, each in said.items()}
