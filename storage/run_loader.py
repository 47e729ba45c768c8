"""A run together with its integration: what nearly everybody needs who is given a run's id."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from storage import integrations, runs
from storage.errors import NotFound
from storage.integrations import Integration
from storage.runs import Run


@dataclass(frozen=True, slots=True)
class LoadedRun:
    """A run as it was when it was read. `integration` is None where that was removed, unless removed ones were asked
    for: then it is always there."""

    run: Run
    integration: Integration | None


async def find(
    session: AsyncSession, run_id: str, *, team_id: str | None = None, removed: bool = False
) -> LoadedRun | None:
    """The run and its integration; None for a run that is unknown or of another team than `team_id`.

    A removed integration is only given with `removed`: its name and language are still there for who tells of the run.
    """
    run = await runs.get(session, run_id, team_id=team_id)
    if run is None:
        return None
    # Of the run's own workspace alone: by a row that somebody has changed nobody gets another's reports.
    return LoadedRun(run, await integrations.get(session, run.integration_id, team_id=run.team_id, removed=removed))


async def load(session: AsyncSession, run_id: str, *, removed: bool = False) -> LoadedRun:
    """As `find`, for a run that must be there. Raises `NotFound`."""
    loaded = await find(session, run_id, removed=removed)
    if loaded is None:
        raise NotFound("run", run_id)
    return loaded
