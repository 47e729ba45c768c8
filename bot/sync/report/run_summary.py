"""What is told of a run, gathered while its people pass by: sums, and of each kind the first that will be shown.

However many people there are, what is kept is the same; all that grows is the list of those whose problems are gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from bot.domain.change import Change, ChangeKind, FieldChange, Person
from bot.domain.outcome import Drifted, Outcome, OutcomeKind
from bot.sync.report.issues import PROBLEMS, WRITES, Issue, foreseen, is_equal, issues
from bot.sync.report.problem_delta import ProblemDelta, problem_keys

T = TypeVar("T")

_COMPARED = WRITES | {OutcomeKind.UNCHANGED}

NAMED = 5
"""People who are named one by one in a message."""

MANY = 3
"""People with one and the same remark: from here on it is told once, with the first of their names."""

ROWS = 200
"""Rows of each table that can be shown: those of as many tables as a thread gets."""


class TopN(Generic[T]):
    """The `first` of many, and how many there are in `total`."""

    __slots__ = ("_room", "first", "total")

    def __init__(self, room: int) -> None:
        self._room = room
        self.first: list[T] = []
        self.total = 0

    def add(self, one: T) -> None:
        """Count one more, and keep it while there is room."""
        self.total += 1
        if len(self.first) < self._room:
            self.first.append(one)


class RunSummary:
    """A run, summed up person by person. With `news`, problems that were known before are told apart from new ones.

    `waiting` counts the people who are in the target and do not count there yet; `waiting_for` has them by what they
    wait for. `unread` counts those for whom the target was not looked at, `unequal` those without a problem in whom it
    was seen to hold something else that is left; `kept` has how many people have each such field. `words` tells that a
    system said something of somebody, which nobody is shown here.
    """

    def __init__(self, news: ProblemDelta | None = None, *, named: int = NAMED, rows: int = ROWS) -> None:
        self.news = news
        self.people = 0
        self.problems: TopN[Issue] = TopN(rows)
        self.changed: TopN[Outcome] = TopN(rows)
        self.remarks_total = 0
        self.updates: TopN[tuple[Change, FieldChange]] = TopN(rows)
        self.drift: TopN[tuple[Change, FieldChange]] = TopN(rows)
        self.drifted: TopN[tuple[Outcome, Drifted]] = TopN(rows)
        self.unread = self.unequal = 0
        self.kept: Counter[str] = Counter()
        self.waiting = 0
        self.words = False
        self.waiting_for: dict[str, TopN[Issue]] = {}
        self.standing_since: datetime | None = None
        self._named, self._rows = named, rows
        self._remarks: dict[Hashable, TopN[Issue]] = {}
        self._unkept_remarks = 0
        self._new = {kind: TopN[Outcome](named) for kind in PROBLEMS}
        self._standing = {kind: TopN[Outcome](named) for kind in PROBLEMS}
        self._gone = set(news.solved_people) if news else set()
        self._gone_named: dict[str, Person] = {}

    def add(self, outcome: Outcome) -> None:
        """Take in what became of one person."""
        self.people += 1
        for one in outcome.drift:
            self.drifted.add((outcome, one))
        found = issues(outcome)
        self.words = self.words or any(issue.verbatim for issue in found)
        self.unread += outcome.unread
        self.kept.update(outcome.kept)
        self.unequal += outcome.kind in _COMPARED and not outcome.unread and not is_equal(outcome)
        if outcome.kind in PROBLEMS:
            for issue in found:
                self.problems.add(issue)
            self._add_problem(outcome)
            return
        for issue in found:
            self._add_remark(issue)
        self._add_waiting([issue for issue in found if issue.waiting])
        if outcome.kind in WRITES:
            self.changed.add(outcome)
        self._name_resolved(outcome.person)

    def predict(self, change: Change) -> Outcome:
        """Take in what is planned for one person; gives the outcome that it will have if all goes well."""
        outcome = foreseen(change)
        self.add(outcome)
        if change.kind is ChangeKind.UPDATE:
            for field in change.fields:
                self.updates.add((change, field))
        for field in change.drift:
            self.drift.add((change, field))
        return outcome

    @property
    def new_problems(self) -> TopN[Outcome]:
        """People with a problem that was not known before, the gravest first."""
        return _joined(self._new.values(), self._named)

    @property
    def known_problems(self) -> TopN[Outcome]:
        """People whose problems were all known before, the gravest first; `standing_since` says since when."""
        return _joined(self._standing.values(), self._named)

    @property
    def remarks(self) -> TopN[TopN[Issue]]:
        """What did not stop anybody: the same remark on `MANY` people together, else each for itself."""
        lines: TopN[TopN[Issue]] = TopN(self._rows)
        for shared in self._remarks.values():
            for line in [shared] if shared.total >= MANY else [_alone(issue) for issue in shared.first]:
                lines.add(line)
        lines.total += self._unkept_remarks
        return lines

    @property
    def resolved(self) -> int:
        """How many people had a problem before and have none now."""
        return len(self._gone)

    @property
    def resolved_named(self) -> tuple[Person, ...]:
        """Those people, if they are few and this run has met them all; else nobody."""
        all_named = 0 < len(self._gone_named) == len(self._gone) <= self._named
        return tuple(self._gone_named.values()) if all_named else ()

    def _add_remark(self, issue: Issue) -> None:
        self.remarks_total += 1
        same = (issue.code, issue.field, issue.verbatim, issue.kind, repr(issue.reason.values))
        if same in self._remarks or len(self._remarks) < self._rows:
            self._remarks.setdefault(same, TopN(max(self._named, MANY))).add(issue)
        else:
            self._unkept_remarks += 1

    def _add_waiting(self, found: Sequence[Issue]) -> None:
        self.waiting += bool(found)
        for issue in found:
            self.waiting_for.setdefault(issue.code, TopN(self._named)).add(issue)

    def _add_problem(self, outcome: Outcome) -> None:
        self._gone.discard(outcome.person.source_id)
        self._gone_named.pop(outcome.person.source_id, None)
        if self.news is None or self.news.is_new(outcome):
            self._new[outcome.kind].add(outcome)
            return
        self._standing[outcome.kind].add(outcome)
        seen = [when for key in problem_keys(outcome) if (when := self.news.since.get(key)) is not None]
        self.standing_since = min([*seen, *([self.standing_since] if self.standing_since else [])], default=None)

    def _name_resolved(self, person: Person) -> None:
        # One more than is ever named: then it is known that they are too many.
        if person.source_id in self._gone and len(self._gone_named) <= self._named:
            self._gone_named[person.source_id] = person


def summed(outcomes: Iterable[Outcome], news: ProblemDelta | None = None) -> RunSummary:
    """The summary of some outcomes that are at hand."""
    summary = RunSummary(news)
    for outcome in outcomes:
        summary.add(outcome)
    return summary


def _alone(issue: Issue) -> TopN[Issue]:
    alone: TopN[Issue] = TopN(1)
    alone.add(issue)
    return alone


def _joined(samples: Iterable[TopN[Outcome]], room: int) -> TopN[Outcome]:
    joined: TopN[Outcome] = TopN(room)
    for sample in samples:
        joined.first += sample.first[: room - len(joined.first)]
        joined.total += sample.total
    return joined
