"""What cannot be told now waits without a place, is told in the end, and is looked after meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dbos import DBOS
from sqlalchemy.exc import OperationalError

from bot.jobs.notifications import worker
from bot.jobs.notifications.notifier import NotTold
from bot.jobs.runs.queue import WorkQueue, owner_of_run
from bot.jobs.runs.service import RunRequest
from bot.jobs.service import Jobs
from storage import runs
from storage.models import RunRow
from storage.runs import NewRun, RunKind, RunState, RunTrigger
from tests.support import replica_world
from tests.support.recording_notifier import Tellings
from tests.support.replica import POLICY, TUNING
from tests.support.replica_world import World, until

ONE_PLACE = replace(POLICY, reports_at_once=1, report_after=(3600.0,), heal_after=timedelta(0))


async def waiting(world: World, run_id: str, turns: int = 1) -> None:
    """Until the telling of the run has been set for another time."""

    async def there() -> bool:
        async with world.database.reading() as s:
            run = await runs.get(s, run_id)
        return run is not None and run.state is RunState.REPORTING and run.thread.turn >= turns

    await until(there)


async def test_what_waits_holds_no_place_and_is_not_given_up(anywhere: World) -> None:
    mute, heard = await anywhere.connect("T1"), await anywhere.connect("T2", target_account_id="another")
    anywhere.tellings.deaf = True
    async with anywhere.working(policy=ONE_PLACE) as jobs:
        first = await jobs.runs.start(RunRequest(mute.id, RunKind.PREVIEW, "U1", "press-1"))
        await waiting(anywhere, first.id)
        anywhere.tellings.deaf = False
        second = await jobs.runs.start(RunRequest(heard.id, RunKind.PREVIEW, "U1", "press-2"))
        await anywhere.ended(second.id)
        await jobs.sweep.reconcile_runs()
        await waiting(anywhere, first.id)
    assert [run_id for [run_id] in anywhere.tellings.of("finished")] == [second.id]


async def test_the_next_result_of_the_same_integration_does_not_wait_for_ever(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    on_sqlite.tellings.deaf = True
    async with on_sqlite.working(policy=replace(POLICY, report_after=(0.1, 3600.0))) as jobs:
        first = await jobs.runs.start(RunRequest(integration.id, RunKind.PREVIEW, "U1", "press-1"))
        await waiting(on_sqlite, first.id, turns=2)
        on_sqlite.tellings.deaf = False
        second = await jobs.runs.start(RunRequest(integration.id, RunKind.PREVIEW, "U1", "press-2"))
        await on_sqlite.ended(second.id)
        await waiting(on_sqlite, first.id)


class OutOfReach(Tellings):
    """Whoever was to be told is gone for good."""

    tries = 0

    async def finished(self, run_id: str) -> None:
        self.tries += 1
        raise NotTold("account_inactive", final=True)


async def test_a_run_that_nobody_can_hear_of_ends_at_once(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    on_sqlite.tellings = gone = OutOfReach(on_sqlite.folder / "tellings")
    async with on_sqlite.working() as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.PREVIEW, "U1", "press-1"))
        assert (await on_sqlite.ended(run.id)).state is RunState.DONE
    assert gone.tries == 1


class Hall(Tellings):
    """Whoever is told stays until the doors open."""

    def __init__(self, file: Path, teams: dict[str, str]) -> None:
        super().__init__(file)
        self.teams, self.doors = teams, asyncio.Event()
        self.inside, self.most = Counter[str](), Counter[str]()

    async def finished(self, run_id: str) -> None:
        team = self.teams[run_id]
        self.inside[team] += 1
        self.most[team] = max(self.most[team], self.inside[team])
        try:
            await self.doors.wait()
            await super().finished(run_id)
        finally:
            self.inside[team] -= 1


async def over(world: World, team_id: str, number: int) -> list[str]:
    """Runs of a workspace, each of an integration of its own, that are only to be told of."""
    made = []
    for place in range(number):
        integration = await world.connect(team_id, target_account_id=f"{team_id}-{place}")
        run_id = f"{team_id}-run-{place}"
        new = NewRun(
            id=run_id, integration_id=integration.id, team_id=team_id, kind=RunKind.PREVIEW, trigger=RunTrigger.MANUAL
        )
        async with world.database.session() as s:
            await runs.create(s, new)
            await runs.advance(s, run_id, RunState.REPORTING)
        made.append(run_id)
    return made


async def enqueued(world: World, jobs: Jobs, run_ids: list[str]) -> None:
    for run_id in run_ids:
        run = await world.run(run_id)
        await WorkQueue(jobs.engine).enqueue_report(run_id, owner_of_run(run))


async def test_of_four_places_a_workspace_has_three_however_many_come_at_once(
    on_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_CROWDED", (0.0, 0.0))
    crowd, other = await over(on_sqlite, "T1", 6), await over(on_sqlite, "T2", 1)
    teams = {run_id: run_id.partition("-")[0] for run_id in (*crowd, *other)}
    on_sqlite.tellings = hall = Hall(on_sqlite.folder / "tellings", teams)
    async with on_sqlite.working(policy=replace(POLICY, reports_at_once=4)) as jobs:
        await enqueued(on_sqlite, jobs, crowd)

        async def full() -> bool:
            return hall.inside["T1"] >= 3

        async def heard() -> bool:
            return hall.inside["T2"] == 1

        await until(full)
        await enqueued(on_sqlite, jobs, other)
        await until(heard)
        hall.doors.set()
        for run_id in (*crowd, *other):
            await on_sqlite.ended(run_id)
    assert hall.most == {"T1": 3, "T2": 1}
    assert sorted(run_id for [run_id] in hall.of("finished")) == sorted((*crowd, *other))


async def test_what_breaks_before_it_is_told_waits_without_a_place(
    on_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica_world, "TUNING", replace(TUNING, step_attempts=1))
    (broken, unreadable), [sound] = await over(on_sqlite, "T1", 2), await over(on_sqlite, "T2", 1)
    one = await on_sqlite.run(broken)
    async with on_sqlite.database.session() as s:
        of_the_same = {"integration_id": one.integration_id, "created_at": one.created_at - timedelta(hours=1)}
        await s.execute(sa.update(RunRow).where(RunRow.id == unreadable).values(**of_the_same, kind="of another day"))
    async with on_sqlite.working(policy=ONE_PLACE) as jobs:
        await enqueued(on_sqlite, jobs, [broken])
        await waiting(on_sqlite, broken)
        await enqueued(on_sqlite, jobs, [sound])
        await on_sqlite.ended(sound)


async def test_a_time_that_could_not_be_set_is_set_when_the_database_is_back(
    on_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    [late] = await over(on_sqlite, "T1", 1)
    on_sqlite.tellings.deaf = True
    enqueue, failed = DBOS.enqueue_workflow_async, asyncio.Event()

    async def once(*asked: Any, **more: Any) -> Any:
        if not failed.is_set() and asked[3].endswith(":turn:1"):
            failed.set()
            raise OperationalError("INSERT", {}, Exception("terminating connection"))
        return await enqueue(*asked, **more)

    async with on_sqlite.working(policy=replace(POLICY, report_after=(0.1, 0.1, 0.1))) as jobs:
        await enqueued(on_sqlite, jobs, [late])
        monkeypatch.setattr(DBOS, "enqueue_workflow_async", once)
        await failed.wait()
        on_sqlite.tellings.deaf = False

        async def told() -> bool:
            await jobs.sweep.recover_from_dead()
            return (await on_sqlite.run(late)).ended

        await until(told)
    assert on_sqlite.tellings.of("finished") == [[late]]


def test_a_crowd_leaves_the_order_of_an_integrations_results() -> None:
    crowded = {"base": "report:r", "number": 9, "tried": 0, "crowded": 9}
    turn = worker._Turn.of("report:r:turn:9", {"turn": crowded})
    assert turn.to_json() == crowded
    # As a version before wrote it.
    assert worker._Turn.of("x", {"turn": {"base": "x", "number": 2, "tried": 1}}) == worker._Turn("x", 2, 1)
