"""Between two employees: is the run still ours, does somebody want it stopped, and who wants to know how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta

import structlog

from bot.core.clock import Clock
from bot.core.ownership import ownership_check
from bot.core.text import Text
from bot.jobs.cluster.lease import Heartbeat
from bot.jobs.notifications.notifier import Notifier, NotTold
from bot.jobs.runs.apply_plan import Cancelled
from bot.jobs.runs.time_limit import TooSlow
from storage import outcomes, runs
from storage.database import Database
from storage.errors import RunEnded
from storage.run_states import IN_PLANNING
from storage.runs import Run, RunState

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=2)
"""How long a run waits for people to be told how far it is: Slack may be slow, or ask to be left alone for a while."""

SILENCE = timedelta(seconds=60)
"""How long nothing more is told after that, so that a slow Slack takes little of the run's time."""


WAITS = "waits"
"""The stage of a run that goes on later."""


class RunMonitor:
    """Watches over one execution of one run. Telling people is done as well as it can be, and never stops a run."""

    def __init__(
        self,
        database: Database,
        reporter: Notifier,
        heartbeat: Heartbeat,
        clock: Clock,
        every: timedelta,
        run_id: str,
        work_id: str,
        lasts: timedelta | None = None,
    ) -> None:
        self._database = database
        self._reporter = reporter
        self._heartbeat = heartbeat
        self._clock = clock
        self._every = every
        self._run_id = run_id
        self._work_id = work_id
        self._lasts = lasts
        self._writes_since: datetime | None = None
        self._told: datetime | None = None
        self._stage: str | None = None

    async def started(self) -> None:
        """Tell people that the run has begun."""
        await self._tell(self._reporter.started(self._run_id))

    async def planning(self, state: RunState, done: int, total: int | None) -> None:
        """How far reading and planning are. Raises `Cancelled`, `OwnershipLost`, `RunEnded`."""
        await self._run_that_goes_on()
        if self._is_time(state.value):
            async with self._database.session() as session:
                await runs.advance(
                    session, self._run_id, state, expected=IN_PLANNING, progress_done=done, progress_total=total
                )
            await self._tell(self._reporter.progress(self._run_id, state.value, done, total))

    async def waits(self, why: Text) -> None:
        """Tell people that a system does not answer, and that the run is tried again."""
        self._told, self._stage = self._clock(), WAITS
        await self._tell(self._reporter.progress(self._run_id, WAITS, 0, None, why))

    async def gate(self) -> None:
        """Asked before each employee. Raises `Cancelled`, `OwnershipLost`, `RunEnded`, and `TooSlow` once this
        execution has written for as long as it may."""
        run = await self._run_that_goes_on()
        self._writes_since = self._writes_since or self._clock()
        if self._lasts is not None and self._clock() - self._writes_since >= self._lasts:
            raise TooSlow
        if self._is_time(RunState.APPLYING.value):
            done, total = await self.reached(), sum(run.counts.values())
            async with self._database.session() as session:
                await runs.update(session, self._run_id, progress_done=done, progress_total=total)
            await self._tell(self._reporter.progress(self._run_id, RunState.APPLYING.value, done, total))

    async def assert_owned(self) -> None:
        """Asked before each write. Raises `OwnershipLost` when the run is no longer this process's."""
        await self._heartbeat.assert_owned(self._work_id)

    async def reached(self) -> int:
        """How many people the run has an outcome for."""
        async with self._database.reading() as session:
            return sum((await outcomes.counts(session, self._run_id)).values())

    async def _run_that_goes_on(self) -> Run:
        await self._heartbeat.assert_owned(self._work_id)
        async with self._database.reading() as session:
            run = await runs.get(session, self._run_id)
        if run is None or run.ended:
            raise RunEnded(self._run_id, run.state if run else "unknown")
        if run.cancel_requested_by is not None:
            raise Cancelled
        return run

    def _is_time(self, stage: str) -> bool:
        """Whether people are told now: at once where another stage begins, but not into a silence."""
        now = self._clock()
        begins, self._stage = stage != self._stage, stage
        if self._told is not None and now - self._told < (timedelta(0) if begins else self._every):
            return False
        self._told = now
        return True

    async def _tell(self, telling: Awaitable[None]) -> None:
        """Give telling a moment, and not the run's time: what is cut off here is told with the next, or at the end."""
        try:
            with ownership_check(self.assert_owned):
                async with asyncio.timeout(PATIENCE.total_seconds()):
                    await telling
        except TimeoutError:
            self._told = self._clock() + SILENCE
            log.warning("progress_not_told", error="slow")
        except NotTold as error:
            log.warning("progress_not_told", error=error.code)
        except Exception as error:
            log.warning("progress_not_told", error=type(error).__name__)
