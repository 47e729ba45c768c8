"""Goes through the people of a run of leave, a page at a time, and sums them up for the channel."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.domain.resource import Resource
from bot.jobs.leave.leave_file_store import LeaveFileStore
from bot.sync.codec import outcome_from_json
from bot.sync.leave.leave_line import lines_of, told_of
from bot.sync.leave.leave_report import LeaveReport
from storage import outcomes
from storage.database import Database
from storage.outcomes import StoredOutcome
from storage.runs import Run


async def gather_leave(database: Database, run_id: str, integration_id: str) -> LeaveReport:
    """What became of everybody, or would: a preview keeps its outcomes as a sync does. And which files wait by now."""
    report = LeaveReport()
    report.files = await LeaveFileStore(database=database, integration_id=integration_id).waiting()

    def take(page: Sequence[StoredOutcome]) -> None:
        for row in page:
            report.add(outcome_from_json(row.detail), lines_of(row.detail), row.findings, told_of(row.detail))

    after = outcomes.START
    while True:
        async with database.reading() as session:
            page = await outcomes.following(session, database.vault, run_id, after)
        if not page:
            return report
        after = page[-1].position
        await asyncio.to_thread(take, page)


async def has_made_files(database: Database, run: Run) -> bool:
    """Whether the run has made a file that somebody must import: that is told whatever else is not."""
    if run.resource != Resource.ABSENCE:
        return False
    store = LeaveFileStore(database=database, integration_id=run.integration_id)
    return any(file.run_id == run.id for file in await store.waiting())
