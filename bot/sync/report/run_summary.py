"""What is told of a run, gathered while its people pass by: sums, and of each kind the first that will be shown.

However many people there are, what is kept is the same; all that grows is the list of those whose problems are gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from bot.domain.change import Change, ChangeKind, FieldChange, Person
from bot.domain.outcome import Drifted, Outcome, OutcomeKind
from bot.sync.report.issues import OTHER_PAYROLL, PROBLEMS, WRITES, Issue, foreseen, is_equal, issues
from bot.sync.report.problem_delta import ProblemDelta, problem_keys
from bot.sync.report.problem_groups import NAMES, ProblemGroups
from bot.sync.report.top_n import TopN

_COMPARED = WRITES | {OutcomeKind.UNCHANGED}

NAMED = 5
"""People who are named one by one in a message."""

ROWS = 200
"""Rows of each table, and remarks, that can be shown: those of as many tables as a thread gets."""

NEWCOMERS = 20
"""New people whose values can be shown."""


class RunSummary:
    """A run, summed up person by person. With `news`, problems that were known before are told apart from new ones.

    `new_problems` are the people whose problem was not known before, `known_problems` the others; `standing_since`
    says since when those are. `other_payroll` counts who seem to belong to another payroll. `newcomers` and
    `updates` have values while they are there: those of a plan. `waiting` counts the people who are in the target
    and wait for somebody there; `waiting_for` has them by what they wait for. `muted` are those
    whose known problem is not told, by the last day of that. `unread` counts those for whom the
    target was not looked at, `unequal` those without a problem in whom it was seen to hold something else that is
    left, or did not show all; `kept` and `unseen` have how many people have each such field. `words` tells that a
    system said something of somebody, which nobody is shown here.
    """

    def __init__(self, news: ProblemDelta | None = None, *, named: int = NAMED, rows: int = ROWS) -> None:
        self.news = news
        self.people = 0
        self.new_problems, self.known_problems = ProblemGroups(), ProblemGroups()
        self.newcomers: TopN[Change] = TopN(NEWCOMERS)
        self.changed: TopN[Outcome] = TopN(rows)
        self.remarks_total = 0
        self.updates: TopN[tuple[Change, FieldChange]] = TopN(rows)
        self.drift: TopN[tuple[Change, FieldChange]] = TopN(rows)
        self.drifted: TopN[tuple[Outcome, Drifted]] = TopN(rows)
        self.unread = self.unequal = self.other_payroll = 0
        self.kept: Counter[str] = Counter()
        self.muted: dict[date, TopN[Person]] = {}
        self.unseen: Counter[str] = Counter()
        self.waiting = 0
        self.words = False
        self.waiting_for: dict[Hashable, TopN[Issue]] = {}
        self.standing_since: datetime | None = None
        self._named, self._rows = named, rows
        self._remarks: dict[Hashable, TopN[Issue]] = {}
        self._unkept_remarks = 0
        self._gone = set(news.solved_people) if news else set()
        self._gone_named: dict[str, Person] = {}

    def add(self, outcome: Outcome) -> None:
        """Take in what became of one person."""
        self.people += 1
        for one in outcome.drift:
            self.drifted.add((outcome, one))
        found: Sequence[Issue] = issues(outcome)
        self.words = self.words or any(issue.verbatim for issue in found)
        self.unread += outcome.unread
        self.kept.update(outcome.kept)
        self.unseen.update(outcome.unseen)
        self.unequal += outcome.kind in _COMPARED and not outcome.unread and not is_equal(outcome)
        stopped = outcome.kind in PROBLEMS
        if outcome.kind is OutcomeKind.BLOCKED and (foreign := [one for one in found if one.code == OTHER_PAYROLL]):
            # What else is said of them is advice for the wrong payroll; the file has it.
            self.other_payroll += 1
            found = foreign[:1]
        for issue in found:
            if not (stopped and issue.blocking):
                self._add_remark(issue)
        if stopped:
            self._add_problem(outcome, [issue for issue in found if issue.blocking])
            return
        waiting = [issue for issue in found if issue.waiting]
        self._add_waiting(waiting)
        if waiting:
            self._gone.discard(outcome.person.source_id)
        if outcome.kind in WRITES:
            self.changed.add(outcome)
        self._name_resolved(outcome.person)

    def predict(self, change: Change) -> Outcome:
        """Take in what is planned for one person; gives the outcome that it will have if all goes well."""
        outcome = foreseen(change)
        self.add(outcome)
        self._add_values(change)
        for field in change.drift:
            self.drift.add((change, field))
        return outcome

    def add_written(self, outcome: Outcome, change: Change | None) -> None:
        """Take in what was written of one person: the values of the plan's change, if they are at hand."""
        if outcome.kind not in WRITES:
            return
        if change is not None:
            written = frozenset(outcome.fields)
            fields = tuple(field for field in change.fields if (field.level, field.key, field.field) in written)
            self._add_values(replace(change, fields=fields))
        elif outcome.kind is OutcomeKind.CREATED:
            self.newcomers.total += bool(self.newcomers.first)
        elif self.updates.first:
            self.updates.total += len(outcome.fields)

    def has_room_for(self, kind: str) -> bool:
        """Whether the values of one more person with this outcome would be shown."""
        if kind == OutcomeKind.CREATED:
            return len(self.newcomers.first) < NEWCOMERS
        return kind == OutcomeKind.UPDATED and len(self.updates.first) < self._rows

    def _add_values(self, change: Change) -> None:
        if change.kind is ChangeKind.CREATE:
            self.newcomers.add(change)
        elif change.kind is ChangeKind.UPDATE:
            for field in change.fields:
                self.updates.add((change, field))

    @property
    def remarks(self) -> TopN[TopN[Issue]]:
        """What did not stop anybody: people with the same remark together, the most frequent first."""
        lines: TopN[TopN[Issue]] = TopN(self._rows)
        for shared in sorted(self._remarks.values(), key=lambda same: -same.total):
            lines.add(shared)
        lines.total += self._unkept_remarks
        return lines

    def unnamed(self) -> RunSummary:
        """The part of it that names nobody: how many people are muted, until when."""
        numbers = RunSummary()
        for until, people in self.muted.items():
            numbers.muted[until] = TopN(0)
            numbers.muted[until].total = people.total
        return numbers

    @property
    def people_muted(self) -> int:
        """How many people have a known problem that somebody has muted."""
        return sum(people.total for people in self.muted.values())

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
            self._remarks.setdefault(same, TopN(NAMES)).add(issue)
        else:
            self._unkept_remarks += 1

    def _add_waiting(self, found: Sequence[Issue]) -> None:
        self.waiting += bool(found)
        for issue in found:
            self.waiting_for.setdefault((issue.code, issue.field), TopN(self._named)).add(issue)

    def _add_problem(self, outcome: Outcome, found: Sequence[Issue]) -> None:
        self._gone.discard(outcome.person.source_id)
        self._gone_named.pop(outcome.person.source_id, None)
        if self.news is not None and (until := self.news.muted_until(outcome)) is not None:
            self.muted.setdefault(until, TopN(self._named)).add(outcome.person)
            return
        if self.news is None or self.news.is_new(outcome):
            self.new_problems.add(outcome.kind, outcome.person, found)
            return
        self.known_problems.add(outcome.kind, outcome.person, found)
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
