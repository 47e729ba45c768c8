"""Reading ahead and side by side: in order, bounded, and nothing is left running."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from bot.providers.kit.concurrency import gather_bounded
from bot.providers.kit.prefetch import AHEAD, ListPrefetch, buffered, prefetch
from sandbox.companies.generator import Generator
from sandbox.simployer import Simployer
from tests.support.provider_connections import simployer_source


class Pages:
    """Five pages; `made` tells how many were asked for, `closed` that no more can be. The fourth may fail."""

    def __init__(self, *, fails: bool = False) -> None:
        self.made = 0
        self.closed = False
        self._fails = fails

    async def read(self) -> AsyncGenerator[int, None]:
        try:
            for page in range(1, 6):
                await asyncio.sleep(0)
                if page == 4 and self._fails:
                    raise RuntimeError("the fourth")
                self.made = page
                yield page
        finally:
            self.closed = True


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_one_page_is_read_ahead_and_no_more() -> None:
    pages = Pages()
    found = []
    async with aclosing(prefetch(pages.read())) as reading:
        async for page in reading:
            await settled()
            assert pages.made == min(page + 1, 5)
            found.append(page)
    assert found == [1, 2, 3, 4, 5]
    assert pages.closed


async def test_so_many_pages_are_buffered_and_one_waits_for_its_place() -> None:
    pages = Pages()
    async with aclosing(buffered(pages.read(), 2)) as reading:
        assert await anext(reading) == 1
        await settled()
        assert pages.made == 4
        assert [page async for page in reading] == [2, 3, 4, 5]
    assert pages.closed


async def test_what_a_buffered_page_raises_is_raised_in_its_place_and_who_leaves_closes_it() -> None:
    pages, found = Pages(fails=True), list[int]()

    async def read() -> None:
        async for page in buffered(pages.read(), 9):
            found.append(page)

    with pytest.raises(RuntimeError, match="the fourth"):
        await read()
    assert found == [1, 2, 3]
    assert pages.closed
    pages = Pages()
    async with aclosing(buffered(pages.read(), 2)) as reading:
        await anext(reading)
    assert pages.closed


async def test_what_a_page_raises_is_raised_in_its_place() -> None:
    pages = Pages(fails=True)
    found = []

    async def read() -> None:
        async for page in prefetch(pages.read()):
            await settled()
            found.append(page)

    with pytest.raises(RuntimeError, match="the fourth"):
        await read()
    assert found == [1, 2, 3]


async def test_whoever_leaves_early_leaves_nothing_running() -> None:
    pages = Pages()
    async with aclosing(prefetch(pages.read())) as reading:
        assert await anext(reading) == 1
    assert pages.closed
    assert len(asyncio.all_tasks()) == 1


async def test_pages_that_are_expected_are_read_and_dropped_when_the_list_moved() -> None:
    begun: list[int] = []
    never = asyncio.Event()

    async def read(start: int) -> tuple[list[int], int]:
        begun.append(start)
        if start > 90:
            await never.wait()
        return [start], 1000

    pages: ListPrefetch[list[int]] = ListPrefetch(read)
    await pages.page(0)
    pages.expect(0, 50, 1000)
    await settled()
    assert begun == [0, 49, 98]
    assert len(begun) == 1 + AHEAD
    assert await pages.page(49) == ([49], 1000)
    assert await pages.page(40) == ([40], 1000)  # not the one that was expected
    assert begun == [0, 49, 98, 40]
    assert len(asyncio.all_tasks()) == 1


async def test_no_page_is_expected_behind_the_last_one() -> None:
    begun: list[int] = []

    async def read(start: int) -> tuple[list[int], int]:
        begun.append(start)
        return [start], 100

    pages: ListPrefetch[list[int]] = ListPrefetch(read)
    pages.expect(0, 50, 99)
    await settled()
    assert begun == [49]
    pages.expect(49, 50, 99)
    pages.expect(0, 1, 99)
    await settled()
    assert begun == [49]


async def test_the_first_failure_stops_what_was_made_beside_it() -> None:
    never = asyncio.Event()
    stopped = []

    async def wait() -> None:
        try:
            await never.wait()
        finally:
            stopped.append(True)

    async def fail() -> None:
        await asyncio.sleep(0)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await gather_bounded(wait(), fail())
    assert stopped == [True]


async def test_simployers_pages_are_read_side_by_side() -> None:
    async with Simployer(Generator(60).with_people()) as simployer:
        simployer.max_limit = 20
        second = simployer.faults.slow(path="/employee$", nth=2)
        third = simployer.faults.slow(path="/employee$", nth=3)

        async def let_both_go() -> None:
            await asyncio.gather(second.arrived.wait(), third.arrived.wait())
            third.release()
            second.release()

        async with simployer_source(simployer) as source, asyncio.timeout(20):
            waiting = asyncio.create_task(let_both_go())
            found = [one.source_id async for page in source.employees() for one in page]
            await waiting
    assert sorted(found) == sorted(simployer.store.rows["employee"])
    assert len(found) == 60
