"""Finds the schedules that are due and starts their runs; every replica does it, and none needs to lead.

First a run and its work are stored under the name of the slot (`bot.jobs.runs.outbox`), then the schedule is moved on,
if nobody has moved it. A process that dies in between leaves a schedule that is still due: the next one finds the run
there already, and moves it on.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.core.clock import Clock
from bot.domain.leave_settings import LeaveSettings
from bot.domain.resource import Resource
from bot.jobs.policy import Policy
from bot.jobs.runs.outbox import Outbox
from bot.jobs.runs.service import RunService, Slot, can_run
from bot.jobs.scheduling.schedule import SlotSchedule
from bot.providers.registry import takes_people
from storage import integrations, leave_settings, schedules
from storage.database import Database, Session
from storage.integrations import Integration
from storage.schedules import Schedule as Row
from storage.upsert import chunked

log = structlog.get_logger(__name__)

_LOOKED_AT = 500

_AT_ONCE = 50
"""Schedules fired in one go: beside many runs it is the turns on the event loop that take time, not the rows."""


@dataclass(frozen=True, slots=True)
class _Fire:
    """A schedule that is due, the slot that its run stands for, and when it fires next."""

    row: Row
    slot: datetime
    following: datetime
    late: tuple[timedelta, timedelta] | None


class Tick:
    """Starts what is due."""

    def __init__(self, database: Database, outbox: Outbox, runs: RunService, clock: Clock, policy: Policy) -> None:
        self._database = database
        self._outbox = outbox
        self._runs = runs
        self._clock = clock
        self._policy = policy

    async def tick(self) -> int:
        """Start everything that is due now; says how many schedules this process moved on."""
        return sum([await self._tick(resource) for resource in Resource])

    async def _tick(self, resource: Resource) -> int:
        fired, last = 0, None
        while True:
            async with self._database.reading() as session:
                due = list(await schedules.due(session, self._clock(), _LOOKED_AT, after=last, resource=resource))
            if not due:
                return fired
            last = due[-1]
            # Each replica in an order of its own, so that a rush is shared.
            random.shuffle(due)
            for rows in chunked(due, _AT_ONCE):
                fired += await self._fire_all(rows)

    async def _fire_all(self, rows: Sequence[Row]) -> int:
        try:
            return await self._fire(rows)
        except Exception as error:
            if len(rows) == 1:
                # It stays due; the others must not wait for it.
                log.error("schedule_failed", integration_id=rows[0].integration_id, exc_info=error)
                return 0
        # Whichever of them is to blame fails alone.
        return sum([await self._fire_all([row]) for row in rows])

    async def _fire(self, rows: Sequence[Row]) -> int:
        now = self._clock()
        fires = {row.integration_id: self._calculated(row, now) for row in rows}
        async with self._outbox.session() as (session, desk):
            same = await schedules.lock_for_update(session, rows)
            there = await integrations.lock_for_update(session, [row.integration_id for row in same])
            held = [(fires[name], one) for name, one in there.items()]
            slots = await _slots(session, [(fire, one) for fire, one in held if can_run(one)])
            waiting = await self._runs.record_slots(session, slots)
            for run_id, one in waiting.items():
                await desk.enqueue_plan(run_id, one)
        async with self._database.session() as session:
            # Whoever changed a schedule meanwhile has said when it fires next.
            return await schedules.advance(session, [(fire.row, fire.following) for fire, _ in held])

    def _calculated(self, row: Row, now: datetime) -> _Fire:
        schedule = SlotSchedule.of(row)
        offset = timedelta(seconds=row.offset_seconds)
        # After downtime one run stands for all slots that were missed: the latest.
        slot = schedule.latest_slot(row.next_run_at - offset, now, row.offset_seconds)
        late, limit = now - slot, self._policy.late_after
        if row.late_hours is not None:
            limit = timedelta(hours=row.late_hours)
        following = schedule.next_run(slot + offset, row.offset_seconds)
        return _Fire(row, slot, following, (late, limit) if late > limit else None)


async def _slots(session: Session, held: Sequence[tuple[_Fire, Integration]]) -> list[Slot]:
    """The runs of schedules that fire. Absence that goes with the employees comes right after them; at times of its
    own it does only while it is on, and these are in force."""
    chosen = await leave_settings.of(session, [one.id for _, one in held])
    found: list[Slot] = []
    for fire, one in held:
        stored, own = chosen.get(one.id), Resource(fire.row.resource)
        leave = LeaveSettings.from_json(stored.settings) if stored is not None else LeaveSettings()
        if own is Resource.EMPLOYEES and takes_people(one.provider):
            found.append(_slot(fire, one, own))
        if leave.enabled and leave.with_employees is (own is Resource.EMPLOYEES):
            found.append(_slot(fire, one, Resource.ABSENCE))
    return found


def _slot(fire: _Fire, integration: Integration, resource: Resource) -> Slot:
    return Slot(integration, fire.slot, fire.late, fire.row.changed_by, resource)
