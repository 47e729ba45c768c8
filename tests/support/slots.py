"""The run of a schedule's slot, without waiting for a tick."""

from __future__ import annotations

from datetime import datetime

from bot.jobs.runs.outbox import Outbox
from bot.jobs.runs.service import Slot
from bot.jobs.service import Jobs
from storage import runs
from storage.database import Database
from storage.integrations import Integration
from storage.runs import Run


async def start_slot(jobs: Jobs, database: Database, integration: Integration, slot: datetime) -> Run:
    """Store the slot's run and hand its work over, as a tick does."""
    async with Outbox(database, jobs.engine).session() as (session, desk):
        waiting = await jobs.runs.record_slots(session, [Slot(integration, slot)])
        for run_id, one in waiting.items():
            await desk.enqueue_plan(run_id, one)
    async with database.reading() as session:
        run = await runs.get(session, Slot(integration, slot).run_id)
    assert run is not None
    return run
