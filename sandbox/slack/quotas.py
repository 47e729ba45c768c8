"""How many calls of a method a minute takes (docs.slack.dev, rate limits: tiers)."""

from collections import deque

from sandbox.slack.clock import Clock
from sandbox.slack.errors import SlackError

MINUTE = 60.0


class RateLimited(SlackError):
    """HTTP 429 with Retry-After, in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


class Quotas:
    """Counts the calls of the minute that is just over, per method."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spent: dict[str, deque[float]] = {}

    def spend(self, method: str, per_minute: int) -> None:
        """Count one call. Raises `RateLimited` when the minute has had all that it takes."""
        now, spent = self._clock(), self._spent.setdefault(method, deque())
        while spent and now - spent[0] >= MINUTE:
            spent.popleft()
        if len(spent) >= per_minute:
            raise RateLimited(int(MINUTE - (now - spent[0])) + 1)
        spent.append(now)
