"""People with one and the same problem, together: what is wrong is said once, with the names of those it concerns."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from bot.domain.change import Person
from bot.domain.outcome import OutcomeKind
from bot.sync.report.issues import PROBLEMS, Issue
from bot.sync.report.top_n import TopN

GROUPS = 40
"""Groups of one kind of outcome that are kept; people in others are counted."""

NAMES = 20
"""People of a group whose names are kept."""


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """What stands in the way of all of them: `issues` are those of the first."""

    kind: OutcomeKind
    issues: tuple[Issue, ...]
    people: TopN[Person]


class ProblemGroups:
    """People by what is wrong with them. `total` counts the people, those of groups that are not kept as well.

    Who has two problems is in the group of those with the same two, so that nobody is counted twice and no problem of
    theirs is left unsaid.
    """

    def __init__(self, groups: int = GROUPS, names: int = NAMES) -> None:
        self.total = self._unkept = 0
        self._room, self._names = groups, names
        self._groups: dict[OutcomeKind, dict[Hashable, ProblemGroup]] = {kind: {} for kind in PROBLEMS}

    def add(self, kind: OutcomeKind, person: Person, issues: Sequence[Issue]) -> None:
        """Take in a person with all that stops them."""
        self.total += 1
        same = tuple((issue.code, issue.field, repr(issue.reason), repr(issue.advice)) for issue in issues)
        kept = self._groups[kind]
        if same not in kept:
            if len(kept) == self._room:
                self._unkept += 1
                return
            kept[same] = ProblemGroup(kind, tuple(issues), TopN(self._names))
        kept[same].people.add(person)

    def __iter__(self) -> Iterator[ProblemGroup]:
        """The groups: the gravest first, of one kind the largest."""
        for kind in PROBLEMS:
            yield from sorted(self._groups[kind].values(), key=lambda group: -group.people.total)

    def sample(self) -> TopN[ProblemGroup]:
        """The groups that are kept, as a sample of all that there may be."""
        kept: TopN[ProblemGroup] = TopN(self._room * len(PROBLEMS))
        for group in self:
            kept.add(group)
        kept.total += self._unkept
        return kept
