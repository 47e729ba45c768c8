"""Places that many want at once, such as connections: nobody holds all of them while others wait."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress


class FairPlaces:
    """So many places, of which each key (a workspace) has three in four at most, or `share`.

    Who waits is let in by turns of the keys, and within a key in the order of coming: however many one workspace
    sends, another's next one waits for a single place and not for all of theirs. All in one event loop; between the
    question whether there is a place and the taking of it nothing is awaited.
    """

    def __init__(self, places: int, share: int | None = None) -> None:
        self.places = places
        self.share = max(1, places * 3 // 4) if share is None else share
        self._held: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @classmethod
    def halves(cls, places: int) -> FairPlaces:
        """Of which each key has half at most: for work that is short, and takes the time of whoever runs beside it."""
        return cls(places, max(1, places // 2))

    def held(self, key: str) -> int:
        """How many places the key has."""
        return self._held[key]

    @contextmanager
    def claim(self, key: str) -> Iterator[bool]:
        """A place of the key's share, or False at once where it has all of it. Takes no notice of who waits."""
        if not self._has_room(key):
            yield False
            return
        self._held[key] += 1
        try:
            yield True
        finally:
            self._leave(key)

    @asynccontextmanager
    async def place(self, key: str) -> AsyncIterator[None]:
        """A place, once it is the key's turn."""
        await self._enter(key)
        try:
            yield
        finally:
            self._leave(key)

    def _has_room(self, key: str) -> bool:
        return self._held.total() < self.places and self._held[key] < self.share

    async def _enter(self, key: str) -> None:
        # Whoever comes now goes behind those who wait: one of them is let in whenever there is room.
        if key not in self._waiting and self._has_room(key):
            self._held[key] += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave(key)
            else:
                self._forget(key, turn)
            raise

    def _leave(self, key: str) -> None:
        self._held[key] -= 1
        if not self._held[key]:
            del self._held[key]
        self._admit()

    def _admit(self) -> None:
        while (key := next((key for key in self._waiting if self._has_room(key)), None)) is not None:
            turns = self._waiting.pop(key)
            turn = turns.popleft()
            if turns:
                self._waiting[key] = turns  # behind the other keys
            if not turn.done():
                self._held[key] += 1
                turn.set_result(None)

    def _forget(self, key: str, turn: asyncio.Future[None]) -> None:
        turns = self._waiting.get(key)
        if turns is None:
            return
        with suppress(ValueError):
            turns.remove(turn)
        if not turns:
            del self._waiting[key]
