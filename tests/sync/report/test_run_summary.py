"""A run summed up: what is told does not change with the way it is gathered, and what is kept does not grow."""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.change import Change, ChangeKind, FieldChange, Person
from bot.domain.findings import Finding, Severity
from bot.domain.outcome import Outcome, OutcomeKind
from bot.domain.record import Level
from bot.jobs.runs.problems import muting
from bot.sync.report.issues import PROBLEMS
from bot.sync.report.problem_delta import ProblemDelta, can_be_muted, problem_keys, problems_as_said
from bot.sync.report.problem_groups import GROUPS, NAMES
from bot.sync.report.run_summary import NAMED, ROWS, RunSummary, summed
from storage.problems import Problem

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
BLOCK = Finding("bank.invalid", Severity.BLOCKING, "bank_account")
WARNING = Finding("email.missing", Severity.WARNING, "email")


def person(n: int) -> Person:
    return Person(f"s{n}", str(n), f"Person {n}")


def blocked(n: int, kind: OutcomeKind = OutcomeKind.BLOCKED) -> Outcome:
    return Outcome(kind, person(n), findings=(BLOCK, WARNING))


def known(*outcomes: Outcome, since: datetime = NOW, solved: tuple[int, ...] = ()) -> ProblemDelta:
    keys = {key for outcome in outcomes for key in problem_keys(outcome)}
    return ProblemDelta(dict.fromkeys(keys, since), frozenset(), frozenset((f"s{n}", "gone") for n in solved))


@pytest.mark.parametrize("size", [0, 1, NAMED, NAMED + 1, 1_000])
def test_the_gravest_come_first_and_all_are_counted(size: int) -> None:
    kinds = tuple(reversed(PROBLEMS))
    summary = summed(blocked(n, kinds[n % len(kinds)]) for n in range(size))
    assert (summary.people, summary.new_problems.total) == (size, size)
    told = [(PROBLEMS.index(group.kind), group.people.total) for group in summary.new_problems]
    expected = Counter(PROBLEMS.index(kinds[n % len(kinds)]) for n in range(size))
    assert told == sorted(expected.items())


def test_what_was_known_is_counted_since_the_first_of_it() -> None:
    old, older, fresh = blocked(1), blocked(2), blocked(3)
    news = ProblemDelta({**known(old).since, **known(older, since=NOW - timedelta(days=9)).since})
    summary = summed([old, fresh, older], news)
    assert [group.people.first for group in summary.new_problems] == [[fresh.person]]
    assert [group.people.first for group in summary.known_problems] == [[old.person, older.person]]
    assert summary.standing_since == NOW - timedelta(days=9)


def test_a_problem_is_new_in_the_run_that_found_it() -> None:
    again = ProblemDelta(known(blocked(1)).since, problem_keys(blocked(1)))
    assert summed([blocked(1)], again).new_problems.total == 1
    assert summed([blocked(1)], known(blocked(1))).new_problems.total == 0


def test_those_who_are_well_again_are_named_if_they_are_few_and_were_met() -> None:
    well = [Outcome(OutcomeKind.UNCHANGED, person(n)) for n in range(NAMED + 2)]
    few = summed([*well, blocked(40)], known(solved=(0, 1, 40)))
    assert (few.resolved, few.resolved_named) == (2, (person(0), person(1)))
    missing = summed(well[:1], known(solved=(0, 1)))
    assert (missing.resolved, missing.resolved_named) == (2, ())
    many = summed(well, known(solved=tuple(range(NAMED + 1))))
    assert (many.resolved, many.resolved_named) == (NAMED + 1, ())


def test_a_plan_is_summed_up_with_its_fields() -> None:
    field = FieldChange(Level.PERSON, (), "phone", "1")
    summary = RunSummary()
    changes = [
        Change(ChangeKind.CREATE, person(1), (field,)),
        Change(ChangeKind.UPDATE, person(2), (field, field), drift=(field,)),
        Change(ChangeKind.UNCHANGED, person(3), findings=(WARNING,), drift=(field,)),
        Change(ChangeKind.CONFLICT, person(4), findings=(BLOCK,)),
    ]
    kinds = [summary.predict(change).kind for change in changes]
    assert kinds == [OutcomeKind.CREATED, OutcomeKind.UPDATED, OutcomeKind.UNCHANGED, OutcomeKind.CONFLICT]
    assert [outcome.person for outcome in summary.changed.first] == [person(1), person(2)]
    assert (summary.updates.total, summary.drift.total) == (2, 2)
    assert [change.person for change in summary.newcomers.first] == [person(1)]
    assert (summary.new_problems.total, summary.remarks.total) == (1, 1)


def test_no_more_people_are_kept_than_are_shown() -> None:
    kinds = tuple(OutcomeKind)
    field = FieldChange(Level.PERSON, (), "phone", "1")
    before = people_in_memory()
    summary = RunSummary()
    for n in range(20 * ROWS):
        summary.add(blocked(n, kinds[n % len(kinds)]))
        summary.predict(Change(ChangeKind.UPDATE, person(n), (field,), drift=(field,)))
    kept = people_in_memory() - before
    assert summary.updates.total == summary.drift.total == 20 * ROWS
    # The rows of five tables, and those who are named.
    assert kept <= 5 * ROWS + (NAMES + 1) * 2 * len(PROBLEMS)


def people_in_memory() -> int:
    gc.collect()
    return sum(isinstance(one, Person) for one in gc.get_objects())


def test_the_same_remark_on_many_people_is_one_line_and_every_remark_is_counted() -> None:
    here, there = (
        Finding("identity.foreign", Severity.WARNING, "identity_number", {"country": c}) for c in ("SE", "DK")
    )
    swedes = [
        Outcome(OutcomeKind.CREATED, person(n), findings=(here, WARNING) if n < 2 else (here,)) for n in range(12)
    ]
    danes = [Outcome(OutcomeKind.CREATED, person(n), findings=(there,)) for n in range(20, 22)]
    summary = summed([*swedes, *danes])
    assert summary.remarks_total == 16
    assert sorted(line.total for line in summary.remarks.first) == [2, 2, 12]
    assert [issue.person for issue in summary.remarks.first[0].first] == [person(n) for n in range(12)]


def test_remarks_of_their_own_on_any_number_of_people_are_kept_up_to_a_table() -> None:
    everyone = (
        Outcome(OutcomeKind.CREATED, person(n), findings=(Finding("x", Severity.WARNING, "number", {"n": n}),))
        for n in range(ROWS * 2)
    )
    remarks = summed(everyone).remarks
    assert (len(remarks.first), remarks.total) == (ROWS, ROWS * 2)


def test_who_has_more_problems_is_told_apart_from_those_with_one_and_nobody_is_counted_twice() -> None:
    other = Finding("number.missing", Severity.BLOCKING, "number")
    both = Outcome(OutcomeKind.BLOCKED, person(9), findings=(BLOCK, other))
    summary = summed([blocked(1), both, blocked(2)])
    assert [(len(group.issues), group.people.total) for group in summary.new_problems] == [(1, 2), (2, 1)]
    assert summary.new_problems.total == 3
    assert summary.remarks_total == 2, "what did not stop them is a remark"


def test_more_kinds_of_problems_than_are_kept_are_counted() -> None:
    each = (Outcome(OutcomeKind.BLOCKED, person(n), findings=(Finding("x", Severity.BLOCKING, "number", {"n": n}),))
            for n in range(GROUPS * 3))  # fmt: skip
    summary = summed(each)
    sample = summary.new_problems.sample()
    assert (summary.new_problems.total, len(sample.first), sample.total) == (GROUPS * 3, GROUPS, GROUPS * 3)


def test_values_of_a_sync_are_those_that_were_written() -> None:
    phone, email = FieldChange(Level.PERSON, (), "phone", "1", "0"), FieldChange(Level.PERSON, (), "email", "a@b.se")
    planned = Change(ChangeKind.UPDATE, person(1), (phone, email))
    summary = RunSummary()
    written = Outcome(OutcomeKind.UPDATED, person(1), ((Level.PERSON, (), "phone"),))
    summary.add(written)
    summary.add_written(written, planned)
    assert [field for _, field in summary.updates.first] == [phone]
    refused = Outcome(OutcomeKind.FAILED, person(2))
    summary.add(refused)
    summary.add_written(refused, planned)
    assert summary.updates.total == 1
    summary.add_written(Outcome(OutcomeKind.UPDATED, person(3), written.fields * 3), None)
    assert (len(summary.updates.first), summary.updates.total) == (1, 4), "counted where there is no room for values"


def test_people_of_another_payroll_are_one_group_whatever_else_is_said_of_them() -> None:
    krona = Finding("compensation.currency", Severity.BLOCKING, "currency", {"currency": "SEK", "expected": ("NOK",)})
    swedes = [
        Outcome(OutcomeKind.BLOCKED, person(n), findings=(krona, *((BLOCK,) if n % 2 else ()), WARNING))
        for n in range(6)
    ]
    summary = summed([*swedes, blocked(9)])
    groups = [([issue.code for issue in group.issues], group.people.total) for group in summary.new_problems]
    assert groups == [(["compensation.currency"], 6), (["bank.invalid"], 1)]
    assert (summary.other_payroll, summary.remarks_total) == (6, 1)


def test_a_muted_person_is_told_in_one_line_and_a_new_problem_of_theirs_at_once() -> None:
    until = (NOW + timedelta(days=9)).date()
    news = replace(known(blocked(1), blocked(2)), muted={"s1": until})
    summary = summed([blocked(1), blocked(2)], news)
    assert {day: people.first for day, people in summary.muted.items()} == {until: [person(1)]}
    assert (summary.people_muted, summary.known_problems.total, summary.new_problems.total) == (1, 1, 0)
    worse = Outcome(
        OutcomeKind.BLOCKED, person(1), findings=(BLOCK, Finding("number.missing", Severity.BLOCKING, "number"))
    )
    failed = Outcome(OutcomeKind.FAILED, person(1), findings=(BLOCK,))
    for changed in (worse, failed):
        again = summed([changed], news)
        assert again.people_muted == 0
        assert again.new_problems.total + again.known_problems.total == 1


def test_a_preview_leaves_out_what_is_muted_alone_and_tells_it_when_it_says_something_else() -> None:
    day = NOW.date()
    digest = problems_as_said(blocked(1))[("s1", "bank.invalid")]
    muted = Problem(NOW, "sync", muted_until=day, muted_as=digest)
    stored = {("s1", "bank.invalid"): muted, ("s2", "bank.invalid"): Problem(NOW, "sync")}
    news = muting(stored, day)
    assert news is not None
    summary = summed([blocked(1), blocked(2)], news)
    assert (summary.people_muted, summary.known_problems.total, summary.new_problems.total) == (1, 0, 1)
    assert summary.unnamed().people_muted == 1
    assert not summary.unnamed().muted[day].first
    other = muting({("s1", "bank.invalid"): replace(muted, muted_as="something else")}, day)
    assert summed([blocked(1)], other).people_muted == 0
    assert muting(stored, day + timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("outcome", "may"),
    [
        (blocked(1), True),
        (blocked(1, OutcomeKind.CONFLICT), False),
        (blocked(1, OutcomeKind.UNKNOWN), False),
        (Outcome(OutcomeKind.BLOCKED, person(1), findings=(WARNING,)), False),
        *(
            (Outcome(OutcomeKind.BLOCKED, person(1), findings=(BLOCK, Finding(code, Severity.BLOCKING, field))), False)
            for code, field in (
                ("compensation.absurd", "compensation"),
                ("terms.twice_in_target", "salary"),
                ("tripletex_pay_of_nothing", "percentage"),
                ("compensation.currency", "currency"),
            )
        ),
    ],
)
def test_what_is_wrong_with_pay_or_was_not_written_is_never_muted(outcome: Outcome, may: bool) -> None:
    assert can_be_muted(outcome) is may


def test_other_words_are_another_problem() -> None:
    def said(**values: object) -> dict[tuple[str, str], str]:
        finding = Finding("bank.invalid", Severity.BLOCKING, "bank_account", values)
        return problems_as_said(Outcome(OutcomeKind.BLOCKED, person(1), findings=(finding, WARNING)))

    assert set(said()) == problem_keys(blocked(1))
    assert said(count=2) == said(count=2)
    assert said(count=2) != said(count=3)
