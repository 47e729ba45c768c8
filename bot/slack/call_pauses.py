"""When Slack wants to be left alone: a call that was one too many holds back those of its kind, and no others.

Slack counts by method and workspace, and posts by channel as well (docs.slack.dev, "Rate limits").
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from bot.core.fair_places import FairPlaces

LONGEST_PAUSE = 600.0
"""Seconds for which it is believed that Slack wants no calls."""

UNTOLD_PAUSE = 1.0
"""Seconds where Slack does not say how long, or says none."""

MOST_REMEMBERED = 2_000


class CallKind(NamedTuple):
    """What Slack counts together; `channel` is "" where it does not count by channel."""

    workspace: str
    method: str
    channel: str = ""


class StillPaused(Exception):
    """Slack is to be left alone for longer than the caller would wait: `seconds` more."""

    def __init__(self, seconds: float) -> None:
        super().__init__("Slack asks to be left alone")
        self.seconds = seconds


class CallPauses:
    """The kinds of call that Slack has refused, until when. All in one event loop; `now` counts in seconds."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._now, self._sleep = now, sleep
        self._until: dict[CallKind, float] = {}
        self._one_by_one = FairPlaces(sys.maxsize, 1)

    def left(self, kind: CallKind) -> float:
        """For how many seconds more calls of this kind are held back."""
        return max(0.0, self._until.get(kind, 0.0) - self._now())

    def refused(self, kind: CallKind, seconds: float) -> None:
        """Slack has refused a call, and asks to be left alone for so long."""
        if len(self._until) >= MOST_REMEMBERED:
            self._until = {known: until for known, until in self._until.items() if until > self._now()}
        until = self._now() + min(seconds or UNTOLD_PAUSE, LONGEST_PAUSE)
        self._until[kind] = max(until, self._until.get(kind, 0.0))

    def answered(self, kind: CallKind) -> None:
        """Slack takes calls of this kind again; one that was sent before the refusal says nothing of what follows."""
        if kind in self._until and not self.left(kind):
            del self._until[kind]

    @asynccontextmanager
    async def passage(self, kind: CallKind, patience: float) -> AsyncIterator[None]:
        """For one call: after the pause, and by turns until Slack has taken one, so that those who waited do not all
        come at once and are refused together. Raises `StillPaused` where that takes more than `patience` seconds."""
        async with AsyncExitStack() as held:
            if kind in self._until:
                await self._wait(kind, patience, held)
            yield

    async def _wait(self, kind: CallKind, patience: float, held: AsyncExitStack) -> None:
        given_up = self._now() + patience
        if self.left(kind) > patience:
            raise StillPaused(self.left(kind))
        try:
            async with asyncio.timeout(patience):
                await held.enter_async_context(self._one_by_one.place("/".join(kind)))
        except TimeoutError:
            raise StillPaused(max(self.left(kind), UNTOLD_PAUSE)) from None
        while left := self.left(kind):
            if self._now() + left > given_up:
                raise StillPaused(left)
            await self._sleep(left)
