"""The edge cases of leave by number: that each of them has a test, and those about numbers and about other systems."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.domain.resource import Resource
from bot.providers import registry
from bot.providers.registry import takes_absence, takes_lists_alone
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind
from tests.support.leave_office import LeaveOffice, key, person

TESTS = Path(__file__).parents[2]
ALL = {*map(str, range(1, 71)), "66b", "66c", "66d", "66e"}

_NAMED = re.compile(r"def test_(?:cases?_)?((?:\d+[a-z]?_(?:to_|and_)?)+)|id=\"case (\d+[a-z]?)\"")
MONDAY, FRIDAY = date(2026, 11, 2), date(2026, 11, 6)


def numbers_of(words: str) -> set[str]:
    """The numbers in the name of a test: single ones, and `25_to_29`."""
    found: set[str] = set()
    before, span = "", False
    for word in words.strip("_").split("_"):
        if word == "to":
            span = True
        elif word != "and":
            found |= {str(n) for n in range(int(before), int(word))} if span else set()
            found.add(word)
            before, span = word, False
    return found


def test_every_edge_case_has_a_test() -> None:
    named: set[str] = set()
    for room in ("domain", "handlers", "jobs", "providers", "sync", "views"):
        for path in (TESTS / room).rglob("test_*.py"):
            if "leave" in path.name or "absence" in path.name or "edge_case" in path.name or "period" in path.name:
                for words, single in _NAMED.findall(path.read_text()):
                    named |= numbers_of(words) if words else {single}
    assert len(ALL) == 74
    assert ALL - named == set()


def test_the_numbers_of_a_name_are_understood() -> None:
    assert numbers_of("21_25_to_29_") == {"21", "25", "26", "27", "28", "29"}
    assert numbers_of("52_53_54_66b_") == {"52", "53", "54", "66b"}


async def test_case_62_another_employee_number_moves_no_day() -> None:
    made = LeaveOffice()
    made.people["e1"] = replace(person(1), number="1042")
    made.book.put("l", MONDAY, FRIDAY)
    await made.run()
    made.people["e1"] = replace(person(1), number="2042")
    assert await made.run() == []
    made.book.put("l", MONDAY, FRIDAY, percent="50")
    assert {outcome.kind for outcome in await made.run()} == {DayOutcomeKind.UPDATED}
    assert len(made.target.rows) == 5


async def test_case_62_while_nobody_has_said_who_the_person_is_their_days_stay_and_wait() -> None:
    made = LeaveOffice()
    made.book.put("l", MONDAY, FRIDAY)
    await made.run()
    made.people["e1"] = replace(person(1), number="2042", target_id=None)
    made.book.put("l", MONDAY, FRIDAY, percent="50")
    outcomes = await made.run()
    assert {(outcome.kind, outcome.reason) for outcome in outcomes} == {(DayOutcomeKind.HELD, "not_placed")}
    assert {str(hours) for hours in made.target.hours().values()} == {"7.50"}


async def test_case_62_joined_to_another_person_of_the_target_nothing_is_sent_twice_without_a_word() -> None:
    made = LeaveOffice()
    made.book.put("l", MONDAY)
    await made.run()
    made.people["e1"] = replace(person(1), target_id="p9")
    made.target.rows.clear()  # the rows of the person of before are not this one's
    (outcome,) = await made.run()
    assert (outcome.kind, outcome.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.REMOVED)
    assert key(MONDAY) not in made.target.rows


@pytest.mark.parametrize("provider", sorted(registry.targets()))
def test_case_67_a_system_without_absence_takes_employees_all_the_same(provider: str) -> None:
    info = registry.target(provider).info
    assert takes_absence(provider) is (info.spec(Resource.ABSENCE) is not None)
    assert takes_absence(provider) or info.spec(Resource.EMPLOYEES) is not None


def test_case_67_xledger_and_visma_calendar_take_no_absence() -> None:
    assert takes_lists_alone("visma_net"), "a person types it in: nothing is sent"
    assert "xledger" not in registry.targets() or not takes_absence("xledger")
