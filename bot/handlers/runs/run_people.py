"""The people of a run as they can be shown: of its plan while nothing of it is done, else what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.resource import Resource
from bot.sync.codec import change_from_json, outcome_from_json
from bot.sync.report.issues import foreseen
from bot.views.runs.plan_browser import Shown
from storage import outcomes, plans
from storage.database import Database, Session
from storage.outcomes import StoredOutcome
from storage.plans import PlannedChange
from storage.runs import Run, RunKind, RunState


async def is_ahead(session: Session, database: Database, run: Run) -> bool:
    """Whether the plan is there and nothing of it has been done: else the outcomes say more."""
    if run.ended and run.kind is not RunKind.PREVIEW:
        return False
    if run.resource == Resource.ABSENCE:
        return False  # its plan has no changes by person; a preview's outcomes foresee them
    if run.kind is RunKind.SYNC and run.state in (RunState.APPLYING, RunState.REPORTING):
        return False
    return await plans.header(session, database.vault, run.id) is not None


async def rows_after(
    database: Database, run_id: str, after: int, kinds: Sequence[str] | None, *, planned: bool
) -> Sequence[PlannedChange] | Sequence[StoredOutcome]:
    """The next some hundred after a position, of these kinds if given."""
    async with database.reading() as session:
        if planned:
            return await plans.following(session, database.vault, run_id, after, kinds)
        return await outcomes.following(session, database.vault, run_id, after, kinds)


def opened(rows: Sequence[PlannedChange] | Sequence[StoredOutcome]) -> list[Shown]:
    """The rows as people."""
    found = []
    for row in rows:
        if isinstance(row, PlannedChange):
            change = change_from_json(row.change)
            found.append(Shown(row.position, foreseen(change), change))
        else:
            found.append(Shown(row.position, outcome_from_json(row.detail)))
    return found
