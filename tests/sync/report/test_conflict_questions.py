"""Every answer that is offered settles the question: the next plan does not ask it again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.core.text import text
from bot.domain.change import ChangeKind, Person
from bot.domain.outcome import Outcome, OutcomeKind
from bot.domain.record import Level
from bot.sync.apply.apply_change import outcome_without_writing
from bot.sync.codec import outcome_from_json, outcome_to_json
from bot.sync.compare.fingerprints import SyncedPerson
from bot.sync.compare.match import MatchDecision, Resolution
from bot.sync.report.conflict_questions import Conflict, conflict_of, resolution
from tests.support.employees import employee
from tests.support.fake_target import MemorySource, MemoryTarget
from tests.support.sync_runner import Integration
from tests.sync.compare.test_match import ANYBODY, in_target

World = Integration[MemorySource, MemoryTarget]


def alike(target: MemoryTarget, number: str) -> str:
    """Somebody of the same name and birth date, of whom no more is known."""
    return in_target(target, employee(1), number=number, identity_number=None, bank_account=None)


def looks_like_one() -> World:
    target = MemoryTarget()
    alike(target, "77")
    return Integration(MemorySource([employee(1)]), target)


def looks_like_three() -> World:
    target = MemoryTarget()
    for number in ("77", "78", "79"):
        alike(target, number)
    return Integration(MemorySource([employee(1)]), target)


def identity_of_one() -> World:
    target = MemoryTarget()
    in_target(target, employee(1), number="77", first_name="Ola", last_name="Hansen", birth_date=None)
    return Integration(MemorySource([employee(1)]), target)


def account_and_birth_date_of_one() -> World:
    target = MemoryTarget()
    in_target(target, employee(1), number="77", first_name="Ola", last_name="Hansen", identity_number=None)
    return Integration(MemorySource([employee(1)]), target)


def identity_of_one_and_number_of_another() -> World:
    target = MemoryTarget()
    in_target(target, employee(1), identity_number=None, bank_account=None)
    in_target(target, employee(1), number="77")
    return Integration(MemorySource([employee(1)]), target)


def without_a_number() -> World:
    target = MemoryTarget()
    in_target(target, employee(1), number="77")
    return Integration(MemorySource([employee(1, number="")]), target)


def number_twice() -> World:
    target = MemoryTarget()
    in_target(target, employee(1))
    target.add(number="1001", **ANYBODY)
    return Integration(MemorySource([employee(1)]), target)


def number_of_another() -> World:
    target = MemoryTarget()
    target.add(number="1001", **ANYBODY)
    return Integration(MemorySource([employee(1)]), target)


def moved() -> World:
    target = MemoryTarget()
    first = in_target(target, employee(1), number="77")
    in_target(target, employee(1))
    return Integration(MemorySource([employee(1)]), target, memory={"s1": SyncedPerson("77", first)})


def gone() -> World:
    return Integration(MemorySource([employee(1)]), MemoryTarget(), memory={"s1": SyncedPerson("1001", "t9")})


def chosen_gone() -> World:
    target = MemoryTarget()
    return Integration(MemorySource([employee(1)]), target, resolutions={"s1": Resolution(MatchDecision.SAME, "t9")})


async def asked(world: World) -> Conflict:
    (change,) = (await world.plan()).changes
    outcome = outcome_without_writing(change)
    assert outcome is not None
    found = conflict_of(outcome_from_json(outcome_to_json(outcome)))
    assert found is not None
    return found


SAME, DIFFERENT, SKIP = MatchDecision.SAME, MatchDecision.DIFFERENT, MatchDecision.SKIP


@pytest.mark.parametrize(
    ("make", "code", "offered"),
    [
        (looks_like_one, "target.looks_like", (SAME, DIFFERENT, SKIP)),
        (looks_like_three, "target.looks_like", (SAME, DIFFERENT, SKIP)),
        (identity_of_one, "target.looks_like", (SAME, SKIP)),
        (account_and_birth_date_of_one, "target.looks_like", (SAME, SKIP)),
        (identity_of_one_and_number_of_another, "target.looks_like", (SAME, SKIP)),
        (without_a_number, "number.missing", (SAME, SKIP)),
        (number_twice, "number.twice_in_target", (SAME, SKIP)),
        (number_of_another, "number.other_person", (SAME, SKIP)),
        (moved, "target.moved", (SAME, SKIP)),
        (gone, "target.gone", (DIFFERENT, SKIP)),
        (chosen_gone, "target.chosen_gone", (DIFFERENT, SKIP)),
    ],
)
async def test_each_answer_settles_its_question(
    make: Callable[[], World], code: str, offered: tuple[MatchDecision, ...]
) -> None:
    conflict = await asked(make())
    assert conflict.code == code
    assert conflict.answers(delivers=False) == offered
    for decision in offered:
        for alike in conflict.lookalikes if decision is SAME else (None,):
            world = make()
            chosen = alike.target_id if alike else None
            world.resolutions["s1"] = resolution(decision, conflict.lookalikes, chosen, world.resolutions.get("s1"))
            (change,) = (await world.plan()).changes
            assert change.kind is not ChangeKind.CONFLICT
            if decision is SAME:
                assert change.person.target_id == chosen
            assert (change.kind is ChangeKind.CREATE) == (decision is DIFFERENT)


async def test_telling_apart_a_second_time_keeps_the_first() -> None:
    world = looks_like_one()
    first = await asked(world)
    world.resolutions["s1"] = resolution(DIFFERENT, first.lookalikes, None, None)
    alike(world.target, "78")
    second = await asked(world)
    assert [alike.number for alike in second.lookalikes] == ["78"]
    world.resolutions["s1"] = resolution(DIFFERENT, second.lookalikes, None, world.resolutions["s1"])
    (change,) = (await world.plan()).changes
    assert change.kind is ChangeKind.CREATE


async def test_what_no_answer_settles_is_not_asked() -> None:
    found = conflict_of(Outcome(OutcomeKind.CONFLICT, Person("s1", "1", "Kari"), reason=text("apply.gone_from_source")))
    assert found is None
    done = Outcome(OutcomeKind.UPDATED, Person("s1", "1", "Kari"), ((Level.PERSON, (), "first_name"),))
    assert conflict_of(done) is None


async def test_somebody_who_turned_up_while_writing_is_asked_about_by_name() -> None:
    world = Integration(MemorySource([employee(1)]), MemoryTarget())
    (change,) = (await world.plan()).changes
    ident = in_target(world.target, employee(1), number="77")
    outcome = await world.carry_out(change)
    found = conflict_of(outcome)
    assert found is not None
    assert found.code == "target.looks_like"
    assert [(alike.target_id, alike.number) for alike in found.lookalikes] == [(ident, "77")]


async def test_two_of_one_number_who_turned_up_while_writing_can_be_chosen_from() -> None:
    world = Integration(MemorySource([employee(1)]), MemoryTarget())
    (change,) = (await world.plan()).changes
    in_target(world.target, employee(1))
    world.target.add(number="1001", **ANYBODY)
    found = conflict_of(await world.carry_out(change))
    assert found is not None
    assert found.answers(delivers=False) == (SAME, SKIP)
    assert len(found.lookalikes) == 2
