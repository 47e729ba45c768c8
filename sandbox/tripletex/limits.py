"""The rate limit: so many calls per period, for each token owner and consumer.

Source: API v2 description, "Rate limiting". `X-Rate-Limit-Reset` counts seconds left. The length of the
period is not published; 429 answers carry no Reset (public issue 103 of Tripletex/tripletex-api2).
"""

from __future__ import annotations

import math
from datetime import datetime

from sandbox.standin import Clock

LIMIT = "X-Rate-Limit-Limit"
REMAINING = "X-Rate-Limit-Remaining"
RESET = "X-Rate-Limit-Reset"


class RateLimit:
    """`take` counts a call; change `limit` and `period` (seconds) to suit a test. `over` are the calls above it."""

    def __init__(self, clock: Clock, *, limit: int = 100, period: float = 2.0) -> None:
        self._clock = clock
        self.limit = limit
        self.period = period
        self.over = 0
        self._windows: dict[object, tuple[datetime, int]] = {}

    def take(self, caller: object) -> dict[str, str] | None:
        """The headers of an answer within the limit, or None above it."""
        now = self._clock()
        started, used = self._windows.get(caller, (now, 0))
        if (now - started).total_seconds() >= self.period:
            started, used = now, 0
        self._windows[caller] = (started, used + 1)
        if used >= self.limit:
            self.over += 1
            return None
        left = self.period - (now - started).total_seconds()
        return {
            LIMIT: str(self.limit),
            REMAINING: str(self.limit - used - 1),
            RESET: str(max(0, math.ceil(left))),
        }
