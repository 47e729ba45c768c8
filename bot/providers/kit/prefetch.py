"""Reading ahead: pages are under way while the one before is worked on, and never more than a few."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, Generic, TypeVar

from bot.providers.kit.concurrency import cancel_and_wait

Page = TypeVar("Page")

AHEAD = 2
"""Pages of one list under way beside the one that is awaited."""


async def buffered(pages: AsyncGenerator[Page, None], most: int) -> AsyncGenerator[Page, None]:
    """The same pages in the same order, with up to `most` of them read while the one before is worked on.

    Whatever a page raises is raised in its place. Close it (`aclosing`) where it may be left before its end.
    """
    ready: asyncio.Queue[tuple[Page] | Exception | None] = asyncio.Queue(most)

    async def read() -> None:
        try:
            async for page in pages:
                await ready.put((page,))
        except Exception as error:
            await ready.put(error)
        else:
            await ready.put(None)

    reading = asyncio.create_task(read())
    try:
        while (got := await ready.get()) is not None:
            if isinstance(got, Exception):
                raise got
            yield got[0]
    finally:
        await cancel_and_wait(reading)
        await pages.aclose()


async def prefetch(pages: AsyncGenerator[Page, None]) -> AsyncGenerator[Page, None]:
    """The same pages in the same order, each asked for when the one before is handed out.

    Whatever a page raises is raised in its place. Close it (`aclosing`) where it may be left before its end.
    """

    async def following() -> tuple[Page] | None:
        async for page in pages:
            return (page,)
        return None

    coming = asyncio.create_task(following())
    try:
        while (page := await coming) is not None:
            coming = asyncio.create_task(following())
            yield page[0]
    finally:
        await cancel_and_wait(coming)
        await pages.aclose()


class ListPrefetch(Generic[Page]):
    """Pages of a list by offset, some of them asked for before their turn. `read` gives a page and the list's total."""

    def __init__(self, read: Callable[[int], Coroutine[Any, Any, tuple[Page, int]]]) -> None:
        self._read = read
        self._coming: dict[int, asyncio.Task[tuple[Page, int]]] = {}

    async def page(self, start: int) -> tuple[Page, int]:
        """The page from an offset on. Another one than was expected means that the list moved: the rest is dropped."""
        coming = self._coming.pop(start, None)
        if coming is not None:
            return await coming
        await self.drop()
        return await self._read(start)

    def expect(self, start: int, size: int, total: int) -> None:
        """Ask for the pages after one of `size` rows from `start` on, if each begins with the last row of another."""
        if size < 2:
            return
        for following in range(start + size - 1, min(total - 1, start + AHEAD * (size - 1) + 1), size - 1):
            if following not in self._coming:
                self._coming[following] = asyncio.create_task(self._read(following))

    async def drop(self) -> None:
        """Let go of everything that is under way."""
        dropped = list(self._coming.values())
        self._coming.clear()
        await cancel_and_wait(*dropped)
