"""`difference` by rule: which parts are made, which values may be written, what goes along, follows, or has drifted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.record import Level, Part, Record, Value
from bot.providers.protocol import FieldSpec, Write
from bot.sync.compare.diff import difference

HIRED, MARCH, JULY = date(2020, 1, 1), date(2026, 3, 1), date(2026, 7, 1)


def half_of(values: Mapping[str, Value]) -> Value:
    """What the fake target makes of a salary."""
    return salary / 2 if isinstance(salary := values.get("salary"), Decimal) else None


RULES = [
    *(FieldSpec(key=key, level=level, source="", target="") for key in ("a", "b", "salary") for level in Level),
    FieldSpec(key="once", level=Level.TERMS, source="", target="", write=Write.CREATE_ONLY),
    FieldSpec(key="filler", level=Level.TERMS, source="", target="", write=Write.WHEN_EMPTY),
    FieldSpec(key="clearable", level=Level.TERMS, source="", target="", clears=True),
    FieldSpec(key="any_day", level=Level.TERMS, source="", target="", write=Write.ALONG),
    FieldSpec(key="pay_day", level=Level.TERMS, source="", target="", write=Write.ALONG, beside=("salary",)),
    FieldSpec(key="half", level=Level.TERMS, source="", target="", derived=half_of),
]
ONE, TWO = Decimal(1), Decimal(2)


def terms(day: date = MARCH, *, existing_only: bool = False, defaults: str = "", **values: Value) -> Part:
    return Part(Level.TERMS, (HIRED, day), values, existing_only, frozenset(defaults.split()))


@pytest.mark.parametrize(
    ("desired", "held", "made"),
    [
        (terms(a="x"), (), True),
        (terms(a="x"), (terms(a="x"),), False),
        (terms(a="x", existing_only=True), (), False),
        (terms(MARCH, a="x"), (terms(JULY, a="x"),), False),
        (terms(JULY, a="x"), (terms(MARCH, a="x"),), True),
        (terms(MARCH, a="x"), (Part(Level.TERMS, (MARCH, JULY), {"a": "x"}),), True),
        (Part(Level.EMPLOYMENT, (HIRED,), {}), (terms(JULY),), True),
    ],
    ids=[
        "nothing there", "there", "existing only", "before the target's history", "after it",
        "another employment's history", "an employment has no history",
    ],
)  # fmt: skip
def test_which_parts_are_made(desired: Part, held: Record, made: bool) -> None:
    assert difference((desired,), held, RULES).new_parts == ((desired.address,) if made else ())


@pytest.mark.parametrize(
    ("desired", "held", "written"),
    [
        (terms(a="x"), terms(a="y"), {"a": "x"}),
        (terms(a="x"), terms(a=" "), {"a": "x"}),
        (terms(a="x"), terms(b="y"), {}),
        (terms(a=None), terms(a="y"), {}),
        (terms(clearable=" "), terms(clearable="y"), {"clearable": None}),
        (terms(clearable=None), terms(clearable=""), {}),
        (terms(once="x"), terms(once="y"), {}),
        (terms(once="x"), terms(once=None), {}),
        (terms(filler="x"), terms(filler="y"), {}),
        (terms(filler="x"), terms(filler=""), {"filler": "x"}),
        (terms(a="x", defaults="a"), terms(a="y"), {}),
        (terms(a="x", defaults="a"), terms(a=None), {"a": "x"}),
        (terms(a="x", defaults="a"), terms(a=False), {}),
        (terms(a=True), terms(a=ONE), {"a": True}),
        (terms(a=Decimal("1.0")), terms(a=ONE), {}),
    ],
    ids=[
        "another value", "blank in the target", "unreadable", "the source is silent", "cleared", "nothing to clear",
        "only when made", "only when made, and empty", "only when empty", "empty", "a default", "a default fills",
        "a box not ticked is a value", "a box is no number", "another notation",
    ],
)  # fmt: skip
def test_which_values_of_a_part_that_is_there_are_written(
    desired: Part, held: Part, written: Mapping[str, Value]
) -> None:
    assert {change.field: change.new for change in difference((desired,), (held,), RULES).fields} == written


@pytest.mark.parametrize(
    ("desired", "held", "written"),
    [
        (terms(a="x", once="o", filler="f", b=None), (), {"a", "once", "filler"}),
        (terms(JULY, a="x", filler="f", defaults="a"), (terms(a="y", filler="g"),), set()),
        (terms(JULY, a="x", filler="f", defaults="a"), (terms(a=None),), {"a", "filler"}),
        (terms(JULY, salary=ONE, defaults="salary"), (terms(salary=TWO),), {"salary"}),
        (terms(JULY, half=ONE, salary=TWO), (), {"half", "salary"}),
        (terms(JULY, salary=TWO), (), {"salary"}),
    ],
    ids=[
        "all that has a value", "the row before carries defaults over", "it has none", "pay is never carried over",
        "a derived field of ours", "the target derives it itself",
    ],
)  # fmt: skip
def test_which_values_of_a_new_part_are_written(desired: Part, held: Record, written: set[str]) -> None:
    assert {change.field for change in difference((desired,), held, RULES).fields} == written


@pytest.mark.parametrize(
    ("desired", "held", "written"),
    [
        (terms(any_day="d"), (terms(any_day="e"),), set()),
        (terms(any_day="d", a="x"), (terms(any_day="e", a="y"),), {"a", "any_day"}),
        (terms(any_day="d", a="x"), (terms(any_day="d", a="y"),), {"a"}),
        (terms(any_day="d", a="x"), (terms(a="y"),), {"a", "any_day"}),
        (terms(pay_day="d", a="x"), (terms(pay_day="e", a="y"),), {"a"}),
        (terms(pay_day="d", salary=ONE), (terms(pay_day="e", salary=TWO),), {"salary", "pay_day"}),
        (terms(pay_day="d", a="x"), (), {"a", "pay_day"}),
        (terms(JULY, pay_day="d", a="x"), (terms(a="y"),), {"a"}),
    ],
    ids=[
        "no reason by itself", "with any other", "as it is", "unreadable", "not beside its own", "beside its own",
        "a part without a row before", "a row after another",
    ],
)  # fmt: skip
def test_what_goes_along(desired: Part, held: Record, written: set[str]) -> None:
    assert {change.field for change in difference((desired,), held, RULES).fields} == written


@pytest.mark.parametrize(
    ("held", "written", "kept"),
    [
        (terms(salary=TWO, half=ONE), {"salary": Decimal(4), "half": TWO}, ()),
        (terms(salary=TWO, half=Decimal(7)), {"salary": Decimal(4)}, ("half",)),
        (terms(salary=TWO), {"salary": Decimal(4)}, ()),
        (terms(salary=None, half=None), {"salary": Decimal(4)}, ()),
        (terms(salary=Decimal("4.0"), half=Decimal(7)), {}, ()),
    ],
    ids=["follows", "somebody's own stays, and is told", "unreadable", "made of nothing", "nothing to follow"],
)
def test_what_follows_a_correction(held: Part, written: Mapping[str, Value], kept: tuple[str, ...]) -> None:
    what = difference((terms(salary=Decimal(4)),), (held,), RULES)
    assert {change.field: change.new for change in what.fields} == written
    assert what.kept == kept


@pytest.mark.parametrize(
    ("held", "today", "written"),
    [
        ((terms(MARCH, a="y", salary=TWO),), JULY, {"a", "salary"}),
        ((terms(MARCH, a="y", salary=TWO), terms(JULY)), JULY, {"salary"}),
        ((terms(MARCH, a="y", salary=TWO), terms(JULY)), MARCH, {"a", "salary"}),
        ((terms(MARCH, a=None, salary=TWO), terms(JULY)), JULY, {"a", "salary"}),
        ((terms(MARCH, a="y", salary=TWO), terms(JULY)), None, {"a", "salary"}),
    ],
    ids=["in force", "replaced by a row of the target's own", "not yet", "an empty field is filled", "no day given"],
)
def test_terms_that_the_target_has_replaced_keep_what_is_no_pay(
    held: Record, today: date | None, written: set[str]
) -> None:
    what = difference((terms(MARCH, a="x", salary=ONE),), held, RULES, today=today)
    assert {change.field for change in what.fields} == written


@pytest.mark.parametrize(
    ("held", "remembered", "drift"),
    [
        ((terms(a="y", b="y"),), {"a"}, {"a"}),
        ((terms(a="y", b="y"),), set(), set()),
        ((), {"a"}, set()),
        ((terms(a="y", b="y", salary=TWO, half=ONE),), {"salary"}, {"salary", "half"}),
        ((terms(a="y", b="y", salary=TWO, half=ONE),), {"a"}, {"a", "half"}),
    ],
    ids=["we wrote it", "we did not", "a new part cannot drift", "what follows drifts too", "with any of its part"],
)
def test_what_has_drifted(held: Record, remembered: set[str], drift: set[str]) -> None:
    desired = terms(a="x", b="x", salary=ONE)
    what = difference((desired,), held, RULES, wrote=lambda _level, _key, name, _value: name in remembered)
    assert {change.field for change in what.drift} == drift


@pytest.mark.parametrize(("held", "written"), [((terms(a="y", b="y"),), {"b"}), ((), {"a", "b"})])
def test_a_field_to_keep_stays_where_it_is_there(held: Record, written: set[str]) -> None:
    what = difference((terms(a="x", b="x"),), held, RULES, keep=frozenset({"a"}))
    assert {change.field for change in what.fields} == written
