"""The limiter: one per account, learning from the answers."""

from __future__ import annotations

import asyncio
import gc
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.providers.kit.rate_limit import RateLimiter, shared_limiter
from tests.support.fake_clock import Clockwork
from tests.support.properties import examples


def limiter(time: Clockwork, **more: object) -> RateLimiter:
    return RateLimiter(clock=time.clock, sleep=time.sleep, jitter=lambda: 0.5, margin=0.0, **more)  # type: ignore[arg-type]


def headers(remaining: int, reset: int) -> dict[str, str]:
    return {"X-Rate-Limit-Remaining": str(remaining), "X-Rate-Limit-Reset": str(reset)}


async def take(limit: RateLimiter) -> None:
    async with limit.slot():
        pass


async def test_waits_for_the_reset_when_nothing_is_left() -> None:
    time = Clockwork()
    limit = limiter(time)
    limit.on_response(headers(0, 7))
    await take(limit)
    assert time.slept == [7.0]
    await take(limit)
    assert time.slept == [7.0]


@pytest.mark.parametrize("reset", ["1764500000", "86401", "1e300", "-1", "soon"])
async def test_a_reset_that_is_no_span_is_not_waited_for(reset: str) -> None:
    time = Clockwork()
    limit = limiter(time)
    limit.on_response({"X-Rate-Limit-Limit": "0", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": reset})
    await take(limit)
    assert time.slept == []
    assert limit.on_rejected({"X-Rate-Limit-Reset": reset}) < 61


async def test_calls_under_way_count_against_what_is_left() -> None:
    time = Clockwork()
    limit = limiter(time)
    limit.on_response(headers(2, 9))
    async with limit.slot(), limit.slot():
        assert time.slept == []
        async with limit.slot():
            assert time.slept == [9.0]


async def test_within_a_window_the_lowest_count_is_true() -> None:
    time = Clockwork()
    limit = limiter(time)
    limit.on_response(headers(0, 5))
    limit.on_response(headers(3, 5))  # an older answer that arrives late
    await take(limit)
    assert time.slept == [5.0]


async def test_who_has_heard_nothing_yet_asks_with_one_call_alone() -> None:
    time = Clockwork()
    limit = limiter(time)
    inside: list[int] = []
    at_once: list[int] = []

    async def call(number: int) -> None:
        async with limit.slot():
            inside.append(number)
            at_once.append(len(inside))
            for _ in range(5):
                await asyncio.sleep(0)
            inside.remove(number)
            if number > 0:  # the first call has no answer
                limit.on_response({})

    await asyncio.gather(*(call(number) for number in range(6)))
    assert at_once[:3] == [1, 1, 1]
    assert max(at_once) == 4


@pytest.mark.parametrize(("away", "alone"), [(2.5, False), (3.5, True)])
async def test_who_has_heard_nothing_for_a_while_asks_with_one_call_alone_again(away: float, alone: bool) -> None:
    time = Clockwork()
    limit = limiter(time)
    limit.on_response(headers(50, 2))
    time.now += away
    async with limit.slot():
        second = asyncio.create_task(take(limit))
        for _ in range(5):
            await asyncio.sleep(0)
        assert second.done() is not alone
        limit.on_response(headers(50, 2))
    await second


@pytest.mark.parametrize("newcomers", [0, 1, 3])
async def test_processes_that_know_nothing_of_each_other_keep_the_limit_of_an_account(newcomers: int) -> None:
    """One has all it can get; others begin in the middle of each window, as after a take-over, and end again."""
    time = Clockwork()
    calls, over, total = 0, 0, 0
    started = begun = time.now

    def server() -> dict[str, str] | None:
        nonlocal calls, over, total, started
        total += 1
        if time.now - started >= 2:
            calls, started = 0, time.now
        calls += 1
        if calls > 100:
            over += 1
            return None
        left = math.ceil(2 - (time.now - started))
        return {"X-Rate-Limit-Limit": "100", **headers(100 - calls, left)}

    async def call(limit: RateLimiter) -> None:
        async with limit.slot():
            answer = server()
            await asyncio.sleep(0)
            if answer is None:
                limit.on_rejected({})
            else:
                limit.on_response(answer)

    first = limiter(time)
    for number in range(400):
        await asyncio.gather(*(call(first) for _ in range(4)))
        if number % 24 == 20:
            for _ in range(newcomers):
                newcomer = limiter(time)
                await asyncio.gather(*(call(newcomer) for _ in range(4)))
    assert over == 0
    assert total / ((time.now - begun) / 2 * 100) > 0.9


async def test_a_new_window_starts_afresh() -> None:
    time = Clockwork()
    limit = limiter(time)
    limit.on_response(headers(0, 5))
    time.now += 6
    limit.on_response(headers(99, 5))
    await take(limit)
    assert time.slept == []


async def test_a_refusal_without_reset_waits_for_the_remembered_one() -> None:
    time = Clockwork()
    limit = limiter(time)
    limit.on_response(headers(50, 12))
    time.now += 2
    assert limit.on_rejected({}) == 10.0
    await take(limit)
    assert time.slept == [10.0]


async def test_a_refusal_of_a_stranger_backs_off_ever_longer_up_to_a_cap() -> None:
    time = Clockwork()
    limit = limiter(time, first_backoff=5.0, longest_backoff=60.0)
    pauses = []
    for _ in range(6):
        pauses.append(limit.on_rejected({}))
        await take(limit)
    assert pauses == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]
    limit.on_response({})
    assert limit.on_rejected({}) == 5.0


async def test_backoff_is_jittered() -> None:
    time = Clockwork()
    lowest = RateLimiter(clock=time.clock, sleep=time.sleep, jitter=lambda: 0.0).on_rejected({})
    highest = RateLimiter(clock=time.clock, sleep=time.sleep, jitter=lambda: 1.0).on_rejected({})
    assert lowest < 5.0 < highest


@pytest.mark.parametrize("name", ["Retry-After", "X-Rate-Limit-Reset"])
async def test_a_refusal_that_names_a_time_is_believed(name: str) -> None:
    limit = limiter(Clockwork())
    assert limit.on_rejected({name: "17"}) == 17.0


@pytest.mark.parametrize("value", ["soon", "-3", "inf", "nan", ""])
async def test_nonsense_in_headers_is_no_time(value: str) -> None:
    limit = limiter(Clockwork(), first_backoff=5.0)
    limit.on_response({"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": value})
    assert limit.on_rejected({"Retry-After": value}) == 5.0


async def test_a_pause_is_for_all_workers() -> None:
    time = Clockwork()
    limit = limiter(time, concurrency=3)
    limit.on_rejected({"Retry-After": "4"})
    await asyncio.gather(*(take(limit) for _ in range(3)))
    assert time.now >= 1004.0
    assert min(time.slept) == 4.0


async def test_never_more_at_a_time_than_allowed() -> None:
    limit = limiter(Clockwork(), concurrency=2)
    limit.on_response({})
    inside = most = 0

    async def work() -> None:
        nonlocal inside, most
        async with limit.slot():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(10)))
    assert most == 2


def test_one_limiter_per_account_for_as_long_as_anyone_holds_it() -> None:
    one = shared_limiter("account", RateLimiter)
    assert shared_limiter("account", RateLimiter) is one
    assert shared_limiter("other", RateLimiter) is not one
    one.on_rejected({"Retry-After": "100"})
    del one
    gc.collect()
    assert shared_limiter("account", RateLimiter).on_rejected({"Retry-After": "1"}) < 2


class System:
    """So many calls per window, told in whole seconds, rounded as `rounding` does."""

    def __init__(self, time: Clockwork, limit: int, period: int, rounding: Callable[[float], int]) -> None:
        self.time, self.limit, self.period, self.rounding = time, limit, period, rounding
        self.started, self.used, self.refused = time.now, 0, 0

    async def call(self, gate: RateLimiter) -> None:
        while True:
            async with gate.slot():
                await asyncio.sleep(0)
                if self.time.now - self.started >= self.period:
                    self.started, self.used = self.time.now, 0
                self.used += 1
                if self.used <= self.limit:
                    left = self.period - (self.time.now - self.started)
                    gate.on_response(headers(self.limit - self.used, self.rounding(left)))
                    return
                self.refused += 1
                gate.on_rejected({})


@examples(60)
@given(limit=st.integers(3, 20), period=st.integers(1, 9), workers=st.integers(1, 3), calls=st.integers(1, 60))
def test_a_system_that_rounds_up_never_refuses_and_is_used_to_the_full(
    limit: int, period: int, workers: int, calls: int
) -> None:
    time = Clockwork()
    gate, system = limiter(time, concurrency=workers), System(time, limit, period, math.ceil)

    async def everyone() -> None:
        await asyncio.gather(*(system.call(gate) for _ in range(calls)))

    asyncio.run(everyone())
    assert system.refused == 0
    assert time.now - 1000.0 <= period * ((calls - 1) // limit) + 1e-6


@pytest.mark.parametrize("period", [2.5, 7.4])
def test_a_system_that_rounds_down_is_understood_after_the_first_refusal(period: float) -> None:
    time = Clockwork()
    gate = limiter(time, concurrency=1)
    system = System(time, 5, period, math.floor)  # type: ignore[arg-type]

    async def everyone() -> None:
        for _ in range(60):
            await system.call(gate)

    asyncio.run(everyone())
    assert system.refused == 1


def test_each_event_loop_has_limiters_of_its_own() -> None:
    async def take(held: list[RateLimiter]) -> None:
        limiter = shared_limiter("an account of two loops", RateLimiter)
        held.append(limiter)
        async with limiter.slot():
            assert shared_limiter("an account of two loops", RateLimiter) is limiter

    held: list[RateLimiter] = []
    asyncio.run(take(held))
    asyncio.run(take(held))
    assert held[0] is not held[1]
