"""Nobody holds all places, and who waits is let in by turns."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import ExitStack

import pytest

from bot.core.fair_places import FairPlaces


async def turns(number: int = 5) -> None:
    """Let everybody go on as far as they get."""
    for _ in range(number):
        await asyncio.sleep(0)


def test_a_claim_is_of_the_share_or_none() -> None:
    places = FairPlaces(4)
    with ExitStack() as held:
        assert [held.enter_context(places.claim(key)) for key in "AAAABC"] == [True, True, True, False, True, False]
    assert places.held("A") == places.held("B") == 0


def test_what_breaks_gives_its_place_back() -> None:
    places = FairPlaces(1)
    with pytest.raises(ValueError), places.claim("A"):
        raise ValueError
    with places.claim("B") as free:
        assert free


@pytest.mark.parametrize(("places", "share"), [(1, 1), (2, 1), (3, 2), (4, 3), (16, 12), (32, 24)])
def test_a_share_leaves_a_place_for_others_where_there_are_two(places: int, share: int) -> None:
    assert FairPlaces(places).share == share


async def test_a_crowd_waits_behind_nobody_but_itself() -> None:
    places, came, leave = FairPlaces(4), [], asyncio.Event()

    async def visit(key: str) -> None:
        async with places.place(key):
            came.append(key)
            await leave.wait()

    async with asyncio.TaskGroup() as group:
        for _ in range(50):
            group.create_task(visit("crowd"))
        await turns()
        assert came == ["crowd"] * 3
        group.create_task(visit("other"))
        group.create_task(visit("other"))
        await turns()
        assert came == ["crowd"] * 3 + ["other"]
        leave.set()
    # The second of the others came after fifty, and waited for one.
    assert came[4:6] == ["crowd", "other"]
    assert Counter(came) == {"crowd": 50, "other": 2}


async def test_who_is_cancelled_takes_no_place_with_them() -> None:
    places = FairPlaces(1)
    async with places.place("A"):
        waiting, next_one = (asyncio.create_task(places._enter(key)) for key in ("A", "B"))
        await turns()
        waiting.cancel()
        await turns()
    await turns()
    assert next_one.done()
    assert places.held("B") == 1
    assert places.held("A") == 0
    # Let in and cancelled in the same turn of the loop: the place goes on.
    late, last = (asyncio.create_task(places._enter(key)) for key in ("A", "C"))
    await turns()
    places._leave("B")
    late.cancel()
    await turns()
    assert late.cancelled()
    assert last.done()
    assert places.held("C") == 1
    assert places.held("A") == 0


async def any_visits(chance: random.Random) -> None:
    places, held = FairPlaces(chance.randint(1, 5)), Counter[str]()

    async def visit(key: str, stay: int) -> None:
        async with places.place(key):
            held[key] += 1
            assert held[key] <= places.share
            assert held.total() <= places.places
            try:
                await turns(stay)
            finally:
                held[key] -= 1

    visits = []
    for _ in range(30):
        visits.append(asyncio.create_task(visit(chance.choice("ABC"), chance.randint(0, 3))))
        await turns(chance.randint(0, 2))
        if chance.random() < 0.3:
            chance.choice(visits).cancel()
    ends = await asyncio.gather(*visits, return_exceptions=True)
    assert all(end is None or isinstance(end, asyncio.CancelledError) for end in ends)
    assert not places._waiting
    assert not places._held


@pytest.mark.parametrize("seed", range(5))
async def test_any_order_of_coming_going_and_giving_up_keeps_the_books(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(20):
        await any_visits(chance)
