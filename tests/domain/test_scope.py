"""Who takes part: a rule judges each person, and leaving people out leaves nobody else out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.employee import PersonSummary, Unit, UnitCount
from bot.domain.scope import Scope, ScopeKind


def person(n: int, office: str | None) -> PersonSummary:
    return PersonSummary(source_id=f"s{n}", number=str(n), name=f"Person {n}", office_id=office)


PEOPLE = [person(1, "oslo"), person(2, "oslo"), person(3, "malmo"), person(4, "malmo"), person(5, None)]
OFFICES = [UnitCount(unit=Unit(id=each, name=each), people=2) for each in ("oslo", "malmo")] + [
    UnitCount(unit=Unit(id="empty", name="empty"), people=0)
]
EVERYONE = Scope(ScopeKind.EVERYONE)


@pytest.mark.parametrize(
    ("scope", "left_out", "expected"),
    [
        (EVERYONE, (3, 4), Scope(ScopeKind.EVERYONE, without_offices=frozenset({"malmo"}))),
        (EVERYONE, (3,), Scope(ScopeKind.EVERYONE, excluded=frozenset({"s3"}))),
        (EVERYONE, (5,), Scope(ScopeKind.EVERYONE, excluded=frozenset({"s5"}))),
        (
            Scope(ScopeKind.OFFICES, frozenset({"oslo", "malmo"})),
            (1, 3, 4),
            Scope(ScopeKind.OFFICES, frozenset({"oslo"}), frozenset({"s1"})),
        ),
        (Scope(ScopeKind.PEOPLE, frozenset({"s1", "s3"})), (3,), Scope(ScopeKind.PEOPLE, frozenset({"s1"}))),
        (
            Scope(ScopeKind.DEPARTMENTS, frozenset({"d"}), frozenset({"s9"})),
            (3, 4, 1),
            Scope(ScopeKind.DEPARTMENTS, frozenset({"d"}), frozenset({"s9", "s1"}), frozenset({"malmo"})),
        ),
    ],
)
def test_people_are_left_out_by_their_office_only_where_nobody_else_is(
    scope: Scope, left_out: tuple[int, ...], expected: Scope
) -> None:
    people = [one for one in PEOPLE if int(one.number) in left_out]
    assert scope.leaving_out(people, OFFICES) == expected


def test_a_large_office_is_left_out_by_rule_and_people_one_by_one_only_as_many_as_a_form_takes() -> None:
    many = [person(n, "malmo") for n in range(120)]
    offices = [UnitCount(unit=Unit(id="malmo", name="malmo"), people=120)]
    by_rule = EVERYONE.leaving_out(many, offices)
    assert by_rule == by_rule.within(EVERYONE, 100) == Scope(ScopeKind.EVERYONE, without_offices=frozenset({"malmo"}))
    before = Scope(ScopeKind.EVERYONE, excluded=frozenset({"z1", "z2"}))
    alone = before.leaving_out([person(n, None) for n in range(120)], offices).within(before, 100)
    assert before.excluded < alone.excluded
    assert len(alone.excluded) == 100


@pytest.mark.parametrize(
    ("office", "department", "within"),
    [("oslo", "sales", True), ("malmo", "sales", False), ("oslo", "it", False), (None, "sales", False)],
)
def test_departments_can_be_narrowed_to_offices(office: str | None, department: str, *, within: bool) -> None:
    one = replace(person(1, office), department_id=department)
    scope = Scope(ScopeKind.DEPARTMENTS, frozenset({"sales"}), in_offices=frozenset({"oslo"}))
    assert Scope.from_json(scope.to_json()) == scope
    assert scope.selects(one) is within
    assert replace(scope, in_offices=frozenset()).selects(one) is (department == "sales")
    assert "in_offices" not in replace(scope, in_offices=frozenset()).to_json(), "stored as before"


def test_whoever_comes_to_an_office_that_is_left_out_is_left_out_too() -> None:
    scope = EVERYONE.leaving_out(PEOPLE[2:4], OFFICES)
    assert [scope.selects(one) for one in PEOPLE] == [True, True, False, False, True]
    assert not scope.selects(person(99, "malmo"))


def test_a_scope_without_such_offices_is_stored_as_before() -> None:
    assert EVERYONE.to_json() == {"kind": "everyone", "ids": [], "excluded": []}
    kept = Scope(ScopeKind.EVERYONE, without_offices=frozenset({"b", "a"}))
    assert kept.to_json()["without_offices"] == ["a", "b"]
    assert Scope.from_json(kept.to_json()) == kept
