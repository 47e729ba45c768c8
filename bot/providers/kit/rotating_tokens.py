"""Access tokens of a consent whose refresh token is good once: each new one is kept before what came with it is used.

What is kept is refresh token, access token and its end, so that no process that finds a living access token spends a
refresh token. While somebody is still setting up, nothing keeps a new one: then the first access token is all there is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.core.private_words import Secret
from bot.providers.errors import ProviderError, Unavailable
from bot.providers.kit.http import Answer
from bot.providers.kit.token_cache import life
from bot.providers.protocol import Connection, Credentials

REFRESH, ACCESS, UNTIL = "refresh_token", "access_token", "access_until"
MARGIN = timedelta(seconds=120)
"""An access token with less than this left is not used; one that lives shorter than twice that, for half its life."""


@dataclass(frozen=True, slots=True)
class GivenTokens:
    """What a token endpoint has given, as it said it."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    seconds: object = None

    def kept(self, now: datetime) -> dict[str, str]:
        """As credentials."""
        lasts = timedelta(seconds=life(self.seconds))
        until = now + max(lasts - MARGIN, lasts / 2)
        return {REFRESH: self.refresh, ACCESS: self.access, UNTIL: until.isoformat()}


def utc_time() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class RotatingTokens:
    """The tokens of one connection. `exchange` gives a refresh token up for others; `over` is what is raised where
    there is none, or none that could be kept."""

    def __init__(
        self,
        connection: Connection,
        exchange: Callable[[str], Awaitable[GivenTokens]],
        over: Callable[[], ProviderError],
        *,
        clock: Callable[[], datetime] = utc_time,
    ) -> None:
        self._held: Credentials = dict(connection.credentials)
        self._keeper, self._exchange, self._over, self._clock = connection.tokens, exchange, over, clock
        self._secret = connection.secret
        self._lock = asyncio.Lock()

    async def get(self) -> str:
        """An access token with life left in it. Raises what `exchange` and `over` raise."""
        token = self._held.get(ACCESS, "")
        return token if token and self._clock() < _until(self._held) else await self.renew(token)

    async def renew(self, old: str) -> str:
        """Another access token than `old`, once it is kept."""
        async with self._lock:
            if self._held.get(ACCESS) == old or not self._held.get(ACCESS):
                if self._keeper is None or not self._held.get(REFRESH):
                    raise self._over()
                try:
                    self._held = await self._keeper.renewed(self._held, self._spend)
                except Unavailable as error:
                    # No write of anybody's was sent: nothing is to be settled.
                    error.sent = False
                    raise
                self._secret = Secret(self._held.values())
            return self._held.get(ACCESS, "")

    async def signed(self, send: Callable[[str], Awaitable[Answer]]) -> Answer:
        """As `TokenCache.signed`."""
        token = await self.get()
        answer = await send(token)
        return await send(await self.renew(token)) if answer.status == 401 else answer

    async def _spend(self, held: Credentials) -> Credentials:
        given = await self._exchange(held[REFRESH])
        return {**held, **given.kept(self._clock())}


def _until(held: Mapping[str, str]) -> datetime:
    try:
        return datetime.fromisoformat(held.get(UNTIL, ""))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
