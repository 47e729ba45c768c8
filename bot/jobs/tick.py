"""Finds the schedules that are due and starts their runs; every replica does it, and none needs to lead.

First the run is enqueued under the name of its slot, then the schedule is moved on, if nobody has moved it. A process
that dies in between leaves a schedule that is still due: the next one finds the run there already, and moves it on.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.jobs.policy import Policy
from bot.jobs.runs import Runs, can_run
from bot.jobs.schedule import Schedule
from storage import integrations, schedules
from storage.database import Database
from storage.schedules import Schedule as Row

log = structlog.get_logger(__name__)

_AT_ONCE = 100

_SIDE_BY_SIDE = 8
"""Schedules fired at a time: in turn, each would wait for the many runs that are under way already."""


class Tick:
    """Starts what is due."""

    def __init__(self, database: Database, runs: Runs, clock: Clock, policy: Policy) -> None:
        self._database = database
        self._runs = runs
        self._clock = clock
        self._policy = policy

    async def tick(self) -> int:
        """Start everything that is due now; says how many schedules this process moved on."""
        fired = 0
        while True:
            async with self._database.session() as s:
                due = list(await schedules.due(s, self._clock(), _AT_ONCE))
            # Each replica in an order of its own, so that a rush is shared.
            random.shuffle(due)
            waiting = iter(due)
            moved = sum(await asyncio.gather(*(self._fire_all(waiting) for _ in range(_SIDE_BY_SIDE))))
            fired += moved
            if len(due) < _AT_ONCE or not moved:
                return fired

    async def _fire_all(self, waiting: Iterator[Row]) -> int:
        moved = 0
        for row in waiting:
            try:
                moved += await self._fire(row)
            except Exception as error:
                # It stays due; the others must not wait for it.
                log.error("schedule_failed", integration_id=row.integration_id, exc_info=error)
        return moved

    async def _fire(self, row: Row) -> bool:
        async with self._database.reading() as s:
            current = await schedules.get(s, row.integration_id)
            integration = await integrations.get(s, row.integration_id)
        if current != row:
            return False
        now = self._clock()
        schedule = Schedule.of(row)
        offset = timedelta(seconds=row.offset_seconds)
        # After downtime one run stands for all slots that were missed: the latest.
        slot = schedule.latest_slot(row.next_run_at - offset, now, row.offset_seconds)
        if integration is not None and can_run(integration):
            limit = self._policy.late_after if row.late_hours is None else timedelta(hours=row.late_hours)
            late = now - slot
            await self._runs.start_slot(integration, slot, (late, limit) if late > limit else None)
        following = schedule.next_run(slot + offset, row.offset_seconds)
        async with self._database.session() as s:
            # Whoever changed the schedule meanwhile has said when it fires next.
            unchanged = await schedules.get(s, row.integration_id) == row
            return unchanged and await schedules.advance(s, row.integration_id, row.next_run_at, following)
