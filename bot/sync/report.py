"""What a run came to, as plain data: counts, problems by kind, who was changed, and the rows of the full list."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute

from bot.sync.apply import outcome_without_writing
from bot.sync.change import Change, ChangeKind, Finding, Outcome, OutcomeKind, Person, Severity
from bot.text import Text, text

SUCCESSES = frozenset({OutcomeKind.CREATED, OutcomeKind.UPDATED, OutcomeKind.UNCHANGED, OutcomeKind.SKIPPED})
WRITES = frozenset({OutcomeKind.CREATED, OutcomeKind.UPDATED})

_OF_CHANGE = {ChangeKind.CREATE: OutcomeKind.CREATED, ChangeKind.UPDATE: OutcomeKind.UPDATED}

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

    @property
    def key(self) -> ProblemKey:
        """What makes it the same problem in the next run."""
        return self.person.source_id, self.code


@dataclass(frozen=True, slots=True)
class Report:
    """A run in numbers and names. `preview` counts what would be done.

    `problems` are grouped by code, the largest group first; `warnings` likewise, of people who were synced all the
    same. `fields` counts the people in whom a field was written. `new` and `solved` compare with the run before.
    """

    preview: bool
    people: int
    counts: Mapping[OutcomeKind, int]
    problems: tuple[tuple[str, tuple[Issue, ...]], ...] = ()
    warnings: tuple[tuple[str, tuple[Issue, ...]], ...] = ()
    changed: tuple[Outcome, ...] = ()
    fields: Mapping[str, int] = attribute(default_factory=dict)
    new: frozenset[ProblemKey] = frozenset()
    solved: frozenset[ProblemKey] = frozenset()

    @property
    def in_sync(self) -> bool:
        """Everybody in scope was looked at and nobody needed anything. A run without people is not in sync."""
        return (
            self.people > 0
            and self.counts.get(OutcomeKind.UNCHANGED, 0) > 0
            and not (set(self.counts) - {OutcomeKind.UNCHANGED, OutcomeKind.SKIPPED})
        )

    @property
    def clean(self) -> bool:
        """Nobody needs a human or a rerun, and somebody was synced."""
        done = self.counts.get(OutcomeKind.UNCHANGED, 0) + sum(self.counts.get(kind, 0) for kind in WRITES)
        return done > 0 and set(self.counts) <= SUCCESSES

    @property
    def retryable(self) -> int:
        """How many people a rerun may help."""
        return len({issue.person.source_id for _, group in self.problems for issue in group if issue.retryable})


def summarize(
    results: Iterable[Outcome] | Iterable[Change],
    previous: Iterable[ProblemKey] | None = None,
    *,
    preview: bool = False,
) -> Report:
    """Sum up a run's outcomes, or a preview's changes. `previous` are the `Issue.key`s of the problems last time."""
    counts: Counter[OutcomeKind] = Counter()
    fields: Counter[str] = Counter()
    problems: defaultdict[str, list[Issue]] = defaultdict(list)
    warnings: defaultdict[str, list[Issue]] = defaultdict(list)
    changed: list[Outcome] = []
    for result in results:
        outcome = foreseen(result) if isinstance(result, Change) else result
        counts[outcome.kind] += 1
        if outcome.kind in WRITES:
            changed.append(outcome)
            fields.update({name for _, _, name in outcome.fields})
        for issue in issues(outcome):
            (problems if outcome.kind not in SUCCESSES else warnings)[issue.code].append(issue)
    now = frozenset(issue.key for group in problems.values() for issue in group)
    before = frozenset(previous) if previous is not None else now
    return Report(
        preview=preview,
        people=counts.total(),
        counts=dict(counts),
        problems=_grouped(problems),
        warnings=_grouped(warnings),
        changed=tuple(changed),
        fields=dict(fields.most_common()),
        new=now - before,
        solved=before - now,
    )


def foreseen(change: Change) -> Outcome:
    """The outcome that a change will have if all goes well."""
    quiet = outcome_without_writing(change)
    if quiet is not None:
        return quiet
    written = tuple((field.level, field.key, field.field) for field in change.fields)
    return Outcome(_OF_CHANGE[change.kind], change.person, written, change.findings)


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
    )


def _grouped(groups: Mapping[str, list[Issue]]) -> tuple[tuple[str, tuple[Issue, ...]], ...]:
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return tuple((code, tuple(members)) for code, members in ordered)
