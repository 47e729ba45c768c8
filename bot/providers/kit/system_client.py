"""What the client of every system over HTTP has: connections to let go of, and a turn for each person's writes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary

from bot.providers.kit.http import HttpClient

_write_locks: WeakValueDictionary[tuple[str, str, str], asyncio.Lock] = WeakValueDictionary()


class SystemClient:
    """Close it by leaving `async with`.

    A client sets `http`, the other ways to the system that it has (`_beside`), and `_key`, which tells the account and
    the credentials apart from all others and is a digest of them.
    """

    http: HttpClient
    _key: str
    _beside: Sequence[HttpClient] = ()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for way in (self.http, *self._beside):
            await way.__aexit__(kind, error, trace)

    def write_lock(self, person: str) -> asyncio.Lock:
        """One write at a time per person, over all connections of this process to the account."""
        return _write_locks.setdefault((type(self).__name__, self._key, person), asyncio.Lock())
