"""The rate limit: so many calls per period, for each token owner and consumer.

Source: API v2 description, "Rate limiting", and recordings: 100 calls in ten seconds, in windows that end on the
clock's tens, whatever second the first call came in. `X-Rate-Limit-Reset` counts whole seconds left, rounded down, so
that 0 is seen. 429 answers carry no Reset (public issue 103 of Tripletex/tripletex-api2).
"""

from __future__ import annotations

from sandbox.standin import Clock

LIMIT = "X-Rate-Limit-Limit"
REMAINING = "X-Rate-Limit-Remaining"
RESET = "X-Rate-Limit-Reset"


class RateLimit:
    """`take` counts a call; change `limit` and `period` (seconds) to suit a test. `over` are the calls above it."""

    def __init__(self, clock: Clock, *, limit: int = 100, period: float = 10.0) -> None:
        self._clock = clock
        self.limit = limit
        self.period = period
        self.over = 0
        self._windows: dict[object, tuple[int, int]] = {}

    def take(self, caller: object) -> dict[str, str] | None:
        """The headers of an answer within the limit, or None above it."""
        window, gone = divmod(self._clock().timestamp(), self.period)
        counted, used = self._windows.get(caller, (int(window), 0))
        if counted != int(window):
            used = 0
        self._windows[caller] = (int(window), used + 1)
        if used >= self.limit:
            self.over += 1
            return None
        return {
            LIMIT: str(self.limit),
            REMAINING: str(self.limit - used - 1),
            RESET: str(int(self.period - gone)),
        }
