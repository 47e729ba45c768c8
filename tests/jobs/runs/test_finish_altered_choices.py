"""What an integration has chosen and somebody has changed in the database: nothing is planned, approved or written by
it, it is told and noted, and what was chosen is put back."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.jobs.runs.result import result_of
from bot.jobs.runs.service import RunNotPossible, RunRequest
from bot.sync.plan.guard import Thresholds
from storage import audit, choice_seal, integrations, runs
from storage.integrations import Integration
from storage.models import IntegrationRow, table
from storage.runs import Run, RunKind, RunState
from tests.jobs.runs.test_service_approvals import AT_ONCE, waiting
from tests.support.replica_world import World, until

STRICT = Thresholds(creates_share=0, creates_people=1).to_json()
LOOSE = Thresholds(creates_share=1, creates_people=1_000_000).to_json()


async def write(world: World, **values: Any) -> None:
    """As somebody who can write the database."""
    async with world.database.session() as s:
        await s.execute(sa.update(table(IntegrationRow)).values(values))


async def refused(world: World, run: Run, before: Integration, parts: list[str]) -> None:
    ended = await world.ended(run.id)
    assert ended.state is RunState.FAILED
    said = result_of(ended)
    assert said.text is not None
    assert said.text.key == "jobs.choices"
    assert world.tripletex.requests.writes() == []
    async with world.database.reading() as s:
        after = await integrations.get(s, before.id)
        entries = await audit.page(s, run.team_id)
    assert after is not None
    choice_seal.require(world.database.vault, after)
    assert (after.scope, after.thresholds, after.attention) == (before.scope, before.thresholds, before.attention)
    noted = {entry.action: entry.new for entry in entries}
    assert noted["integration.altered"] == {"parts": parts}
    assert noted["run.altered"] == {"run": run.id}


async def test_a_run_that_begins_reads_nothing_by_limits_that_nobody_chose(on_sqlite: World) -> None:
    world = on_sqlite
    world.crowd(10)
    integration = await world.connect(thresholds=STRICT)
    await write(world, thresholds=LOOSE)
    asked = len(list(world.tripletex.requests))
    async with world.working() as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        await refused(world, run, integration, ["thresholds"])
        assert len(list(world.tripletex.requests)) == asked
        # What was chosen holds again: the next one asks, as the limits say.
        again = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-2"))
        await until(lambda: _waits(world, again.id))


async def _waits(world: World, run_id: str) -> bool:
    return (await world.run(run_id)).state is RunState.WAITING_APPROVAL


async def test_what_was_approved_is_not_written_by_settings_that_nobody_chose(on_sqlite: World) -> None:
    run = await waiting(on_sqlite)
    async with on_sqlite.database.session() as s:
        assert await runs.approve(s, run.id, "U2") is not None
        integration = await integrations.get(s, run.integration_id)
    assert integration is not None
    await write(on_sqlite, settings={"division": "other"})
    async with on_sqlite.working(policy=AT_ONCE) as jobs:
        await jobs.sweep.reconcile_runs()
        await refused(on_sqlite, run, integration, ["settings"])


async def test_nobody_approves_alone_by_a_policy_that_nobody_chose(on_sqlite: World) -> None:
    run = await waiting(on_sqlite)
    async with on_sqlite.database.session() as s:
        found = await integrations.get(s, run.integration_id)
        assert found is not None
        integration = await integrations.update(s, found.id, found.version, attention={"four_eyes": True})
    async with on_sqlite.working() as jobs:
        with pytest.raises(RunNotPossible) as said:
            await jobs.runs.approve(run.id, "U1")
        assert said.value.text.key == "jobs.four_eyes"
        await write(on_sqlite, attention={})
        with pytest.raises(RunNotPossible) as said:
            await jobs.runs.approve(run.id, "U1")
        assert said.value.text.key == "jobs.choices"
        await refused(on_sqlite, run, integration, ["attention"])
