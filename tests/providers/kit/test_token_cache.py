"""A token is made once for all who wait, anew before it ends, and once more for a call that it was too old for."""

from __future__ import annotations

import asyncio

import pytest

from bot.providers.kit.http import Answer
from bot.providers.kit.token_cache import SHORTEST_LIFE, TokenCache, life


class _System:
    """Makes numbered tokens; `now` is its clock, `good` the one token that it lets in."""

    def __init__(self, seconds: float = 1200) -> None:
        self.seconds, self.now, self.made = seconds, 0.0, 0
        self.good: str | None = None

    async def create(self) -> tuple[str, float]:
        await asyncio.sleep(0)
        self.made += 1
        return f"t{self.made}", self.seconds

    async def call(self, token: str) -> Answer:
        return Answer(200 if self.good in (None, token) else 401, token, {})

    def cache(self) -> TokenCache:
        return TokenCache(self.create, margin=120, clock=lambda: self.now)


async def test_all_who_wait_get_the_same_token() -> None:
    system = _System()
    cache = system.cache()
    assert set(await asyncio.gather(*(cache.get() for _ in range(5)))) == {"t1"}


@pytest.mark.parametrize(("seconds", "last"), [(1200, 1079), (60, 29)])
async def test_it_is_made_anew_before_it_ends(seconds: float, last: float) -> None:
    system = _System(seconds)
    cache = system.cache()
    await cache.get()
    system.now = last
    assert await cache.get() == "t1"
    system.now = last + 1
    assert await cache.get() == "t2"


async def test_a_call_that_is_refused_is_sent_once_more_with_a_new_token() -> None:
    system = _System()
    cache = system.cache()
    system.good = "t2"
    assert (await cache.signed(system.call)).body == "t2"
    system.good = "none"
    assert (await cache.signed(system.call)).status == 401
    assert system.made == 3


@pytest.mark.parametrize(("said", "seconds"), [(1200, 1200.0), (None, SHORTEST_LIFE), ("x", SHORTEST_LIFE), (0, 60.0)])
def test_a_life_that_is_not_said_is_short(said: object, seconds: float) -> None:
    assert life(said) == seconds
