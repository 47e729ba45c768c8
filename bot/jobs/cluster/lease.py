"""The lease of a process: its heartbeats, and what it must ask itself when it has given none for too long."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from bot.core import metrics
from bot.jobs.engine.engine import Engine, OwnershipLost, Progress
from storage import executors
from storage.database import Database


def clocks() -> Sequence[float]:
    """What each clock of the machine shows, in seconds.

    A machine that sleeps stops the monotonic clock, and a paused virtual one may stop all but that of the day. No one
    of them can be trusted to show a pause; one that jumps for another reason costs a question too many.
    """
    kinds = (time.CLOCK_MONOTONIC, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC), time.CLOCK_REALTIME)
    return [time.clock_gettime(kind) for kind in kinds]


def _between(earlier: Sequence[float], later: Sequence[float]) -> float:
    """The longest time that any clock saw pass."""
    return max(b - a for a, b in zip(earlier, later, strict=True))


class Heartbeat:
    """Tells the peers that this process lives; after a pause, finds out which of its runs are still its own.

    A process that was stopped for longer than `dead_after` (a suspended machine, a stalled disk) has been taken for
    dead, and its runs may go on elsewhere. The engine fences it at the next checkpoint; asking before each write to
    a payroll system closes the gap until then.
    """

    def __init__(
        self,
        database: Database,
        engine: Engine,
        dead_after: timedelta,
        now: Callable[[], Sequence[float]] = clocks,
    ) -> None:
        self._database = database
        self._engine = engine
        self._limit = dead_after.total_seconds()
        # What is sent within this time has been answered, or given up, before a peer can take the work over.
        self._sure = self._limit / 3
        self._now = now
        self._last = now()
        self._pauses = 0
        self._seen: dict[str, int] = {}

    async def beat(self) -> None:
        """Give a sign of life. Raises what the database raises; the next one comes soon."""
        # Counted from before it was sent: its way to the database is time that the peers count as silence.
        begun = self._now()
        async with self._database.session() as session:
            await executors.beat(session, self._engine.executor_id)
        self._mark(begun)

    async def retire(self) -> None:
        """Count as dead from now on, so that a peer takes over at once what this process leaves."""
        async with self._database.session() as session:
            await executors.retire(session, self._engine.executor_id)

    async def assert_owned(self, work_id: str) -> None:
        """Go on only with work that is still this process's own. Raises `OwnershipLost` otherwise, and when
        stopping."""
        if self._engine.stopping.is_set():
            raise OwnershipLost
        asked = self._now()
        await self._ask(work_id)
        while _between(asked, now := self._now()) > self._sure:
            # An answer that waited for a frozen process tells of the time before.
            asked = now
            await self._ask(work_id)

    async def _ask(self, work_id: str) -> None:
        if _between(self._last, self._now()) > self._sure:
            await self.beat()
        pauses = self._pauses
        # What is asked for the first time may have been taken over before it came to ask.
        if self._seen.get(work_id) == pauses:
            return
        standing = await self._engine.status(work_id)
        own = standing is not None and standing.executor_id == self._engine.executor_id
        if standing is None or not own or standing.progress is not Progress.RUNNING:
            metrics.OWNERSHIP_LOST.inc()
            raise OwnershipLost
        self._seen[work_id] = pauses

    def forget(self, work_id: str) -> None:
        """The work is over here."""
        self._seen.pop(work_id, None)

    def _mark(self, seen: Sequence[float]) -> None:
        if _between(self._last, self._now()) > self._limit:
            self._pauses += 1
        # Signs that overlap may end in another order; the first clock is the one that never goes back.
        if seen[0] > self._last[0]:
            self._last = seen
