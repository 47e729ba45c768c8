"""What is stored and the work that follows from it: on PostgreSQL both or neither, on SQLite nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.clock import SetClock
from bot.jobs.engine.engine import Progress
from bot.jobs.engine.transactional_queue import NewWork
from bot.jobs.runs.ids import run_id_for_slot
from bot.jobs.runs.outbox import Outbox
from bot.jobs.runs.service import RunRequest, Slot
from bot.jobs.service import Jobs
from bot.sync.plan.guard import Thresholds
from storage import integrations, runs
from storage.integrations import Integration, IntegrationState
from storage.runs import RunKind, RunState
from tests.jobs.scheduling.test_tick import MONDAY, next_run, scheduled
from tests.support.replica_world import World, until
from tests.support.slots import start_slot

DUE = SetClock(MONDAY + timedelta(minutes=2))
WORK = sa.text("SELECT * FROM dbos.workflow_status WHERE workflow_uuid = :work_id")


async def work(world: World, work_id: str) -> Mapping[str, Any] | None:
    """The engine's row on PostgreSQL, as any reader sees it."""
    async with world.database.reading() as s:
        row = (await s.execute(WORK, {"work_id": work_id})).one_or_none()
    return None if row is None else dict(row._mapping)


async def change(world: World, statement: str) -> None:
    async with world.database.session() as s:
        await s.execute(sa.text(statement))


async def stored(world: World, run_id: str) -> bool:
    async with world.database.reading() as s:
        return await runs.get(s, run_id) is not None


async def note(world: World, outbox: Outbox, integration: Integration, jobs: Jobs) -> str:
    """A run of Monday's slot, stored and handed over."""
    async with outbox.session() as (s, desk):
        for run_id, one in (await jobs.runs.record_slots(s, [Slot(integration, MONDAY)])).items():
            await desk.enqueue_plan(run_id, one)
    return run_id_for_slot(integration.id, MONDAY)


async def test_a_transaction_that_fails_leaves_neither(anywhere: World) -> None:
    integration = await anywhere.connect(state=IntegrationState.LIVE)
    run_id = run_id_for_slot(integration.id, MONDAY)
    async with anywhere.working(DUE) as jobs:
        outbox = Outbox(anywhere.database, jobs.engine)

        async def fail() -> None:
            async with outbox.session() as (s, desk):
                await jobs.runs.record_slots(s, [Slot(integration, MONDAY)])
                await desk.enqueue_plan(run_id, integration)
                raise LookupError

        with pytest.raises(LookupError):
            await fail()
        assert not await stored(anywhere, run_id)
        assert await jobs.engine.status(run_id) is None
        await note(anywhere, outbox, integration, jobs)
        assert (await anywhere.ended(run_id)).state is RunState.DONE


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["workflow_status", "workflow_input"])
async def test_a_queue_that_takes_nothing_leaves_nothing_stored(on_postgres: World, table: str) -> None:
    integration = await on_postgres.connect(state=IntegrationState.LIVE)
    async with on_postgres.working() as jobs:
        await change(
            on_postgres, f"ALTER TABLE dbos.{table} ADD CONSTRAINT full_up CHECK (workflow_uuid NOT LIKE 'preview:%')"
        )
        with pytest.raises(sa.exc.IntegrityError):
            await jobs.runs.start(RunRequest(integration.id, RunKind.PREVIEW, "U1", "press"))
        async with on_postgres.database.reading() as s:
            assert await runs.latest(s, integration.id) == []
        await change(on_postgres, f"ALTER TABLE dbos.{table} DROP CONSTRAINT full_up")
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.PREVIEW, "U1", "press"))
        assert (await on_postgres.ended(run.id)).state is RunState.DONE


@pytest.mark.postgres
async def test_an_approval_that_cannot_be_followed_was_not_given(on_postgres: World) -> None:
    integration = await on_postgres.connect(state=IntegrationState.LIVE)
    on_postgres.crowd(10)
    async with on_postgres.database.session() as s:
        strict = Thresholds(creates_share=0, creates_people=1).to_json()
        await integrations.update(s, integration.id, integration.version, thresholds=strict)
    async with on_postgres.working() as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press"))

        async def waits() -> bool:
            return (await on_postgres.run(run.id)).state is RunState.WAITING_APPROVAL

        await until(waits)
        await change(
            on_postgres,
            "ALTER TABLE dbos.workflow_input ADD CONSTRAINT full_up CHECK (workflow_uuid NOT LIKE 'approved:%')",
        )
        with pytest.raises(sa.exc.IntegrityError):
            await jobs.runs.approve(run.id, "U1")
        assert (await on_postgres.run(run.id)).approved_by is None
        assert await work(on_postgres, f"told:approved:{run.id}") is None
        await change(on_postgres, "ALTER TABLE dbos.workflow_input DROP CONSTRAINT full_up")
        await jobs.runs.approve(run.id, "U1")
        assert (await on_postgres.ended(run.id)).state is RunState.DONE


@pytest.mark.postgres
async def test_a_process_that_dies_in_between_leaves_neither_and_after_the_commit_both(on_postgres: World) -> None:
    integration = await scheduled(on_postgres, slot=datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5))
    due = await next_run(on_postgres, integration)

    async def both() -> tuple[bool, bool]:
        async with on_postgres.database.reading() as s:
            made = await runs.latest(s, integration.id)
        return bool(made), bool(made) and await work(on_postgres, made[0].id) is not None

    before = await on_postgres.try_replica(dies_at="fire:stored")
    assert await before.ended() == -9
    assert await both() == (False, False)
    assert await next_run(on_postgres, integration) == due
    after = await on_postgres.try_replica(dies_at="fire:enqueued")
    assert await after.ended() == -9
    assert await both() == (True, True)
    assert await next_run(on_postgres, integration) == due
    await on_postgres.replica()
    async with on_postgres.database.reading() as s:
        (run,) = await runs.latest(s, integration.id)
    assert (await on_postgres.ended(run.id)).state is RunState.DONE


async def test_the_same_work_twice_is_done_once(anywhere: World) -> None:
    """In one transaction, in two beside each other, in one after another, and when it is done."""
    integration = await anywhere.connect(state=IntegrationState.LIVE)
    async with anywhere.working(DUE) as jobs:
        outbox = Outbox(anywhere.database, jobs.engine)

        async def twice() -> None:
            async with outbox.session() as (s, desk):
                await jobs.runs.record_slots(s, [Slot(integration, MONDAY)])
                for _ in range(2):
                    await desk.enqueue_plan(run_id_for_slot(integration.id, MONDAY), integration)

        await asyncio.gather(twice(), twice())
        await twice()
        run = await anywhere.ended(run_id_for_slot(integration.id, MONDAY))
        await twice()
        standing = await jobs.engine.status(run.id)
        assert standing is not None
        assert standing.progress is Progress.DONE
        assert run.state is RunState.DONE
    assert anywhere.tellings.of("finished") == [[run.id]]


@pytest.mark.postgres
@pytest.mark.parametrize("together", [1, 20])
async def test_work_cannot_be_told_from_what_the_engine_enqueues_itself(on_postgres: World, together: int) -> None:
    own = {"workflow_uuid", "executor_id", "created_at", "updated_at", "application_id", "creator_xid"}
    async with on_postgres.working() as jobs:
        # In a queue that nobody looks at.
        await jobs.engine.enqueue("idle", "its own", "p", {"a": 1})
        crowd = [NewWork("idle", f"ours {number}", "p", {"a": 1}) for number in range(together)]
        async with on_postgres.database.session() as s:
            await jobs.engine.enqueue_within(s, crowd)
        engines, *ours = [await work(on_postgres, work_id) for work_id in ("its own", *(one.work_id for one in crowd))]
    assert engines is not None
    expected = {name: engines[name] for name in engines.keys() - own}
    assert [row and {name: row[name] for name in row.keys() - own} for row in ours] == [expected] * together


@pytest.mark.postgres
async def test_the_queue_keeps_the_order_of_its_transactions(on_postgres: World) -> None:
    first, second = await on_postgres.connect(state=IntegrationState.LIVE), MONDAY + timedelta(days=1)
    async with on_postgres.working(SetClock(second)) as jobs:
        held = on_postgres.tripletex.faults.slow(method="GET", path="/employee$")
        slots = [MONDAY - timedelta(days=1), second, MONDAY]
        for slot in slots:
            await start_slot(jobs, on_postgres.database, first, slot)
        held.release()
        made = [await on_postgres.ended(run_id_for_slot(first.id, slot)) for slot in slots]
    begun = [run.started_at for run in made]
    assert begun == sorted(begun, key=str)
