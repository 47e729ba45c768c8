"""Goes through the people of a run of leave, a page at a time, and sums them up for the channel."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.sync.codec import outcome_from_json
from bot.sync.leave.leave_line import lines_of
from bot.sync.leave.leave_report import LeaveReport
from storage import outcomes
from storage.database import Database
from storage.outcomes import StoredOutcome


async def gather_leave(database: Database, run_id: str) -> LeaveReport:
    """What became of everybody, or would: a preview keeps its outcomes as a sync does."""
    report = LeaveReport()

    def take(page: Sequence[StoredOutcome]) -> None:
        for row in page:
            report.add(outcome_from_json(row.detail), lines_of(row.detail), row.findings)

    after = outcomes.START
    while True:
        async with database.reading() as session:
            page = await outcomes.following(session, database.vault, run_id, after)
        if not page:
            return report
        after = page[-1].position
        await asyncio.to_thread(take, page)
