"""Reads side by side: in their order, some at a time, and none left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from bot.providers.kit.concurrency import side_by_side


class Reads:
    """Reads that end when they are let go, the later ones first."""

    def __init__(self, count: int, broken: int | None = None) -> None:
        self.count, self.broken = count, broken
        self.under_way = self.most = self.begun = 0

    def all(self) -> Iterator[Callable[[], Coroutine[Any, Any, int]]]:
        for at in range(self.count):
            yield lambda at=at: self._read(at)  # type: ignore[misc]

    async def _read(self, at: int) -> int:
        self.begun += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            for _ in range(self.count - at):
                await asyncio.sleep(0)
            if at == self.broken:
                raise ValueError(at)
            return at
        finally:
            self.under_way -= 1


async def test_results_come_in_order_and_only_so_many_are_under_way() -> None:
    reads = Reads(10)
    assert [at async for at in side_by_side(reads.all(), 4)] == list(range(10))
    assert reads.most == 4


async def test_a_failure_is_raised_in_its_place_and_the_rest_is_let_go_of() -> None:
    reads = Reads(10, broken=2)
    results = side_by_side(reads.all(), 4)
    assert [await anext(results), await anext(results)] == [0, 1]
    with pytest.raises(ValueError, match="2"):
        await anext(results)
    assert reads.under_way == 0
    assert reads.begun < 10


async def test_who_leaves_before_the_end_leaves_nothing_running() -> None:
    reads = Reads(10)
    async with aclosing(side_by_side(reads.all(), 4)) as results:
        assert await anext(results) == 0
    assert reads.under_way == 0
