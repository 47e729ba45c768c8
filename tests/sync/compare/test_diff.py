"""Scope, records, fingerprints and codecs: the small parts that the rest stands on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import Text, text
from bot.domain.change import Change, ChangeKind, FieldChange, Lookalike, Person
from bot.domain.employee import PersonSummary, Unit, UnitCount
from bot.domain.equality import remaining, undone
from bot.domain.findings import Finding, Severity
from bot.domain.outcome import Outcome, OutcomeKind
from bot.domain.record import Level, Part, Record, Value, canonical, is_empty
from bot.domain.scope import Scope, ScopeKind, with_those_below
from bot.providers.protocol import FieldSpec, Write
from bot.sync.codec import (
    change_from_json,
    change_to_json,
    outcome_from_json,
    outcome_to_json,
    record_from_json,
    record_to_json,
    value_from_json,
    value_to_json,
)
from bot.sync.compare.diff import UnknownField, clashing_start, difference
from bot.sync.compare.fingerprints import Fingerprinter
from tests.support.employees import fingerprint

START, RAISE = date(2020, 1, 1), date(2026, 7, 1)
TRACES = Fingerprinter(fingerprint)

values: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=8),
    st.decimals(-(10**9), 10**9, places=2),
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
)
names = st.sampled_from(["a", "b", "c", "d"])
keys = st.sampled_from([(Level.PERSON, ()), (Level.EMPLOYMENT, (START,)), (Level.TERMS, (START, RAISE))])
records: st.SearchStrategy[Record] = st.dictionaries(keys, st.dictionaries(names, values, max_size=4), max_size=3).map(
    lambda parts: tuple(Part(level, key, held) for (level, key), held in parts.items())
)


def rules(write: Write = Write.ALWAYS, *, clears: bool = False) -> list[FieldSpec]:
    return [
        FieldSpec(key=key, level=level, source=key, target=key, write=write, clears=clears)
        for level in Level
        for key in ("a", "b", "c", "d")
    ]


def person(**held: Value) -> Record:
    return (Part(Level.PERSON, (), held),)


def written(held: Record, change: Change) -> Record:
    """The record after a change, as an honest target would hold it."""
    parts = {(part.level, part.key): dict(part.values) for part in held}
    for address in change.new_parts:
        parts.setdefault(address, {})
    for field in change.fields:
        parts[(field.level, field.key)][field.field] = field.new
    return tuple(Part(level, key, held) for (level, key), held in parts.items())


def as_change(held: Record, desired: Record) -> Change:
    what = difference(desired, held, rules(clears=True))
    return Change(ChangeKind.UPDATE, Person("s", "1", "N"), what.fields, what.new_parts)


@given(records)
def test_a_record_does_not_differ_from_itself(record: Record) -> None:
    assert not difference(record, record, rules(clears=True))


@given(records, records)
def test_writing_the_difference_leaves_nothing_to_write(desired: Record, held: Record) -> None:
    change = as_change(held, desired)
    after = written(held, change)
    assert remaining(after, change.fields, change.new_parts) == ((), ())
    fields, _ = remaining(held, change.fields, change.new_parts)
    assert set(fields) <= set(change.fields)


@given(records, records, st.integers(0, 12))
def test_a_change_that_is_partly_made_can_be_told_from_one_that_somebody_else_made(
    desired: Record, held: Record, count: int
) -> None:
    change = as_change(held, desired)
    part = Change(change.kind, change.person, change.fields[:count], change.new_parts)
    basis = TRACES.base_version(undone(held, change.fields, change.new_parts))
    assert TRACES.base_version(undone(written(held, part), change.fields, change.new_parts)) == basis


@pytest.mark.parametrize(
    ("write", "old", "new", "changes"),
    [
        (Write.ALWAYS, "x", "y", True),
        (Write.ALWAYS, None, "y", True),
        (Write.CREATE_ONLY, "x", "y", False),
        (Write.CREATE_ONLY, None, "y", False),
        (Write.WHEN_EMPTY, "x", "y", False),
        (Write.WHEN_EMPTY, "", "y", True),
        (Write.ALWAYS, "x", None, False),
        (Write.ALWAYS, "", None, False),
        (Write.ALWAYS, Decimal("1.50"), Decimal("1.5"), False),
        (Write.ALWAYS, False, None, False),
        (Write.ALWAYS, None, False, True),
    ],
)
def test_when_a_field_is_written(write: Write, old: Value, new: Value, changes: bool) -> None:
    assert bool(difference(person(a=new), person(a=old), rules(write))) == changes


def test_an_empty_value_clears_where_the_table_says_so() -> None:
    (change,) = difference(person(a=" "), person(a="x"), rules(clears=True)).fields
    assert (change.old, change.new) == ("x", None)


def test_a_field_that_cannot_be_read_is_written_only_with_a_new_part() -> None:
    assert not difference(person(a="x"), person(b="y"), rules())
    assert difference(person(a="x"), None, rules()).fields


def test_a_part_that_only_the_target_has_is_left_alone() -> None:
    held = (*person(a="x"), Part(Level.EMPLOYMENT, (START,), {"a": "x"}))
    assert not difference(person(a="x"), held, rules())


def test_pay_from_before_the_targets_first_row_is_not_made_anew() -> None:
    later = Part(Level.TERMS, (START, RAISE), {"a": "x"})
    desired = (Part(Level.TERMS, (START, START), {"a": "w"}), later)
    assert not difference(desired, (later,), rules())
    assert len(difference(desired, (), rules()).new_parts) == 2


def test_a_field_outside_the_table_is_a_mistake_of_ours() -> None:
    with pytest.raises(UnknownField):
        difference(person(z="x"), None, rules())


@pytest.mark.parametrize(
    ("theirs", "their_end", "ours", "clashes"),
    [
        (date(2020, 1, 2), None, START, True),
        (date(2019, 1, 1), date(2019, 12, 31), START, False),
        (date(2019, 1, 1), date(2020, 1, 1), START, True),
        (date(2030, 1, 1), None, START, True),
        (START, None, START, False),
    ],
)
def test_an_employment_beside_one_that_runs_is_a_clash(
    theirs: date, their_end: date | None, ours: date, clashes: bool
) -> None:
    held = (Part(Level.EMPLOYMENT, (theirs,), {"end_date": their_end}),)
    desired = (Part(Level.EMPLOYMENT, (ours,), {"end_date": None}),)
    new_parts = [] if ours == theirs else [(Level.EMPLOYMENT, (ours,))]
    assert (clashing_start(desired, held, new_parts) is not None) == clashes


@given(records, records)
def test_fingerprints_are_equal_exactly_for_equal_records(one: Record, other: Record) -> None:
    def plain(record: Record) -> object:
        return {
            (part.level, part.key): {n: canonical(v) for n, v in part.values.items() if not is_empty(v)}
            for part in record
        }

    assert (TRACES.base_version(one) == TRACES.base_version(other)) == (plain(one) == plain(other))
    assert (TRACES.of(one, {}) == TRACES.of(other, {})) == (plain(one) == plain(other))
    assert TRACES.of(one, {}) != TRACES.of(one, {"a": "b"})
    assert TRACES.base_version(tuple(reversed(one))) == TRACES.base_version(one)


@given(records)
def test_a_fingerprint_knows_each_value_that_was_written_and_gives_none_away(record: Record) -> None:
    trace = TRACES.of(record, {})
    wrote = TRACES.wrote(trace)
    for part in record:
        for name, value in part.values.items():
            if not is_empty(value):
                assert wrote(part.level, part.key, name, value)
                assert not wrote(part.level, part.key, name, "something else entirely")
    assert not TRACES.wrote("")(Level.PERSON, (), "a", "x")


def test_another_key_gives_other_fingerprints() -> None:
    other = Fingerprinter(lambda data: fingerprint("other" + data))
    record = person(a="secret")
    assert other.base_version(record) != TRACES.base_version(record)
    assert not other.wrote(TRACES.of(record, {}))(Level.PERSON, (), "a", "secret")


@given(records)
def test_a_record_survives_json(record: Record) -> None:
    assert record_from_json(record_to_json(record)) == record


@given(values, values, st.text(max_size=5), st.sampled_from(list(ChangeKind)))
def test_a_change_survives_json(new: Value, old: Value, name: str, kind: ChangeKind) -> None:
    field = FieldChange(Level.TERMS, (START, RAISE), "salary", new, old, private=True)
    finding = Finding("person.skipped", Severity.WARNING, "number", {"reason": text("csv.name", n=1, days=(START,))})
    change = Change(
        kind, Person("s1", "1", name, "t1"), (field,), ((Level.TERMS, (START, RAISE)),), (finding,),
        (Lookalike("t2", "2", "X", "email"),), (field,), "basis", "print",
    )  # fmt: skip
    assert change_from_json(change_to_json(change)) == change


def test_an_outcome_survives_json() -> None:
    outcome = Outcome(
        OutcomeKind.FAILED, Person("s1", "1", "N"), ((Level.PERSON, (), "phone"),),
        (Finding("target.rejected", Severity.BLOCKING, "phone", verbatim="Nei"),),
        Text("apply.unexpected", {"at": datetime(2026, 3, 2, tzinfo=UTC)}), None, "Nei", "r", True,
    )  # fmt: skip
    assert outcome_from_json(outcome_to_json(outcome)) == outcome


def test_a_value_without_a_form_is_refused() -> None:
    assert value_from_json(value_to_json(datetime(2026, 1, 1, tzinfo=UTC))) == datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(TypeError):
        value_to_json(object())


def summary(**changes: str) -> PersonSummary:
    return PersonSummary(source_id="s1", number="1", name="N", **changes)  # type: ignore[arg-type]


def test_a_department_takes_in_what_is_below_it_even_in_a_circle() -> None:
    scope = Scope(ScopeKind.DEPARTMENTS, frozenset({"top"}))
    parents = {"leaf": "middle", "middle": "top", "a": "b", "b": "a"}
    assert scope.selects(summary(department_id="leaf"), parents)
    assert not scope.selects(summary(department_id="a"), parents)
    assert not scope.selects(summary(), parents)
    assert scope.source_ids() is None


def test_people_offices_everyone_and_exceptions() -> None:
    assert Scope(ScopeKind.OFFICES, frozenset({"o"})).selects(summary(office_id="o"))
    assert not Scope(ScopeKind.OFFICES, frozenset({"o"})).selects(summary())
    assert Scope(ScopeKind.EVERYONE).selects(summary())
    assert not Scope(ScopeKind.EVERYONE, excluded=frozenset({"s1"})).selects(summary())
    assert Scope(ScopeKind.PEOPLE, frozenset({"s1", "s2"}), frozenset({"s2"})).source_ids() == frozenset({"s1"})


@given(st.sampled_from(list(ScopeKind)), st.frozensets(st.text(max_size=3)), st.frozensets(st.text(max_size=3)))
def test_a_scope_survives_json(kind: ScopeKind, ids: frozenset[str], excluded: frozenset[str]) -> None:
    scope = Scope(kind, ids, excluded)
    assert Scope.from_json(scope.to_json()) == scope


def test_departments_are_counted_with_those_below_them() -> None:
    def department(id_: str, people: int, parent: str | None = None) -> UnitCount:
        return UnitCount(unit=Unit(id=id_, name=id_, parent_id=parent), people=people)

    tree = [department("top", 1), department("left", 2, "top"), department("leaf", 4, "left"), department("other", 8)]
    assert [count.people for count in with_those_below(tree)] == [7, 6, 4, 8]
    circle = [department("a", 1, "b"), department("b", 2, "a"), department("c", 4, "gone")]
    assert [count.people for count in with_those_below(circle)] == [3, 3, 4]
