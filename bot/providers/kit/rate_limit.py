"""One rate limiter per outside account, shared by every worker of the process that talks to it.

It learns from what the system says and never from a number of ours: how many calls are left, when the count starts
again, and when a call was refused. A pause is a pause for all workers of the account.

Several processes share an account by the system's own count, which every answer tells. Who has heard no answer yet asks
with one call alone, or none for a while, and everybody leaves some calls for those: a process that takes over in the
middle of a window, one that was frozen, or somebody at a form, does not break the limit.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary, WeakValueDictionary

LEFT_FOR_OTHERS = 0.05
"""Of the calls of a window: what nobody takes who knows the count."""

KNOWN_FOR = 1.0
"""Seconds after the end of a window in which the next one is taken to be whole: others may have begun it since."""

LONGEST_WINDOW = 86_400.0
"""Seconds: what is announced beyond them is a moment and no span, or nonsense, and is not believed."""

Sleep = Callable[[float], Awaitable[None]]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class RateHeaders:
    """Names of the headers in which a system tells its limit; `reset` counts seconds from now."""

    limit: str = "X-Rate-Limit-Limit"
    remaining: str = "X-Rate-Limit-Remaining"
    reset: str = "X-Rate-Limit-Reset"
    retry_after: str = "Retry-After"


class RateLimiter:
    """Lets calls through while the account has some left, at most `concurrency` at a time.

    `first_backoff` is the pause after a refusal that names no time and follows no known reset; it doubles with every
    refusal in a row up to `longest_backoff` and is jittered, so that several processes do not come back together.
    `margin` is added to every announced reset.

    A reset comes in whole seconds, and which way it was rounded is nobody's promise. The earliest end that any answer
    of a window allows is believed, which is exact for a system that rounds up; if it proves too early, a second is
    added from then on.
    """

    def __init__(
        self,
        *,
        concurrency: int = 4,
        headers: RateHeaders = RateHeaders(),
        first_backoff: float = 5.0,
        longest_backoff: float = 60.0,
        margin: float = 0.05,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)
        self._headers = headers
        self._first_backoff = first_backoff
        self._longest_backoff = longest_backoff
        self._margin = margin
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._in_flight = 0
        self._heard = False
        self._first = asyncio.Lock()
        self._reserve = 0
        self._remaining: int | None = None
        self._window_ends = 0.0
        self._known_reset: float | None = None
        self._paused_until = 0.0
        self._refusals = 0
        self._rounded_down = 0.0
        self.waited = 0.0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a turn, and hold it while the call is under way."""
        async with self._slots, AsyncExitStack() as alone:
            if not self._knows():
                await alone.enter_async_context(self._first)
                if self._knows():
                    await alone.aclose()
            while (pause := self._pause()) > 0:
                self.waited += pause
                await self._sleep(pause)
            self._in_flight += 1
            try:
                yield
            finally:
                self._in_flight -= 1

    def on_response(self, headers: Mapping[str, str]) -> None:
        """Take note of an answer that was not a refusal."""
        self._heard = True
        self._refusals = 0
        remaining = _number(headers.get(self._headers.remaining))
        reset = _span(headers.get(self._headers.reset))
        if remaining is None or reset is None:
            return
        limit = _number(headers.get(self._headers.limit))
        if limit is not None:
            self._reserve = int(limit * LEFT_FOR_OTHERS)
        now = self._clock()
        ends = now + reset + self._rounded_down + self._margin
        known = self._remaining
        # Answers overtake each other, by as many as are under way: within a window only the lowest count is true.
        if known is None or now >= self._window_ends or remaining > known + self._concurrency:
            self._remaining, self._window_ends = int(remaining), ends
        else:
            self._remaining, self._window_ends = min(known, int(remaining)), min(self._window_ends, ends)
        self._known_reset = self._window_ends

    def on_rejected(self, headers: Mapping[str, str]) -> float:
        """Take note of a refusal (429) and pause everyone. Returns the seconds until the next call may go."""
        self._heard = True
        now = self._clock()
        told = _span(headers.get(self._headers.retry_after))
        if told is None:
            told = _span(headers.get(self._headers.reset))
        if told is not None:
            pause = told + self._margin
        elif self._known_reset is not None and self._known_reset > now:
            pause = self._known_reset - now
        else:
            # A window that was known ends a little later than was thought: no need to wait as for a stranger.
            first = self._first_backoff if self._known_reset is None else min(1.0, self._first_backoff)
            if self._known_reset is not None:
                self._rounded_down = 1.0
            pause = min(self._longest_backoff, first * 2**self._refusals)
            pause *= 0.75 + self._jitter() / 2
            self._refusals += 1
        self._remaining = None
        self._paused_until = max(self._paused_until, now + pause)
        return self._paused_until - now

    def pause(self) -> float:
        """The seconds until the next call may go, as far as the system has said."""
        return max(0.0, self._pause())

    def _knows(self) -> bool:
        """Whether an answer has told of the present window, or of one that ended just now."""
        return self._heard and (self._known_reset is None or self._clock() < self._known_reset + KNOWN_FOR)

    def _pause(self) -> float:
        now = self._clock()
        if now < self._paused_until:
            return self._paused_until - now
        if self._remaining is not None:
            if now >= self._window_ends:
                self._remaining = None
            # Calls under way may not have been counted yet when the last answer was written.
            elif self._remaining - self._in_flight <= self._reserve:
                return self._window_ends - now
        return 0.0


_Limiters = WeakValueDictionary[str, "RateLimiter"]

# By the loop itself, not by its id: an id is given again to the next loop when one has gone.
_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Limiters] = WeakKeyDictionary()
_of_no_loop: _Limiters = WeakValueDictionary()


def shared_limiter(key: str, make: Callable[[], RateLimiter]) -> RateLimiter:
    """The limiter of an account in this process, made when first asked for and kept while anyone holds it.

    `key` names the account without giving a credential away (a digest). Each event loop has limiters of its own, as
    whoever waits in one can be woken by its own loop alone.
    """
    try:
        shared = _of_loops.setdefault(asyncio.get_running_loop(), WeakValueDictionary())
    except RuntimeError:
        shared = _of_no_loop
    limiter = shared.get(key)
    if limiter is None:
        limiter = shared[key] = make()
    return limiter


def _span(value: str | None) -> float | None:
    seconds = _number(value)
    return seconds if seconds is not None and seconds <= LONGEST_WINDOW else None


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < float("inf") else None
