"""What fell between two systems of record is found: runs that nobody works on, and work that nobody owns."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.clock import SetClock
from bot.jobs.cluster import recovery
from bot.jobs.engine.engine import OwnershipLost, Progress, Steps
from bot.jobs.runs.queue import ask_id
from bot.jobs.runs.replan import plan_diff_of
from bot.jobs.runs.result import result_of
from bot.jobs.runs.service import RunRequest
from bot.jobs.service import Jobs
from bot.sync.plan.guard import Thresholds
from storage import runs
from storage.models import ExecutorRow, RunRow, table
from storage.runs import NewRun, RunKind, RunState, RunTrigger
from tests.support.replica_world import World, until
from tests.support.run_walk import walk

STRICT = Thresholds(creates_share=0, creates_people=1).to_json()
"""Every plan that creates somebody must be approved."""


async def store_run(world: World, run_id: str, state: RunState = RunState.QUEUED) -> None:
    """A run as a process leaves it that dies between storing and enqueueing."""
    integration = await world.connect()
    async with world.database.session() as s:
        await runs.create(
            s,
            NewRun(
                id=run_id,
                integration_id=integration.id,
                team_id=integration.team_id,
                kind=RunKind.SYNC,
                trigger=RunTrigger.MANUAL,
            ),
        )
        if state is not RunState.QUEUED:
            await walk(s, run_id, state)


async def is_at(world: World, run_id: str, state: RunState) -> bool:
    return (await world.run(run_id)).state is state


async def is_over(jobs: Jobs, work_id: str) -> bool:
    standing = await jobs.engine.status(work_id)
    return standing is not None and standing.progress is Progress.DONE


async def test_a_run_that_was_stored_and_not_enqueued_is_found(on_sqlite: World) -> None:
    await store_run(on_sqlite, "r1")
    clock = SetClock(datetime.now(UTC))
    async with on_sqlite.working(clock) as jobs:
        assert await jobs.sweep.reconcile_runs() == 0
        clock.forward(minutes=2)
        assert await jobs.sweep.reconcile_runs() == 1
        assert (await on_sqlite.ended("r1")).state is RunState.DONE
        assert await jobs.sweep.reconcile_runs() == 0


async def test_of_more_than_are_looked_at_in_one_go_each_is_found(
    on_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "_AT_ONCE", 2)
    await store_run(on_sqlite, "r1")
    first = await on_sqlite.run("r1")
    async with on_sqlite.database.session() as s:
        for number in range(2, 6):
            again = NewRun(
                id=f"r{number}", integration_id=first.integration_id, team_id=first.team_id,
                kind=first.kind, trigger=first.trigger,
            )  # fmt: skip
            await runs.create(s, again)
        await s.execute(sa.update(table(RunRow)).values(created_at=first.created_at))
    clock = SetClock(datetime.now(UTC) + timedelta(minutes=2))
    async with on_sqlite.working(clock) as jobs:
        assert await jobs.sweep.reconcile_runs() == 5
        for number in range(1, 6):
            await on_sqlite.ended(f"r{number}")
        assert await jobs.sweep.reconcile_runs() == 0


async def test_a_run_that_the_engine_gave_up_is_ended_and_reported(on_sqlite: World) -> None:
    await store_run(on_sqlite, "r1")
    clock = SetClock(datetime.now(UTC) + timedelta(minutes=2))
    async with on_sqlite.working(clock) as jobs:
        await jobs.engine.enqueue("runs", "r1", "p", {"run_id": "r1", "phase": "nothing that there is"})
        await jobs.engine.cancel("r1")
        assert await jobs.sweep.reconcile_runs() == 1
        ended = await on_sqlite.ended("r1")
    assert ended.state is RunState.FAILED
    reason = result_of(ended).text
    assert reason is not None
    assert reason.key == "jobs.broken"
    assert on_sqlite.tellings.of("finished") == [["r1"]]


async def test_work_of_a_process_that_nobody_knows_is_found(on_sqlite: World) -> None:
    """It froze, was taken for dead and forgotten, thawed, took up work, and died before its next sign of life."""
    await store_run(on_sqlite, "r1")
    held = on_sqlite.tripletex.faults.slow(method="POST", path="/employee$")
    first = await on_sqlite.replica()
    await asyncio.wait_for(held.arrived.wait(), 60)
    await first.kill()
    async with on_sqlite.database.session() as s:
        await s.execute(sa.delete(table(ExecutorRow)))
    held.release()
    await on_sqlite.replica()
    assert (await on_sqlite.ended("r1")).state is RunState.DONE


async def test_a_run_that_nobody_was_asked_about_is_asked_about(on_sqlite: World) -> None:
    await store_run(on_sqlite, "r1", RunState.WAITING_APPROVAL)
    clock = SetClock(datetime.now(UTC) + timedelta(minutes=2))
    async with on_sqlite.working(clock) as jobs:
        assert await jobs.sweep.reconcile_runs() == 1
        await until(partial(is_over, jobs, ask_id("r1")))
        assert on_sqlite.tellings.of("needs_approval") == [["r1"]]
        # They have been asked: it waits for them.
        assert await jobs.sweep.reconcile_runs() == 0
        assert (await on_sqlite.run("r1")).state is RunState.WAITING_APPROVAL


async def test_an_old_plan_is_not_carried_out_by_a_sweep_either(on_sqlite: World) -> None:
    """The process that was told of the approval died before it could start the run anew."""
    on_sqlite.crowd(10)
    integration = await on_sqlite.connect(thresholds=STRICT)
    clock = SetClock(datetime.now(UTC))
    async with on_sqlite.working(clock) as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        await until(partial(is_at, on_sqlite, run.id, RunState.WAITING_APPROVAL))
        clock.forward(hours=13)
        async with on_sqlite.database.session() as s:
            await runs.approve(s, run.id, "U2", clock())
        assert await jobs.sweep.reconcile_runs() == 1
        assert (await on_sqlite.ended(run.id)).state is RunState.CANCELLED
        async with on_sqlite.database.reading() as s:
            newer, _ = await runs.latest(s, integration.id)
        assert newer.requested_by == "U1"
        ended = await on_sqlite.ended(newer.id)
        assert ended.counts == {"created": 12}
        again = plan_diff_of(ended)
        assert again is not None
        assert (again.approved_by, again.people) == ("U2", 0)


async def test_a_run_whose_work_is_over_without_it_is_ended(on_sqlite: World) -> None:
    await store_run(on_sqlite, "r1", RunState.APPLYING)
    clock = SetClock(datetime.now(UTC) + timedelta(minutes=2))
    async with on_sqlite.working(clock) as jobs:
        await jobs.engine.enqueue("runs", "r1", "p", {"run_id": "r1", "phase": "plan"})
        await until(partial(is_over, jobs, "r1"))
        assert await jobs.sweep.reconcile_runs() == 1
        assert (await on_sqlite.ended("r1")).state is RunState.FAILED


async def test_work_that_its_process_let_go_of_is_begun_again(on_sqlite: World) -> None:
    """As when the database is away at the moment in which the work ends."""
    done: list[str] = []
    hold = asyncio.Event()

    async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        async def work() -> None:
            done.append(work_id)
            if work_id == "held":
                await hold.wait()
            if done.count(work_id) == 1:
                raise OwnershipLost

        await steps.step("work", work)

    jobs = on_sqlite.jobs()
    jobs.engine.register("work", body, 4)
    await jobs.start(housekeeping=False)
    try:
        for work_id in ("dropped", "held"):
            await jobs.engine.enqueue("work", work_id, work_id, {})
        await until(partial(_are_equal, done, ["dropped", "held"]))
        await until(partial(_is_adrift, jobs, "dropped"))
        await jobs.sweep.recover_from_dead()
        await jobs.sweep.recover_from_dead()
        await until(partial(is_over, jobs, "dropped"))
        # What is being done is left alone.
        assert sorted(done) == ["dropped", "dropped", "held"]
        done.append("held")
        hold.set()
        await until(partial(is_over, jobs, "held"))
    finally:
        await jobs.stop(5)


async def _are_equal(done: list[str], wanted: list[str]) -> bool:
    return sorted(done) == wanted


async def _is_adrift(jobs: Jobs, work_id: str) -> bool:
    return await jobs.engine.orphaned() == {work_id}
