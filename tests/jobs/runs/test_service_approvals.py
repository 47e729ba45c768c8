"""Only who has the key approves: what somebody else writes into the database is refused, told, and not carried out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.core.clock import SetClock
from bot.jobs.engine.engine import Progress
from bot.jobs.runs.queue import ApplyWork, owner_of_run
from bot.jobs.runs.result import result_of
from bot.jobs.runs.service import RunNotPossible, RunRequest
from bot.jobs.service import Jobs
from bot.sync.plan.guard import Thresholds
from storage import audit, runs
from storage.models import PlanChangeRow, PlanRow, RunRow, table
from storage.runs import Run, RunKind, RunState
from tests.support.replica import POLICY
from tests.support.replica_world import World, until

STRICT = Thresholds(creates_share=0, creates_people=1).to_json()
AT_ONCE = replace(POLICY, heal_after=timedelta(0))
AT = datetime(2026, 3, 2, 6, tzinfo=UTC)


async def waiting(world: World) -> Run:
    """A run that waits for an approval, its process having ended."""
    world.crowd(10)
    integration = await world.connect(thresholds=STRICT)
    async with world.working() as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        await until(lambda: _waits(world, run.id))
    return await world.run(run.id)


async def _waits(world: World, run_id: str) -> bool:
    asked = bool(world.tellings.of("needs_approval"))
    return asked and (await world.run(run_id)).state is RunState.WAITING_APPROVAL


async def execute(world: World, statement: sa.Executable) -> None:
    async with world.database.session() as s:
        await s.execute(statement)


async def forge(world: World, run_id: str) -> None:
    """As somebody who can write the database."""
    columns = {"approved_by": "U2", "approved_at": AT}
    await execute(world, sa.update(table(RunRow)).where(RunRow.id == run_id).values(columns))


async def refused(world: World, run: Run, key: str, action: str) -> None:
    ended = await world.ended(run.id)
    assert ended.state is RunState.FAILED
    said = result_of(ended)
    assert said.text is not None
    assert said.text.key == key
    assert said.advice is not None
    assert world.tripletex.requests.writes() == []
    assert world.tellings.of("finished") == [[run.id]]
    async with world.database.reading() as s:
        entries = await audit.page(s, run.team_id)
    assert [entry.new for entry in entries if entry.action == action] == [{"run": run.id}]


async def test_an_approval_that_was_written_into_the_database_is_refused_and_told(anywhere: World) -> None:
    run = await waiting(anywhere)
    await forge(anywhere, run.id)
    async with anywhere.working(policy=AT_ONCE) as jobs:
        await jobs.sweep.reconcile_runs()
        await refused(anywhere, run, "jobs.forged", "run.forged")
    assert anywhere.tellings.of("approved") == []


async def test_the_work_itself_refuses_one_that_was_begun_by_other_ways(on_sqlite: World) -> None:
    run = await waiting(on_sqlite)
    await forge(on_sqlite, run.id)
    async with on_sqlite.working() as jobs:
        partition = "tripletex:production:forged"
        await jobs.engine.enqueue("runs", f"approved:{run.id}", partition, {"run_id": run.id, "phase": "apply"})
        await refused(on_sqlite, run, "jobs.forged", "run.forged")


async def test_work_that_was_copied_to_another_name_is_not_done(on_sqlite: World) -> None:
    run = await waiting(on_sqlite)
    async with on_sqlite.database.session() as s:
        assert await runs.approve(s, run.id, "U2") is not None
    async with on_sqlite.working() as jobs:
        partition = "tripletex:production:copied"
        await jobs.engine.enqueue("runs", "approved:copied", partition, {"run_id": run.id, "phase": "apply"})
        await until(lambda: _done(jobs, "approved:copied"))
    assert on_sqlite.tripletex.requests.writes() == []


async def _done(jobs: Jobs, work_id: str) -> bool:
    status = await jobs.engine.status(work_id)
    return status is not None and status.progress is Progress.DONE


async def test_a_plan_that_was_altered_is_not_carried_out(on_sqlite: World) -> None:
    run = await waiting(on_sqlite)
    async with on_sqlite.database.session() as s:
        assert await runs.approve(s, run.id, "U2") is not None
    await execute(on_sqlite, sa.delete(table(PlanChangeRow)).where(PlanChangeRow.position == 3))
    async with on_sqlite.working(policy=AT_ONCE) as jobs:
        await jobs.sweep.reconcile_runs()
        await refused(on_sqlite, run, "jobs.altered", "run.altered")


async def test_whoever_approves_a_plan_that_does_not_open_is_told_and_it_ends(on_sqlite: World) -> None:
    run = await waiting(on_sqlite)
    await execute(on_sqlite, sa.update(table(PlanRow)).values(size=1))
    async with on_sqlite.working() as jobs:
        with pytest.raises(RunNotPossible) as said:
            await jobs.runs.approve(run.id, "U2")
        assert said.value.text.key == "jobs.altered"
        await refused(on_sqlite, run, "jobs.altered", "run.altered")


async def test_an_old_plan_with_a_forged_approval_is_not_made_again_in_its_name(on_sqlite: World) -> None:
    run = await waiting(on_sqlite)
    await forge(on_sqlite, run.id)
    later = SetClock(datetime.now(UTC) + timedelta(hours=30))
    async with on_sqlite.working(clock=later, policy=AT_ONCE) as jobs:
        await jobs.sweep.reconcile_runs()
        await refused(on_sqlite, run, "jobs.forged", "run.forged")


async def moved(world: World, run: Run, team_id: str) -> None:
    """As somebody who can write the database, and wants a run's plan or report for another integration."""
    other = await world.connect(team_id, target_account_id="other")
    await execute(world, sa.update(table(RunRow)).where(RunRow.id == run.id).values(integration_id=other.id))


@pytest.mark.parametrize("team_id", ["T1", "T2"], ids=["its own workspace's", "another workspace's"])
async def test_a_run_that_was_moved_to_another_integration_is_neither_carried_out_nor_told(
    on_sqlite: World, team_id: str
) -> None:
    run = await waiting(on_sqlite)
    async with on_sqlite.database.session() as s:
        assert await runs.approve(s, run.id, "U2") is not None
    await moved(on_sqlite, run, team_id)
    async with on_sqlite.working(policy=AT_ONCE) as jobs:
        work = ApplyWork(run.id)
        partition = "tripletex:production:moved"
        await jobs.engine.enqueue("runs", work.work_id, partition, work.to_json(), owner_of_run(run))
        await until(lambda: _done(jobs, work.work_id))
        assert (await on_sqlite.ended(run.id)).state is RunState.FAILED
    assert on_sqlite.tripletex.requests.writes() == []
    assert on_sqlite.tellings.of("finished") == []


async def test_an_approval_is_for_the_integration_that_it_was_given_for(on_sqlite: World) -> None:
    run = await waiting(on_sqlite)
    async with on_sqlite.database.session() as s:
        assert await runs.approve(s, run.id, "U2") is not None
    await moved(on_sqlite, run, run.team_id)
    async with on_sqlite.working(policy=AT_ONCE) as jobs:
        # The work itself is gone, and is enqueued anew by what the run's row says.
        await jobs.sweep.reconcile_runs()
        await refused(on_sqlite, run, "jobs.forged", "run.forged")
