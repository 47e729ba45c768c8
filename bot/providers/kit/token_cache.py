"""A token that a system gives for a while: made when it is needed, and anew before it ends, once for all who wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from bot.providers.kit.http import Answer

SHORTEST_LIFE = 60.0


class TokenCache:
    """`create` makes a token and says how many seconds it lives. One with fewer than `margin` left is not used; one
    that lives shorter than that is used for half its life rather than never."""

    def __init__(
        self,
        create: Callable[[], Awaitable[tuple[str, float]]],
        *,
        margin: float = 120.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._create = create
        self._margin = margin
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._renew_at = 0.0

    async def get(self) -> str:
        """A token with life left in it. Raises what `create` raises."""
        if self._token is None or self._clock() >= self._renew_at:
            return await self.renew(self._token)
        return self._token

    async def renew(self, old: str | None) -> str:
        """A new token unless another worker has already replaced `old`. Raises what `create` raises."""
        async with self._lock:
            if self._token is None or self._token == old:
                token, seconds = await self._create()
                self._renew_at = self._clock() + max(seconds - self._margin, seconds / 2)
                self._token = token
            return self._token

    async def signed(self, send: Callable[[str], Awaitable[Answer]]) -> Answer:
        """The answer to a call that is sent with a token. One that was refused (401) was not done, so it is sent again
        with a new token, a write too; once, as then it is not the token's age."""
        token = await self.get()
        answer = await send(token)
        return await send(await self.renew(token)) if answer.status == 401 else answer


def life(seconds: object) -> float:
    """How long a token lives, as a system says it; the shortest life where it says nothing that can be read."""
    return float(seconds) if isinstance(seconds, int) and seconds > 0 else SHORTEST_LIFE
