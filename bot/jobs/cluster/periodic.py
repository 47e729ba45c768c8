"""The few jobs that every replica repeats, on APScheduler: tick, beat, sweep, clean."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

log = structlog.get_logger(__name__)

STOP_SECONDS = 3

Job = Callable[[], Awaitable[object]]


class PeriodicJobs:
    """Repeats jobs; a failing one is logged and comes again. Schedules of integrations are rows, not jobs."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[object]] = set()
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )

    def every(self, period: timedelta, name: str, job: Job, *, after: timedelta = timedelta()) -> None:
        """Do a job now, or `after` some time, and then again after each period, never twice at once."""

        async def guarded() -> None:
            task = asyncio.current_task()
            if task is not None:
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            try:
                await job()
            except Exception as error:
                log.warning("housekeeping_failed", job=name, exc_info=error)

        trigger = IntervalTrigger(seconds=period.total_seconds(), timezone=UTC)
        self._scheduler.add_job(guarded, trigger, id=name, next_run_time=datetime.now(UTC) + after)

    def start(self) -> None:
        """Begin, on the running loop."""
        self._scheduler.start()

    async def stop(self, patience: float = STOP_SECONDS) -> None:
        """Begin no job any more, and let those that run come to their end."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                # Once round the loop first: a job that was just handed out is not at its first line yet.
                await asyncio.sleep(0)
                while self._running:
                    await asyncio.wait(set(self._running))
        self._scheduler.shutdown(wait=False)
