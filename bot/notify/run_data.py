"""Goes through all people of a run, a page at a time: sums them up, and writes them into the file.

Only a page is in memory at once, and what takes time is done in a thread: Slack has its acknowledgements meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.domain.outcome import Outcome
from bot.slack.upload import Packed
from bot.sync.codec import change_from_json, difference_from_json, outcome_from_json
from bot.sync.plan.plan_diff import DifferentPoint
from bot.sync.report.csv_export import Spreadsheet
from bot.sync.report.run_summary import ROWS, Sample, Summary
from storage import outcomes, plan_differences, plans
from storage.database import Database
from storage.outcomes import OutcomeRow
from storage.plans import PlannedChange


async def gather(
    database: Database, run_id: str, summary: Summary, sheet: Spreadsheet | None = None, *, planned: bool
) -> Packed:
    """Take everyone into the summary: what is `planned` for them, or what became of them.

    Gives the file that the sheet makes of them; an empty one without a sheet.
    """
    packed = Packed()
    if sheet:
        packed.write(sheet.head())

    def take(page: Sequence[PlannedChange] | Sequence[OutcomeRow]) -> None:
        found = [_taken(row, summary) for row in page]
        if sheet:
            packed.write(sheet.rows(found))

    after = plans.START
    while True:
        async with database.reading() as s:
            following = plans.following if planned else outcomes.following
            page = await following(s, database.vault, run_id, after)
        if not page:
            break
        after = page[-1].position
        await asyncio.to_thread(take, page)
    packed.close()
    return packed


async def gather_differences(database: Database, run_id: str) -> Sample[DifferentPoint]:
    """Where the run's plan is not the one that was approved: the first points, and how many there are."""
    sample: Sample[DifferentPoint] = Sample(ROWS)
    after = plan_differences.START
    while True:
        async with database.reading() as s:
            page = await plan_differences.following(s, database.vault, run_id, after)
        if not page:
            return sample
        after = page[-1].position
        for kept in page:
            for point in difference_from_json(kept.difference).points:
                sample.add(point)


def _taken(row: PlannedChange | OutcomeRow, summary: Summary) -> Outcome:
    if isinstance(row, PlannedChange):
        return summary.foresee(change_from_json(row.change))
    outcome = outcome_from_json(row.detail)
    summary.add(outcome)
    return outcome
