"""A plan made again against the one that was shown: only what is written counts, and nothing private is kept."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.domain.change import Change, ChangeKind, Lookalike
from bot.domain.employee import BankAccount, Employee
from bot.sync.codec import difference_from_json, difference_to_json
from bot.sync.plan.plan_diff import DiffKind, PersonDiff, compare
from tests.support.employees import TODAY, account, employee, paid
from tests.support.fake_target import MemorySource, MemoryTarget
from tests.support.sync_runner import Integration


async def one_change(before: Employee, now: Employee) -> Change:
    """The change for somebody who was synced as `before` and is `now` so."""
    integration = Integration(MemorySource([before]), MemoryTarget())
    await integration.sync()
    integration.source.put(now)
    (change,) = (await integration.plan()).changes
    return change


async def created(person: Employee) -> Change:
    (change,) = (await Integration(MemorySource([person]), MemoryTarget()).plan()).changes
    return change


def back(difference: PersonDiff | None) -> PersonDiff:
    """The difference after storage."""
    assert difference is not None
    assert difference_from_json(json.loads(json.dumps(difference_to_json(difference)))) == difference
    return difference


async def test_the_same_plan_is_the_same_whatever_it_stands_on() -> None:
    change = await one_change(employee(1), replace(employee(1), last_name="Olsen"))
    again = replace(change, basis="other", source_fingerprint="other", findings=())
    assert compare(change, again) is None
    assert compare(None, None) is None


async def test_who_is_not_written_is_no_part_of_what_was_approved() -> None:
    change = await created(employee(1))
    blocked, left = replace(change, kind=ChangeKind.BLOCKED), replace(change, kind=ChangeKind.UNCHANGED)
    assert compare(blocked, left) is None
    assert compare(None, blocked) is None
    assert compare(left, None) is None


async def test_who_came_in_and_who_dropped_out() -> None:
    change = await created(employee(1))
    held = replace(await created(replace(employee(1), bank=None, hire_date=None)), kind=ChangeKind.BLOCKED)
    came = back(compare(None, change))
    assert (came.turn, came.shown, came.now) == (DiffKind.CAME_IN, None, ChangeKind.CREATE)
    dropped = back(compare(change, held))
    assert (dropped.turn, dropped.now, dropped.findings) == (DiffKind.DROPPED_OUT, ChangeKind.BLOCKED, held.findings)
    assert back(compare(change, None)).now is None


async def test_a_field_is_compared_by_what_it_was_and_what_it_becomes() -> None:
    shown = await one_change(employee(1), replace(employee(1), last_name="Olsen"))
    other_value = back(compare(shown, await one_change(employee(1), replace(employee(1), last_name="Berg"))))
    assert other_value.turn is DiffKind.DIFFERS
    (pair,) = other_value.fields
    assert pair.shown is not None
    assert pair.now is not None
    assert (pair.shown.new, pair.now.new) == ("Olsen", "Berg")

    (name,) = shown.fields
    moved = replace(shown, fields=(replace(name, old="Somebody else's"),))
    assert len(back(compare(shown, moved)).fields) == 1

    less = back(
        compare(await one_change(employee(1), replace(employee(1), last_name="Olsen", first_name="Per")), shown)
    )
    assert [pair.now for pair in less.fields] == [None]


async def test_another_person_of_the_target_is_a_difference_without_any_field() -> None:
    shown = await one_change(employee(1), replace(employee(1), last_name="Olsen"))
    elsewhere = replace(shown, person=replace(shown.person, target_id="another"))
    assert back(compare(shown, elsewhere)).fields == ()
    new = await created(employee(1))
    accepted = replace(new, lookalikes=(Lookalike("7", "7", "Kari", "email"),))
    assert back(compare(new, accepted)).turn is DiffKind.DIFFERS


def banked(n: int) -> Employee:
    return replace(employee(1), bank=BankAccount(number=account(n), country="NO"))


@pytest.mark.parametrize("now", [banked(2), paid(employee(1), 61234, TODAY)])
async def test_private_values_are_not_kept(now: Employee) -> None:
    found = back(compare(await one_change(employee(1), banked(3)), await one_change(employee(1), now)))
    kept = json.dumps(difference_to_json(found))
    for private in (account(1), account(2), account(3), "61234"):
        assert private not in kept
    assert any(pair.field.private for pair in found.fields)
