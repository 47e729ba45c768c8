"""One definition of equal and of what is still missing: by rule, and the same for the planner and for who writes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Change, ChangeKind, FieldChange, Person
from bot.domain.equality import as_found, remaining, undone
from bot.domain.record import Level, Part, Record, Value, is_empty, is_unset, same
from bot.providers.errors import WriteConflict
from bot.providers.kit.written_parts import changed_since
from bot.providers.protocol import FieldSpec, TargetPerson, Write
from bot.providers.visma_net.writer import still_to_do
from bot.sync.compare.diff import difference

START, RAISE = date(2020, 1, 1), date(2026, 7, 1)
NAME = "first_name"
"""A field that both writers have."""

values: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(["", " ", "\t", "0", "1", "True", "x"]),
    st.text(max_size=4),
    st.sampled_from([Decimal(0), Decimal("0.00"), Decimal(1), Decimal("1.0"), Decimal("1.50"), Decimal("-0")]),
    st.decimals(-(10**6), 10**6, places=2),
    st.sampled_from([START, RAISE]),
)
names = st.sampled_from([NAME, "last_name", "city"])
addresses = st.sampled_from([(Level.PERSON, ()), (Level.EMPLOYMENT, (START,)), (Level.TERMS, (START, RAISE))])
records: st.SearchStrategy[Record] = st.dictionaries(
    addresses, st.dictionaries(names, values, max_size=3), max_size=3
).map(lambda parts: tuple(Part(level, key, held) for (level, key), held in parts.items()))
RULES = [
    FieldSpec(key=key, level=level, source=key, target=key, clears=True)
    for level in Level
    for key in (NAME, "last_name", "city")
]


def person(value: Value) -> Record:
    return (Part(Level.PERSON, (), {NAME: value}),)


def field(new: Value, old: Value = None) -> FieldChange:
    return FieldChange(Level.PERSON, (), NAME, new, old)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (None, "", True),
        (None, " \t", True),
        ("", " ", True),
        ("x", "x", True),
        ("x", "X", False),
        ("x", "x ", False),
        (Decimal("1.50"), Decimal("1.5"), True),
        (Decimal("-0"), Decimal("0.00"), True),
        (Decimal(100), Decimal("1E+2"), True),
        (Decimal(0), None, False),
        (False, None, False),
        (True, Decimal(1), False),
        (False, Decimal(0), False),
        (True, "True", False),
        (Decimal(1), "1", False),
        (START, START, True),
        (START, START.isoformat(), False),
    ],
)
def test_when_two_values_are_equal(left: Value, right: Value, equal: bool) -> None:
    assert (same(left, right), same(right, left)) == (equal, equal)


@pytest.mark.parametrize(
    ("value", "empty", "unset"),
    [
        (None, True, True),
        (" ", True, True),
        (False, False, True),
        (Decimal("0.0"), False, True),
        (True, False, False),
        ("0", False, False),
        (Decimal("0.1"), False, False),
    ],
)
def test_what_says_nothing_and_what_is_not_set(value: Value, empty: bool, unset: bool) -> None:
    assert (is_empty(value), is_unset(value)) == (empty, unset)


@pytest.mark.parametrize(
    ("old", "shown", "found"),
    [
        ("x", "x", True),
        ("x", "y", False),
        ("x", None, False),
        (None, None, True),
        (None, " ", True),
        (None, False, True),
        (None, Decimal(0), True),
        (None, "y", False),
        (Decimal(1), True, False),
        (Decimal(0), None, False),
        ("", Decimal(0), True),
    ],
)
def test_when_a_field_holds_what_the_plan_found(old: Value, shown: Value, found: bool) -> None:
    assert as_found(field("new", old), shown) == found


@pytest.mark.parametrize(
    ("held", "fields_left", "parts_left"),
    [
        ((), 1, 1),
        ((Part(Level.TERMS, (START, RAISE), {}),), 0, 0),
        ((Part(Level.TERMS, (START, RAISE), {"city": "x"}),), 0, 0),
        ((Part(Level.TERMS, (START, RAISE), {NAME: None}),), 1, 0),
        ((Part(Level.TERMS, (START, RAISE), {NAME: True}),), 1, 0),
        ((Part(Level.TERMS, (START, RAISE), {NAME: Decimal("1.0")}),), 0, 0),
        ((Part(Level.TERMS, (START, START), {NAME: Decimal(1)}),), 1, 1),
    ],
    ids=["no part", "unreadable", "another field", "empty", "a box is no number", "another notation", "another day"],
)
def test_what_is_still_missing(held: Record, fields_left: int, parts_left: int) -> None:
    change = FieldChange(Level.TERMS, (START, RAISE), NAME, Decimal(1))
    fields, parts = remaining(held, [change], [(Level.TERMS, (START, RAISE))])
    assert (len(fields), len(parts)) == (fields_left, parts_left)


@pytest.mark.parametrize("shown", [None, " ", Decimal(0), False])
def test_a_part_of_ours_that_is_not_filled_yet_is_undone_whole(shown: Value) -> None:
    part = Part(Level.TERMS, (START, RAISE), {NAME: shown, "city": "the target's own"})
    change = FieldChange(Level.TERMS, (START, RAISE), NAME, "x")
    assert undone((part,), [change], [part.address]) == ()


def test_derived_fields_and_defaults_are_missing_like_any_other() -> None:
    half = FieldSpec(
        key="half", level=Level.PERSON, source="", target="half",
        derived=lambda values: amount / 2 if isinstance(amount := values.get("whole"), Decimal) else None,
    )  # fmt: skip
    rules = [FieldSpec(key=key, level=Level.PERSON, source=key, target=key) for key in ("whole", "filled")]
    desired = (Part(Level.PERSON, (), {"whole": Decimal(8), "filled": "d"}, defaults=frozenset({"filled"})),)
    held = (Part(Level.PERSON, (), {"whole": Decimal(4), "half": Decimal(2), "filled": None}),)
    what = difference(desired, held, [*rules, half])
    assert {change.field for change in what.fields} == {"whole", "half", "filled"}
    assert remaining(held, what.fields, ())[0] == what.fields
    done = (Part(Level.PERSON, (), {"whole": Decimal("8.0"), "half": Decimal("4.00"), "filled": "d"}),)
    assert remaining(done, what.fields, ()) == ((), ())


@given(values, values)
def test_planner_and_writers_agree_on_what_is_to_be_written(wanted: Value, held: Value) -> None:
    planned = difference(person(wanted), person(held), RULES).fields
    change = planned[0] if planned else field(wanted, held)
    missing = bool(planned)
    assert bool(remaining(person(held), [change], ())[0]) is missing
    assert bool(still_to_do([change], {NAME: held})) is missing


@given(values, values, values)
def test_writers_refuse_what_somebody_else_wrote_and_nothing_else(wanted: Value, before: Value, by_now: Value) -> None:
    change = field(wanted, before)
    missing, _ = remaining(person(by_now), [change], ())
    touched = bool(missing) and not as_found(change, by_now)
    assert refuses_in_visma_net(change, by_now) is touched
    assert refuses_in_rounds(change, by_now) is touched


@given(records, records, st.integers(0, 9))
def test_what_the_planner_takes_for_its_own_half_made_change_no_writer_refuses(
    desired: Record, held: Record, made: int
) -> None:
    change = difference(desired, held, RULES)
    parts = {part.address: dict(part.values) for part in held}
    for address in change.new_parts:
        parts.setdefault(address, {})
    for done in change.fields[:made]:
        parts[done.level, done.key][done.field] = done.new
    by_now = tuple(Part(level, key, kept) for (level, key), kept in parts.items())
    missing, _ = remaining(by_now, change.fields, change.new_parts)
    assert set(change.fields[made:]) >= set(missing)
    for left in missing:
        shown = parts[left.level, left.key].get(left.field)
        assert as_found(left, shown)


def refuses_in_visma_net(change: FieldChange, held: Value) -> bool:
    try:
        still_to_do([change], {NAME: held})
    except WriteConflict:
        return True
    return False


def refuses_in_rounds(change: FieldChange, held: Value) -> bool:
    shown = TargetPerson(id="1", number="1", first_name="", last_name="", record=person(held))
    missing, _ = remaining(shown.record, [change], ())
    return changed_since(Change(ChangeKind.UPDATE, Person("s", "1", "N"), (change,)), missing, shown) is not None


def test_an_along_field_is_no_reason_to_write() -> None:
    along = FieldSpec(key=NAME, level=Level.PERSON, source="", target="", write=Write.ALONG)
    assert not difference(person("x"), person("y"), [along])
