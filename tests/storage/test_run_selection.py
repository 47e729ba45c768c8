"""Ids of people who were chosen for a run go with its outcomes, or with the person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage import run_selection, runs
from storage.database import Database
from storage.integrations import Integration
from storage.run_options import RunOptions
from storage.runs import RunState
from tests.storage.conftest import TEAM, new_run

LATER = datetime.now(UTC) + timedelta(days=1)


async def only(database: Database, run_id: str) -> frozenset[str] | None:
    async with database.reading() as s:
        run = await runs.get(s, run_id)
    assert run is not None
    assert run.options.full
    return run.options.only


async def test_ids_are_forgotten_of_runs_that_ended_before_and_that_some_were_chosen_stays(
    database: Database, integration: Integration
) -> None:
    chosen = RunOptions(only=frozenset({"e1", "e2"}), full=True)
    async with database.session() as s:
        for run_id in ("ended", "waits"):
            await runs.create(s, replace(new_run(integration, run_id), options=chosen))
        await runs.create(s, replace(new_run(integration, "all"), options=RunOptions(full=True)))
        for run_id in ("ended", "all"):
            await runs.advance(s, run_id, RunState.CANCELLED)
    async with database.session() as s:
        assert await run_selection.forget(s, datetime.now(UTC) - timedelta(days=1)) == 0
        assert await run_selection.forget(s, LATER, team_id="T0999") == 0
        assert await run_selection.forget(s, LATER, team_id=TEAM, source_ids={"e1", "e9"}) == 1
    assert await only(database, "ended") == frozenset({"e2"})
    async with database.session() as s:
        assert await run_selection.forget(s, LATER) == 1
        assert await run_selection.forget(s, LATER) == 0
    assert await only(database, "ended") == frozenset()
    assert await only(database, "waits") == frozenset({"e1", "e2"})
    assert await only(database, "all") is None
