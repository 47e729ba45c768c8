"""A run is made once per cause, ends once, and takes its plan with it."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from storage import integrations, plans, runs
from storage.database import Database
from storage.delivery import PostedState
from storage.errors import NotFound, RunEnded, StaleRunState
from storage.integrations import Integration
from storage.run_options import RunOptions
from storage.runs import NewRun, Run, RunKind, RunState, RunTrigger
from tests.storage.conftest import ADMIN, TEAM, new_integration, new_run
from tests.support.run_walk import walk

NOW = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
ENDS = [RunState.DONE, RunState.FAILED, RunState.CANCELLED]


async def test_a_run_of_a_slot_is_made_once(database: Database, integration: Integration) -> None:
    new = NewRun(
        id=f"sync:{integration.id}:2026-03-02T05:00:00Z",
        integration_id=integration.id,
        team_id=TEAM,
        kind=RunKind.SYNC,
        trigger=RunTrigger.SCHEDULE,
        slot=NOW,
        channel_id="C0100",
        options=RunOptions(full=True),
    )
    async with database.session() as s:
        run, created = await runs.create(s, new)
    async with database.session() as s:
        same, again = await runs.create(s, dataclasses.replace(new, trigger=RunTrigger.MANUAL, requested_by=ADMIN))

    assert (created, again) == (True, False)
    assert same == run
    assert (run.state, run.slot, run.options, run.channel_id) == (RunState.QUEUED, NOW, RunOptions(full=True), "C0100")
    assert (run.counts, run.progress_done, run.requested_by, run.started_at) == ({}, 0, None, None)


async def test_of_many_runs_those_are_made_that_are_not_there(database: Database, integration: Integration) -> None:
    asked = [dataclasses.replace(new_run(integration, f"sync:{place}"), slot=NOW) for place in range(4)]
    async with database.session() as s:
        for one in asked[:2]:
            await runs.create(s, dataclasses.replace(one, requested_by=ADMIN))
        await runs.advance(s, "sync:0", RunState.READING)
        before = [await runs.get(s, one.id) for one in asked]
        assert await runs.create_all(s, []) == set()
        assert await runs.create_all(s, asked) == {"sync:2", "sync:3"}
        assert await runs.create_all(s, asked) == set()
        assert await runs.queued(s, ["sync:0", "sync:1", "sync:2", "unknown"]) == {"sync:1", "sync:2"}
        after = [await runs.get(s, one.id) for one in asked]
        alone, _ = await runs.create(s, dataclasses.replace(asked[2], id="sync:alone"))

    assert after[:2] == before[:2]
    assert after[2] is not None
    assert dataclasses.replace(after[2], id="sync:alone", created_at=alone.created_at) == alone


@pytest.mark.parametrize("dialect", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
async def test_of_copies_that_make_the_same_runs_only_one_waits(
    database: Database, replica: Database, integration: Integration
) -> None:
    async def make_all() -> set[str]:
        async with replica.session() as s:
            return await runs.create_all(s, [new_run(integration, f"sync:{place}") for place in (3, 2, 1)])

    async with database.session() as s:
        await runs.create(s, new_run(integration, "sync:2"))
        making = asyncio.create_task(make_all())
        async with asyncio.timeout(60):
            while not await s.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")):  # noqa: ASYNC110 - the server waits
                await asyncio.sleep(0)
        # Had the other one made it already, each would wait for the other.
        await runs.create(s, new_run(integration, "sync:3"))
    assert await making == {"sync:1"}


async def test_of_copies_that_make_it_at_once_one_does(
    database: Database, replica: Database, integration: Integration
) -> None:
    async def make(copy: Database) -> tuple[Run, bool]:
        async with copy.session() as s:
            return await runs.create(s, new_run(integration))

    made = await asyncio.gather(*(make(copy) for copy in [database, replica] * 4))

    assert [created for _, created in made].count(True) == 1
    assert all(run == made[0][0] for run, _ in made)


async def test_an_integration_that_is_unknown_or_removed_gets_no_new_run(
    database: Database, integration: Integration, run: Run
) -> None:
    async with database.session() as s:
        with pytest.raises(NotFound, match="integration"):
            await runs.create(s, dataclasses.replace(new_run(integration, "sync:2"), integration_id="0" * 32))
        await integrations.remove(s, integration.id)
        with pytest.raises(NotFound, match="integration"):
            await runs.create(s, new_run(integration, "sync:2"))
        old, created = await runs.create(s, new_run(integration))

    assert not created
    assert (old.id, old.state) == (run.id, RunState.CANCELLED)


async def test_a_run_is_found_by_its_workspace_alone(database: Database, run: Run) -> None:
    async with database.reading() as s:
        assert await runs.get(s, run.id) == run
        assert await runs.get(s, run.id, team_id=TEAM) == run
        assert await runs.get(s, run.id, team_id="T0200") is None
        assert await runs.get(s, "sync:unknown") is None


async def test_the_newest_runs_come_first(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        other = await integrations.create(s, database.vault, new_integration(account="9002"))
        await runs.create(s, new_run(other, "elsewhere"))
        for place, kind in enumerate([RunKind.PREVIEW, RunKind.SYNC, RunKind.PREVIEW]):
            await runs.create(s, new_run(integration, f"run-{place}", kind))

    async with database.reading() as s:
        latest = await runs.latest(s, integration.id)
        previews = await runs.latest(s, integration.id, RunKind.PREVIEW, limit=1)
    assert [run.id for run in latest] == ["run-2", "run-1", "run-0"]
    assert [run.id for run in previews] == ["run-2"]


async def test_progress_and_result_are_noted_on_the_way(database: Database, run: Run) -> None:
    async with database.session() as s:
        reading = await runs.advance(s, run.id, RunState.READING, message_ts="1.2", progress_total=40)
        await runs.update(s, run.id, progress_done=17, thread=PostedState(counts={"plan": 2}))
        done = await walk(s, run.id, RunState.DONE, counts={"created": 2}, progress_done=40)

    assert (reading.state, reading.message_ts, reading.progress_total) == (RunState.READING, "1.2", 40)
    assert reading.started_at is not None
    assert not reading.ended
    assert (done.state, done.counts, done.progress_done, done.thread) == (
        RunState.DONE,
        {"created": 2},
        40,
        PostedState(counts={"plan": 2}),
    )
    assert done.started_at == reading.started_at
    assert done.finished_at is not None
    assert done.ended


@pytest.mark.parametrize("end", ENDS)
async def test_a_run_that_ended_does_not_go_on(database: Database, run: Run, end: RunState) -> None:
    async with database.session() as s:
        ended = await walk(s, run.id, end, reason={"code": "busy"})
        for state in set(RunState) - {end}:
            with pytest.raises(RunEnded):
                await runs.advance(s, run.id, state)
        # A step that is done twice finds it done.
        assert await runs.advance(s, run.id, end) == ended

    assert ended.reason == {"code": "busy"}


@pytest.mark.parametrize("end", ENDS)
async def test_ending_a_run_erases_its_plan(database: Database, run: Run, end: RunState) -> None:
    async with database.session() as s:
        await plans.store(s, database.vault, run.id, {"made": NOW}, [("1", "create", {"salary": 1})])
        await runs.advance(s, run.id, RunState.REPORTING)
        assert await plans.counts(s, run.id) == {"create": 1}
        await runs.advance(s, run.id, end)

    async with database.reading() as s:
        assert await plans.header(s, database.vault, run.id) is None
        assert await plans.counts(s, run.id) == {}


async def test_ending_one_run_leaves_the_plans_of_others(
    database: Database, integration: Integration, run: Run
) -> None:
    async with database.session() as s:
        other, _ = await runs.create(s, new_run(integration, "sync:2"))
        await plans.store(s, database.vault, other.id, {}, [("1", "create", {})])
        await walk(s, run.id, RunState.DONE)

    async with database.reading() as s:
        assert await plans.counts(s, other.id) == {"create": 1}


async def test_a_step_can_insist_on_the_state_it_follows(database: Database, run: Run) -> None:
    async with database.session() as s:
        with pytest.raises(StaleRunState, match="queued"):
            await runs.advance(s, run.id, RunState.APPLYING, expected={RunState.PLANNING})
        await walk(s, run.id, RunState.PLANNING)
        applying = await runs.advance(s, run.id, RunState.APPLYING, expected={RunState.PLANNING})

    assert applying.state is RunState.APPLYING


async def test_an_unknown_run_cannot_be_moved(database: Database) -> None:
    async with database.session() as s:
        with pytest.raises(NotFound):
            await runs.advance(s, "sync:unknown", RunState.DONE)
        with pytest.raises(NotFound):
            await runs.update(s, "sync:unknown", progress_done=1)
        assert await runs.approve(s, "sync:unknown", ADMIN) is None
        assert await runs.request_cancel(s, "sync:unknown", ADMIN) is None


async def test_only_unfinished_runs_are_active(database: Database, integration: Integration, run: Run) -> None:
    async with database.session() as s:
        for place, end in enumerate(ENDS):
            await runs.create(s, new_run(integration, f"ended-{place}"))
            await walk(s, f"ended-{place}", end)
        other = await integrations.create(s, database.vault, new_integration(account="9002"))
        elsewhere, _ = await runs.create(s, new_run(other, "elsewhere"))

    async with database.reading() as s:
        assert await runs.active(s, integration.id) == [run]
        assert await runs.active(s) == [run, elsewhere]
        later = elsewhere.created_at + timedelta(microseconds=1)
        assert await runs.unended(s, later, 1) == [run]
        assert await runs.unended(s, later, 2, after=run) == [elsewhere]
        assert await runs.unended(s, later, 2, after=elsewhere) == []
        assert await runs.unended(s, elsewhere.created_at, 2) == [run]


async def wait_for_approval(database: Database, run: Run, expires_at: datetime | None = None) -> None:
    async with database.session() as s:
        await walk(
            s, run.id, RunState.WAITING_APPROVAL, guard={"code": "many_creates", "count": 40}, expires_at=expires_at
        )


async def test_of_two_who_approve_at_once_one_is_recorded(database: Database, replica: Database, run: Run) -> None:
    await wait_for_approval(database, run)

    async def approve(copy: Database, user: str) -> Run | None:
        async with copy.session() as s:
            return await runs.approve(s, run.id, user)

    users = [f"U{place}" for place in range(6)]
    answers = await asyncio.gather(*map(approve, [database, replica] * 3, users))

    (approved,) = [answer for answer in answers if answer]
    assert approved.approved_by == users[answers.index(approved)]
    assert approved.approved_at is not None
    assert approved.guard == {"code": "many_creates", "count": 40}
    async with database.reading() as s:
        assert await runs.get(s, run.id) == approved


async def test_what_does_not_wait_cannot_be_approved(database: Database, run: Run) -> None:
    async with database.session() as s:
        assert await runs.approve(s, run.id, ADMIN) is None


async def test_an_approval_after_its_time_is_refused(database: Database, run: Run) -> None:
    await wait_for_approval(database, run, expires_at=NOW)

    async with database.session() as s:
        assert await runs.expired_approvals(s, NOW - timedelta(microseconds=1)) == []
        assert [expired.id for expired in await runs.expired_approvals(s, NOW)] == [run.id]
        assert await runs.approve(s, run.id, ADMIN, now=NOW) is None
        assert await runs.approve(s, run.id, ADMIN, now=NOW - timedelta(microseconds=1)) is not None


async def test_cancelling_is_asked_once_and_rules_an_approval_out(database: Database, run: Run) -> None:
    await wait_for_approval(database, run)

    async with database.session() as s:
        asked = await runs.request_cancel(s, run.id, ADMIN)
        assert await runs.request_cancel(s, run.id, "U0200") is None
        assert await runs.approve(s, run.id, "U0200") is None

    assert asked is not None
    assert asked.cancel_requested_by == ADMIN


async def test_what_has_ended_cannot_be_cancelled(database: Database, run: Run) -> None:
    async with database.session() as s:
        await walk(s, run.id, RunState.DONE)
        assert await runs.request_cancel(s, run.id, ADMIN) is None
