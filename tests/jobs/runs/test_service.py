"""Runs from the button press to the end, against the stand-ins."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.clock import SetClock
from bot.jobs.policy import Policy
from bot.jobs.runs.result import result_of
from bot.jobs.runs.service import RunNotPossible, RunRequest
from bot.sync.plan.guard import Thresholds
from storage import audit, integrations, outcomes, people, plans
from storage.audit_check import check
from storage.integrations import IntegrationState
from storage.runs import Run, RunKind, RunState
from tests.support.replica import POLICY
from tests.support.replica_world import World, until

ONE_BY_ONE: Policy = replace(POLICY, writers=1)
STRICT = Thresholds(creates_share=0, creates_people=1).to_json()
"""Every plan that creates somebody must be approved."""


async def state_of(world: World, integration_id: str) -> IntegrationState:
    async with world.database.reading() as s:
        integration = await integrations.get(s, integration_id)
    assert integration is not None
    return integration.state


def everything_in(folder: Path, files: str) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob(files))


async def plan_is_there(world: World, run_id: str) -> bool:
    async with world.database.reading() as s:
        return bool(await plans.header(s, world.database.vault, run_id) or await plans.counts(s, run_id))


async def reached(world: World, run_id: str, state: RunState) -> Run:
    async def there() -> bool:
        return (await world.run(run_id)).state is state

    await until(there)
    return await world.run(run_id)


async def test_a_sync_creates_everyone_and_a_second_one_nobody(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    async with on_sqlite.working() as jobs:
        first = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        ended = await on_sqlite.ended(first.id)
        assert ended.state is RunState.DONE
        assert ended.counts == {"created": 12}
        assert ended.interrupted_at is None
        assert on_sqlite.numbers() == {person["number"]: 1 for person in on_sqlite.people}
        assert await state_of(on_sqlite, integration.id) is IntegrationState.TESTED
        assert not await plan_is_there(on_sqlite, first.id)
        async with on_sqlite.database.reading() as s:
            known = await people.load(s, integration.id)
        assert len(known) == 12
        assert all(person.target_id and person.fingerprint for person in known.values())

        written = len(on_sqlite.tripletex.requests.writes())
        second = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-2"))
        assert (await on_sqlite.ended(second.id)).counts == {"unchanged": 12}
        assert len(on_sqlite.tripletex.requests.writes()) == written
    assert on_sqlite.tellings.of("started") == [[first.id], [second.id]]
    assert on_sqlite.tellings.of("finished") == [[first.id], [second.id]]


async def test_a_preview_writes_nothing_and_leaves_its_plan_to_be_applied(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    async with on_sqlite.working() as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.PREVIEW, "U1", "press-1"))
        ended = await on_sqlite.ended(run.id)
    assert ended.state is RunState.DONE
    assert ended.counts == {"created": 12}
    assert on_sqlite.tripletex.requests.writes() == []
    assert await plan_is_there(on_sqlite, run.id)
    assert await state_of(on_sqlite, integration.id) is IntegrationState.CONNECTED


async def test_the_same_press_is_the_same_run(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    async with on_sqlite.working() as jobs:
        both = await asyncio.gather(
            *(jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1")) for _ in range(2))
        )
        assert both[0].id == both[1].id
        await on_sqlite.ended(both[0].id)
        again = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        assert again.ended
    assert on_sqlite.tellings.of("finished") == [[both[0].id]]


async def test_cancel_acts_at_the_next_employee(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    held = on_sqlite.tripletex.faults.slow(method="POST", path="/employee$", nth=4)
    async with on_sqlite.working(policy=ONE_BY_ONE) as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        await held.arrived.wait()
        await jobs.runs.cancel(run.id, "U2")
        await jobs.runs.cancel(run.id, "U3")
        held.release()
        ended = await on_sqlite.ended(run.id)
    assert ended.state is RunState.CANCELLED
    assert ended.cancel_requested_by == "U2"
    assert ended.counts == {"created": 4, "cancelled": 8}
    assert sum(on_sqlite.numbers().values()) == 4
    assert on_sqlite.tellings.of("finished") == [[run.id]]


async def test_a_run_that_has_not_begun_is_cancelled_at_once(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    held = on_sqlite.tripletex.faults.slow(method="POST", path="/employee$")
    async with on_sqlite.working() as jobs:
        first = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        await held.arrived.wait()
        second = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-2"))
        assert second.state is RunState.QUEUED
        await jobs.runs.cancel(second.id, "U1")
        assert (await on_sqlite.ended(second.id)).state is RunState.CANCELLED
        assert not (await on_sqlite.run(first.id)).ended
        held.release()
        assert (await on_sqlite.ended(first.id)).state is RunState.DONE
    assert (await on_sqlite.run(second.id)).counts == {}


async def test_refused_credentials_stop_the_integration_and_name_everyone_left(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    held = on_sqlite.tripletex.faults.slow(method="POST", path="/employee$", nth=3)
    async with on_sqlite.working(policy=ONE_BY_ONE) as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        await held.arrived.wait()
        on_sqlite.tripletex.revoke("tripletex-token-of-the-tests")
        held.release()
        ended = await on_sqlite.ended(run.id)
        assert ended.state is RunState.FAILED
        assert result_of(ended).text is not None
        assert await state_of(on_sqlite, integration.id) is IntegrationState.NEEDS_RECONNECT
        with pytest.raises(RunNotPossible, match="needs_reconnect"):
            await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-2"))
        await until(_told(on_sqlite, "trouble"))
    assert sum(ended.counts.values()) == 12
    async with on_sqlite.database.reading() as s:
        left = [row for row in await outcomes.all(s, on_sqlite.database.vault, run.id) if row.kind == "failed"]
    assert len(left) >= 8
    assert all(row.detail["retryable"] and row.detail["reason"] for row in left)
    assert [line[0] for line in on_sqlite.tellings.of("trouble")] == [run.id]


async def test_a_target_that_comes_back_is_waited_for(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    outage = on_sqlite.tripletex.faults.status(503, path="/employee$", method="GET", times=3)
    async with on_sqlite.working() as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        ended = await on_sqlite.ended(run.id)
    assert outage.hits == 3
    assert ended.counts == {"created": 12}


async def test_a_target_that_stays_away_fails_the_run_with_its_reason(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    on_sqlite.tripletex.faults.status(503, times=None)
    async with on_sqlite.working() as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        ended = await on_sqlite.ended(run.id)
        assert ended.state is RunState.FAILED
        assert result_of(ended).text is not None
        assert ended.counts == {}
        on_sqlite.tripletex.faults.clear()
        second = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-2"))
        assert (await on_sqlite.ended(second.id)).counts == {"created": 12}


async def test_an_outage_of_slack_delays_the_report_and_nothing_else(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    on_sqlite.tellings.deaf = True
    async with on_sqlite.working() as jobs:
        first = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        await reached(on_sqlite, first.id, RunState.REPORTING)
        second = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-2"))
        await reached(on_sqlite, second.id, RunState.REPORTING)
        on_sqlite.tellings.deaf = False
        assert (await on_sqlite.ended(first.id)).state is RunState.DONE
        assert (await on_sqlite.ended(second.id)).state is RunState.DONE
    assert on_sqlite.tellings.of("finished") == [[first.id], [second.id]]


async def test_an_approval_lets_the_run_go_on_after_a_restart(anywhere: World) -> None:
    anywhere.crowd(10)
    integration = await anywhere.connect(thresholds=STRICT)
    async with anywhere.working() as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        waiting = await reached(anywhere, run.id, RunState.WAITING_APPROVAL)
        assert waiting.guard is not None
        assert [reason["code"] for reason in waiting.guard["reasons"]] == ["creates"]
        await until(_told(anywhere, "needs_approval"))
    assert anywhere.tripletex.requests.writes() == []
    async with anywhere.working() as jobs:
        approved = await jobs.runs.approve(run.id, "U2")
        assert approved.approved_by == "U2"
        with pytest.raises(RunNotPossible):
            await jobs.runs.approve(run.id, "U3")
        ended = await anywhere.ended(run.id)
    assert ended.counts == {"created": 12}
    assert ended.interrupted_at is None
    assert anywhere.tellings.of("needs_approval") == [[run.id]]


async def test_an_approval_that_nobody_gives_expires(on_sqlite: World) -> None:
    on_sqlite.crowd(10)
    integration = await on_sqlite.connect(thresholds=STRICT)
    clock = SetClock(datetime.now(UTC))
    async with on_sqlite.working(clock) as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        await reached(on_sqlite, run.id, RunState.WAITING_APPROVAL)
        assert await jobs.runs.expire_approvals() == 0
        clock.forward(days=8)
        with pytest.raises(RunNotPossible):
            await jobs.runs.approve(run.id, "U2")
        assert await jobs.runs.expire_approvals() == 1
        ended = await on_sqlite.ended(run.id)
    assert ended.state is RunState.CANCELLED
    assert on_sqlite.tripletex.requests.writes() == []


async def test_a_newer_run_takes_the_place_of_one_that_waits(on_sqlite: World) -> None:
    on_sqlite.crowd(10)
    integration = await on_sqlite.connect(thresholds=STRICT)
    async with on_sqlite.working() as jobs:
        older = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        await reached(on_sqlite, older.id, RunState.WAITING_APPROVAL)
        newer = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-2"))
        assert (await on_sqlite.ended(older.id)).state is RunState.CANCELLED
        await reached(on_sqlite, newer.id, RunState.WAITING_APPROVAL)


async def test_a_removed_integration_stops_before_the_next_employee(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    held = on_sqlite.tripletex.faults.slow(method="POST", path="/employee$", nth=2)
    async with on_sqlite.working(policy=ONE_BY_ONE) as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        await held.arrived.wait()
        async with on_sqlite.database.session() as s:
            await integrations.remove(s, integration.id)
        held.release()
        await until(lambda: _idle(jobs.engine.unfinished([jobs.engine.executor_id])))
        with pytest.raises(RunNotPossible):
            await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-2"))
    assert sum(on_sqlite.numbers().values()) == 2
    assert (await on_sqlite.run(run.id)).state is RunState.CANCELLED


async def test_the_engine_keeps_nothing_of_anybody(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    async with on_sqlite.working() as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        await on_sqlite.ended(run.id)
    kept = everything_in(on_sqlite.folder, "*.engine.sqlite3*")
    assert run.id.encode() in kept
    for person in on_sqlite.people:
        for private in (person["last_name"], person["identity_number"], person["bank"]["number"]):
            assert private.encode() not in kept


async def test_what_has_done_its_service_is_erased(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    clock = SetClock(datetime.now(UTC))
    async with on_sqlite.working(clock) as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        await on_sqlite.ended(run.id)
        await jobs.cleanup.clean()
        async with on_sqlite.database.reading() as s:
            assert len(await outcomes.all(s, on_sqlite.database.vault, run.id)) == 12
        assert await jobs.engine.status(run.id) is not None
        clock.forward(days=91)
        await jobs.cleanup.clean()
        async with on_sqlite.database.reading() as s:
            assert await outcomes.all(s, on_sqlite.database.vault, run.id) == []
        assert await jobs.engine.status(run.id) is None
    assert (await on_sqlite.run(run.id)).counts == {"created": 12}


async def test_the_audit_is_erased_by_age_where_that_is_set(on_sqlite: World) -> None:
    async with on_sqlite.database.session() as s:
        await audit.write(s, "T1", "U1", "old")
    now = SetClock(datetime.now(UTC))
    for days, kept in ((None, ["old"]), (2, ["old"]), (1, [])):
        limit = None if days is None else timedelta(days=days)
        jobs = on_sqlite.jobs(SetClock(now() + timedelta(days=1, hours=1)), replace(POLICY, audit_kept=limit))
        await jobs.start(housekeeping=False)
        await jobs.cleanup.clean()
        await jobs.stop(5)
        async with on_sqlite.database.reading() as s:
            assert [entry.action for entry in await audit.page(s, "T1")] == kept
    assert not any(state.faults for state in await check(on_sqlite.database))


def _told(world: World, kind: str):  # type: ignore[no-untyped-def]
    async def told() -> bool:
        return bool(world.tellings.of(kind))

    return told


async def _idle(unfinished) -> bool:  # type: ignore[no-untyped-def]
    return not await unfinished
