"""Processes that die, hand over, freeze and crowd: every run is finished, nobody is in the target twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from psycopg import sql
from structlog.testing import capture_logs

from bot.jobs.runs.service import RunRequest
from bot.jobs.scheduling.schedule import SlotSchedule as Slots
from storage import executors, outcomes, schedules
from storage.clock import utc_now
from storage.runs import RunKind, RunState
from storage.schedules import Schedule
from storage.trouble import DatabaseTrouble
from tests.support.replica import ALREADY_RUNNING, TUNING
from tests.support.replica_world import World, until


async def start_elsewhere(world: World) -> str:
    """Store a run as a press would, for whichever process sweeps it up; gives its id."""
    integration = await world.connect()
    async with world.working() as jobs:
        # Stopped at once: the run is left in the queue.
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        jobs.engine.stopping.set()
    return run.id


async def everyone_is_there_once(world: World, run_id: str) -> None:
    ended = await world.ended(run_id)
    assert ended.state is RunState.DONE
    assert world.numbers() == {person["number"]: 1 for person in world.people}
    async with world.database.reading() as s:
        rows = await outcomes.all(s, world.database.vault, run_id)
    assert sorted(row.person_number for row in rows) == sorted(world.numbers())
    assert ended.counts == {"created": 12}
    assert world.tellings.of("finished") == [[run_id]]


async def test_a_killed_process_leaves_a_run_that_the_next_one_finishes(anywhere: World) -> None:
    run_id = await start_elsewhere(anywhere)
    # The answer to the third create never comes: the person is there, and nobody knows it.
    lost = anywhere.tripletex.faults.timeout_after_commit(method="POST", path="/employee$", nth=3)
    first = await anywhere.replica()
    await asyncio.wait_for(lost.arrived.wait(), 60)
    await first.kill()
    assert 0 < sum(anywhere.numbers().values()) < 12
    written = anywhere.numbers()
    await anywhere.replica()
    await everyone_is_there_once(anywhere, run_id)
    run = await anywhere.run(run_id)
    assert run.interrupted_at is not None
    assert run.finished_at is not None
    assert run.interrupted_at < run.finished_at
    assert all(anywhere.numbers()[number] == 1 for number in written)


@pytest.mark.postgres
async def test_a_run_waits_while_the_database_only_reads_and_is_finished_afterwards(on_postgres: World) -> None:
    run_id = await start_elsewhere(on_postgres)
    held = on_postgres.tripletex.faults.slow(method="POST", path="/employee$", nth=3)
    # Fewer tries than the database is away.
    with capture_logs() as logs:
        async with on_postgres.working(tuning=replace(TUNING, step_attempts=1)) as jobs:
            await jobs.sweep.reconcile_runs()
            await asyncio.wait_for(held.arrived.wait(), 60)
            with psycopg.connect(on_postgres.url, autocommit=True) as admin:
                change = sql.SQL("ALTER DATABASE {} {} default_transaction_read_only {}")
                name = sql.Identifier(admin.info.dbname)
                admin.execute(change.format(name, sql.SQL("SET"), sql.SQL("= on")))
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                held.release()

                async def waits() -> bool:
                    return any(line["event"] == "step_waits_for_database" for line in logs)

                await until(waits)
                assert await on_postgres.database.trouble() is DatabaseTrouble.READ_ONLY
                admin.execute(change.format(name, sql.SQL("RESET"), sql.SQL("")))
            await everyone_is_there_once(on_postgres, run_id)
    assert {line["why"] for line in logs if line["event"] == "step_waits_for_database"} == {"read_only"}


async def test_a_process_killed_while_planning_leaves_a_run_that_is_finished(on_sqlite: World) -> None:
    run_id = await start_elsewhere(on_sqlite)
    held = on_sqlite.tripletex.faults.slow(method="GET", path="/employee/entitlement")
    first = await on_sqlite.replica()
    await asyncio.wait_for(held.arrived.wait(), 60)
    await first.kill()
    held.release()
    await on_sqlite.replica()
    await everyone_is_there_once(on_sqlite, run_id)


async def test_sigterm_finishes_the_employee_and_hands_the_rest_over(on_sqlite: World) -> None:
    run_id = await start_elsewhere(on_sqlite)
    held = on_sqlite.tripletex.faults.slow(method="POST", path="/employee$", nth=3)
    first = await on_sqlite.replica()
    await asyncio.wait_for(held.arrived.wait(), 60)
    first.ask_to_stop()
    assert await first.says() == "stopping"
    held.release()
    assert await first.ended() == 0
    async with on_sqlite.database.reading() as s:
        rows = await outcomes.all(s, on_sqlite.database.vault, run_id)
        # Retired, not merely silent: a peer need not wait for it to be taken for dead.
        assert len(await executors.silent(s, timedelta(days=365))) >= 1
    assert {row.person_number for row in rows if row.kind == "created"} == set(on_sqlite.numbers())
    assert 0 < len(rows) < 12
    await on_sqlite.replica()
    await everyone_is_there_once(on_sqlite, run_id)


@pytest.mark.postgres
async def test_a_peer_takes_over_from_a_killed_process(on_postgres: World) -> None:
    run_id = await start_elsewhere(on_postgres)
    lost = on_postgres.tripletex.faults.timeout_after_commit(method="POST", path="/employee$", nth=3)
    first = await on_postgres.replica()
    await asyncio.wait_for(lost.arrived.wait(), 60)
    await on_postgres.replica()
    await first.kill()
    await everyone_is_there_once(on_postgres, run_id)


@pytest.mark.postgres
async def test_a_process_that_froze_finds_its_run_taken_and_lets_it_go(on_postgres: World) -> None:
    run_id = await start_elsewhere(on_postgres)
    held = on_postgres.tripletex.faults.slow(method="POST", path="/employee$", nth=3)
    frozen = await on_postgres.replica()
    await asyncio.wait_for(held.arrived.wait(), 60)
    frozen.freeze()
    held.release()
    await on_postgres.replica()
    await on_postgres.ended(run_id)
    frozen.thaw()
    # It hears of SIGTERM after it has heard of the answer that was waiting for it.
    assert await frozen.terminate() == 0
    await everyone_is_there_once(on_postgres, run_id)
    assert len(on_postgres.tripletex.requests.matching("POST", "/employee")) == 12


@pytest.mark.postgres
async def test_a_slot_fires_once_whoever_looks(on_postgres: World) -> None:
    integration = await on_postgres.connect()
    now = utc_now()
    slot = (now - timedelta(minutes=2)).replace(second=0, microsecond=0)
    async with on_postgres.database.session() as s:
        await schedules.put(
            s,
            Schedule(
                integration_id=integration.id,
                weekdays=(slot.strftime("%a").lower(),),
                hour=slot.hour,
                minute=slot.minute,
                timezone="UTC",
                next_run_at=slot,
            ),
        )
    await asyncio.gather(*(on_postgres.replica() for _ in range(2)))
    run_id = f"sync:{integration.id}:{slot:%Y-%m-%dT%H:%MZ}"

    async def moved_on() -> bool:
        async with on_postgres.database.reading() as s:
            row = await schedules.get(s, integration.id)
        return row is not None and row.next_run_at > now

    await until(moved_on)
    await everyone_is_there_once(on_postgres, run_id)
    async with on_postgres.database.reading() as s:
        row = await schedules.get(s, integration.id)
    assert row is not None
    assert row.next_run_at == Slots(row.weekdays, row.hour, row.minute, "UTC").next_fire(slot)


async def test_a_second_process_on_the_same_file_is_refused(on_sqlite: World) -> None:
    async with on_sqlite.working():
        second = await on_sqlite.try_replica()
        assert "PostgreSQL" in await second.says()
        assert await second.ended() == ALREADY_RUNNING
    third = await on_sqlite.replica()
    assert await third.terminate() == 0


@pytest.mark.postgres
async def test_two_integrations_of_one_account_take_turns(on_postgres: World) -> None:
    one = await on_postgres.connect("T1")
    other = await on_postgres.connect("T2")
    held = on_postgres.tripletex.faults.slow(method="POST", path="/employee$")
    async with on_postgres.working() as jobs:
        first = await jobs.runs.start(RunRequest(one.id, RunKind.SYNC, "U1", "press-1"))
        await held.arrived.wait()
        second = await jobs.runs.start(RunRequest(other.id, RunKind.SYNC, "U1", "press-1"))
        await on_postgres.replica()
        assert (await on_postgres.run(second.id)).state is RunState.QUEUED
        held.release()
        assert (await on_postgres.ended(first.id)).counts == {"created": 12}
        assert (await on_postgres.ended(second.id)).counts == {"unchanged": 12}
    assert set(on_postgres.numbers().values()) == {1}
