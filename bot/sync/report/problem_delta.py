"""What is new about the problems of a run: a problem is said once, then counted, and said again when it is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime

from bot.domain.outcome import Outcome
from bot.sync.report.issues import SUCCESSES, ProblemKey, issues


@dataclass(frozen=True, slots=True)
class ProblemDelta:
    """`since` tells of each open problem when it was first seen, `new` which of them this run has found, `solved`
    which it has found gone."""

    since: Mapping[ProblemKey, datetime] = attribute(default_factory=dict)
    new: frozenset[ProblemKey] = frozenset()
    solved: frozenset[ProblemKey] = frozenset()

    def is_new(self, outcome: Outcome) -> bool:
        """Whether anything that is wrong with the person was not known before."""
        keys = problem_keys(outcome)
        return not keys or any(key not in self.since or key in self.new for key in keys)

    @property
    def solved_people(self) -> frozenset[str]:
        """Source ids of those with whom something was put right."""
        return frozenset(source_id for source_id, _ in self.solved)


def problem_keys(outcome: Outcome) -> frozenset[ProblemKey]:
    """What stands in a person's way, in a form that is the same in the next run; empty where nothing does."""
    if outcome.kind in SUCCESSES:
        return frozenset()
    return frozenset(issue.key for issue in issues(outcome) if issue.blocking)
