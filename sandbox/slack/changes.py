"""Something changed: the page is told, and tests wait on it instead of polling."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """The sandbox's version number and everybody who waits for it to rise."""

    def __init__(self) -> None:
        self.version = 0
        self._waiters: set[asyncio.Future[None]] = set()
        self._subscribers: set[tuple[str, asyncio.Queue[int | None]]] = set()

    def happened(self, audience: Collection[str] | None = None) -> None:
        """Raise the version; `audience` limits which users' pages hear of it (None: everyone's)."""
        self.version += 1
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        for user, queue in self._subscribers:
            if audience is None or user in audience:
                queue.put_nowait(self.version)

    def close(self) -> None:
        """Nothing more will happen: let go of the pages that listen."""
        for _, queue in self._subscribers:
            queue.put_nowait(None)

    @contextmanager
    def subscribed(self, user: str) -> Iterator[asyncio.Queue[int | None]]:
        """The versions that a user's page should hear of, as long as it listens; None is the end."""
        entry = (user, asyncio.Queue[int | None]())
        self._subscribers.add(entry)
        try:
            yield entry[1]
        finally:
            self._subscribers.discard(entry)

    async def next(self) -> None:
        """Return at the next change."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    async def until(self, predicate: Callable[[], T], timeout: float = 60.0) -> T:
        """The predicate's first true value, looked at again after every change.

        Raises TimeoutError when it stays false for `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            while not (found := predicate()):
                await self.next()
        return found
