"""Goes through all people of a run, a page at a time: sums them up, and writes them into the file.

Only a page is in memory at once, and what takes time is done in a thread: Slack has its acknowledgements meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from bot.domain.outcome import Outcome
from bot.slack.upload import CompressedFile
from bot.sync.codec import change_from_json, difference_from_json, outcome_from_json
from bot.sync.plan.plan_diff import DifferentPoint
from bot.sync.report.csv_export import Spreadsheet
from bot.sync.report.run_summary import ROWS, RunSummary
from bot.sync.report.top_n import TopN
from storage import outcomes, plan_differences, plans
from storage.database import Database
from storage.errors import Unreadable, WrongOwner
from storage.outcomes import StoredOutcome
from storage.plans import PlannedChange


async def gather(
    database: Database, run_id: str, summary: RunSummary, sheet: Spreadsheet | None = None, *, planned: bool
) -> CompressedFile:
    """Take everyone into the summary: what is `planned` for them, or what became of them.

    The plan of a run that is being told of is still there, and has the values that were written.
    Gives the file that the sheet makes of them; an empty one without a sheet.
    """
    packed = CompressedFile()
    if sheet:
        packed.write(sheet.head())

    def take(page: Sequence[PlannedChange] | Sequence[StoredOutcome], values: Mapping[str, PlannedChange]) -> None:
        found = [_taken(row, summary, values) for row in page]
        if sheet:
            packed.write(sheet.rows(found))

    async with database.reading() as session:
        kept = not planned and bool(await plans.counts(session, run_id))
    after = plans.START
    while True:
        async with database.reading() as session:
            following = plans.following if planned else outcomes.following
            page = await following(session, database.vault, run_id, after)
        if not page:
            break
        after = page[-1].position
        values = await _written(database, run_id, page, summary) if kept else {}
        await asyncio.to_thread(take, page, values)
    packed.close()
    return packed


async def _written(
    database: Database, run_id: str, page: Sequence[PlannedChange] | Sequence[StoredOutcome], summary: RunSummary
) -> Mapping[str, PlannedChange]:
    """What the plan says of those on a page whose values would be shown; a plan that was altered says nothing."""
    wanted = [row.source_id for row in page if isinstance(row, StoredOutcome) and summary.has_room_for(row.kind)]
    if not wanted:
        return {}
    try:
        async with database.reading() as session:
            return await plans.of_people(session, database.vault, run_id, wanted)
    except (Unreadable, WrongOwner):
        return {}


async def gather_differences(database: Database, run_id: str) -> TopN[DifferentPoint]:
    """Where the run's plan is not the one that was approved: the first points, and how many there are."""
    sample: TopN[DifferentPoint] = TopN(ROWS)
    after = plan_differences.START
    while True:
        async with database.reading() as session:
            page = await plan_differences.following(session, database.vault, run_id, after)
        if not page:
            return sample
        after = page[-1].position
        for kept in page:
            for point in difference_from_json(kept.difference).points:
                sample.add(point)


def _taken(row: PlannedChange | StoredOutcome, summary: RunSummary, values: Mapping[str, PlannedChange]) -> Outcome:
    if isinstance(row, PlannedChange):
        return summary.predict(change_from_json(row.change))
    outcome = outcome_from_json(row.detail)
    summary.add(outcome)
    planned = values.get(row.source_id)
    summary.add_written(outcome, change_from_json(planned.change) if planned is not None else None)
    return outcome
