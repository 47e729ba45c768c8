"""Leaves a host alone that has failed several times in a row, so that work for it fails at once and not after minutes.

Closed, all calls go. Open, none does, for a while. After that one call is tried: an answer closes it, another failure
opens it for twice as long. The state is one account's at one host: what a customer types, or breaks, is theirs alone.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

_MOST = 5_000
"""Breakers that are kept of one event loop; the one that was asked for longest ago goes first."""

Verdict = Callable[[Exception], bool | None]
"""What an error says of the host: True that it failed, False that it answered, None nothing."""


class HostPaused(Exception):
    """The host is left alone for so many `seconds` more. Nothing was sent."""

    def __init__(self, seconds: float) -> None:
        super().__init__("left alone")
        self.seconds = seconds


class CircuitBreaker:
    """Opens after so many `failures` in a row that are spread over `spread` seconds at least: a blip opens nothing.

    `first_pause` is for how long (seconds), `longest_pause` at most.
    """

    def __init__(
        self,
        *,
        failures: int = 8,
        spread: float = 10.0,
        first_pause: float = 30.0,
        longest_pause: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit, self._spread = failures, spread
        self._first_pause, self._longest_pause = first_pause, longest_pause
        self._clock = clock
        self._failures = 0
        self._since = 0.0
        self._pause = 0.0
        self._until = 0.0
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether nothing goes, or one call alone."""
        return self._pause > 0

    @contextmanager
    def call(self, verdict: Verdict) -> Iterator[None]:
        """One call. Raises `HostPaused` instead, where the host is left alone."""
        probes = self.is_open
        if probes:
            left = self._until - self._clock()
            if left > 0 or self._probing:
                raise HostPaused(max(left, 1.0))
            self._probing = True
        try:
            yield
        except Exception as error:
            said = verdict(error)
            if said:
                self._failed(probes=probes)
            elif said is False:
                self._answered()
            raise
        else:
            self._answered()
        finally:
            if probes:
                self._probing = False

    def _answered(self) -> None:
        self._failures, self._pause = 0, 0.0

    def _failed(self, *, probes: bool) -> None:
        now = self._clock()
        if not self._failures:
            self._since = now
        self._failures += 1
        if probes:
            self._pause = min(2 * self._pause, self._longest_pause)
        elif self.is_open or self._failures < self._limit or now - self._since < self._spread:
            return
        else:
            self._pause = self._first_pause
        self._until = now + self._pause


_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, OrderedDict[str, CircuitBreaker]] = WeakKeyDictionary()


def shared_breaker(key: str, make: Callable[[], CircuitBreaker] = CircuitBreaker) -> CircuitBreaker:
    """The breaker of an account at a host in this process. `key` names both without giving a credential away.

    Unlike a limiter it is kept while nobody holds it: what waits for its next try has no connection.
    """
    try:
        known = _of_loops.setdefault(asyncio.get_running_loop(), OrderedDict())
    except RuntimeError:
        return make()
    breaker = known.pop(key, None) or make()
    known[key] = breaker
    if len(known) > _MOST:
        known.popitem(last=False)
    return breaker
