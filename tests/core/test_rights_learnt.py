"""Whether a refusal is one person's or everybody's, by what the calls before it met."""

from __future__ import annotations

import pytest

from bot.core.rights_learnt import RightsLearnt, learning_rights, rights_learnt
from bot.providers.kit.one_person import call_of


@pytest.mark.parametrize(
    ("before", "theirs"),
    [
        ("", [True, False]),
        ("a", [True, True, True, True, False]),
        ("ab", [True, True, True, True, False]),
    ],
)
def test_two_who_are_refused_first_speak_for_everybody_and_five_where_somebody_got_past(
    before: str, theirs: list[bool]
) -> None:
    learnt = RightsLearnt()
    for _ in before:
        learnt.let_through("PUT /employee/#")
    assert [learnt.refused("PUT /employee/#", str(place)) for place in range(len(theirs))] == theirs


def test_one_person_who_is_refused_twice_is_one_and_calls_are_counted_apart() -> None:
    learnt = RightsLearnt()
    assert [learnt.refused("PUT", "1"), learnt.refused("PUT", "1"), learnt.refused("POST", "2")] == [True] * 3
    learnt.let_through("PUT")
    assert learnt.refused("PUT", "3")
    assert not learnt.refused("POST", "4")


def test_nothing_is_learnt_outside() -> None:
    with learning_rights():
        assert rights_learnt() is not None
    assert rights_learnt() is None


def test_a_call_has_one_name_whoever_it_is_about() -> None:
    assert call_of("PATCH", "/Employees/17/Employments/4") == "PATCH /Employees/#/Employments/#"
    assert call_of("PUT", "/employees/8c0f-aa/positions") == "PUT /employees/#/positions"
    assert call_of("POST", "/employee/employment/details") == "POST /employee/employment/details"
