"""Schedules that are due: each slot once, one catch-up after downtime, and nobody surprised."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.clock import SetClock
from bot.domain.leave_settings import LeaveSettings
from bot.jobs.runs.ids import run_id_for_slot
from bot.jobs.runs.result import result_of
from bot.jobs.runs.service import Slot
from bot.jobs.scheduling import tick
from storage import audit, integrations, leave_settings, runs, schedules
from storage.integrations import Integration, IntegrationState
from storage.runs import Run, RunKind, RunState, RunTrigger
from storage.schedules import Schedule
from tests.support.replica_world import World, until
from tests.support.slots import start_slot

MONDAY = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
EVERY_WORKDAY = ("mon", "tue", "wed", "thu", "fri")
OFFSET = timedelta(seconds=70)


async def scheduled(
    world: World,
    weekdays: tuple[str, ...] = EVERY_WORKDAY,
    slot: datetime = MONDAY,
    late_hours: int | None = None,
    timezone: str = "Europe/Stockholm",
) -> Integration:
    integration = await world.connect(state=IntegrationState.LIVE)
    async with world.database.session() as s:
        await schedules.put(
            s,
            Schedule(
                integration_id=integration.id,
                weekdays=weekdays,
                hour=6,
                minute=0,
                timezone=timezone,
                offset_seconds=int(OFFSET.total_seconds()),
                next_run_at=slot + OFFSET,
                late_hours=late_hours,
            ),
        )
    return integration


async def next_run(world: World, integration: Integration) -> datetime:
    async with world.database.reading() as s:
        row = await schedules.get(s, integration.id)
    assert row is not None
    return row.next_run_at


async def all_runs(world: World, integration: Integration) -> list[Run]:
    async with world.database.reading() as s:
        return list(await runs.latest(s, integration.id))


async def test_a_slot_fires_shortly_after_its_time_and_once(on_sqlite: World) -> None:
    integration = await scheduled(on_sqlite)
    clock = SetClock(MONDAY + OFFSET - timedelta(seconds=1))
    async with on_sqlite.working(clock) as jobs:
        assert await jobs.tick.tick() == 0
        clock.forward(seconds=1)
        assert await jobs.tick.tick() == 1
        assert await jobs.tick.tick() == 0
        (run,) = await all_runs(on_sqlite, integration)
        assert run.id == f"sync:{integration.id}:2026-11-23T05:00Z"
        assert (run.slot, run.trigger) == (MONDAY, RunTrigger.SCHEDULE)
        assert (await on_sqlite.ended(run.id)).state is RunState.DONE
    assert await next_run(on_sqlite, integration) == MONDAY + timedelta(days=1) + OFFSET


async def test_a_process_that_died_before_moving_on_left_nothing_to_do_twice(on_sqlite: World) -> None:
    integration = await scheduled(on_sqlite)
    clock = SetClock(MONDAY + timedelta(minutes=2))
    async with on_sqlite.working(clock) as jobs:
        before = await start_slot(jobs, on_sqlite.database, integration, MONDAY)
        await on_sqlite.ended(before.id)
        assert await jobs.tick.tick() == 1
    assert [run.id for run in await all_runs(on_sqlite, integration)] == [before.id]
    assert on_sqlite.tellings.of("finished") == [[before.id]]


async def test_after_downtime_one_run_stands_for_all(on_sqlite: World) -> None:
    integration = await scheduled(on_sqlite)
    clock = SetClock(MONDAY + timedelta(days=3, hours=2))
    async with on_sqlite.working(clock) as jobs:
        assert await jobs.tick.tick() == 1
        assert await jobs.tick.tick() == 0
        (run,) = await all_runs(on_sqlite, integration)
        assert run.slot == MONDAY + timedelta(days=3)
        assert (await on_sqlite.ended(run.id)).state is RunState.DONE
    assert await next_run(on_sqlite, integration) == MONDAY + timedelta(days=4) + OFFSET


@pytest.mark.parametrize(("chosen", "limit"), [(None, 24), (6, 6), (47, 47)])
async def test_a_sync_that_is_later_than_was_chosen_asks_first(
    on_sqlite: World, chosen: int | None, limit: int
) -> None:
    integration = await scheduled(on_sqlite, weekdays=("mon",), late_hours=chosen)
    clock = SetClock(MONDAY + timedelta(days=2))
    async with on_sqlite.working(clock) as jobs:
        assert await jobs.tick.tick() == 1
        (run,) = await all_runs(on_sqlite, integration)

        async def waits() -> bool:
            return (await on_sqlite.run(run.id)).state is RunState.WAITING_APPROVAL

        await until(waits)
        guard = (await on_sqlite.run(run.id)).guard
        assert guard is not None
        assert [(reason["code"], reason["count"], reason["of"]) for reason in guard["reasons"]] == [("late", 48, limit)]
        assert on_sqlite.tripletex.requests.writes() == []
        await jobs.runs.approve(run.id, "U1")
        assert (await on_sqlite.ended(run.id)).state is RunState.DONE


async def test_a_sync_that_is_as_late_as_was_chosen_begins_by_itself(on_sqlite: World) -> None:
    integration = await scheduled(on_sqlite, weekdays=("mon",), late_hours=48)
    clock = SetClock(MONDAY + timedelta(days=2))
    async with on_sqlite.working(clock) as jobs:
        assert await jobs.tick.tick() == 1
        (run,) = await all_runs(on_sqlite, integration)
        assert (await on_sqlite.ended(run.id)).state is RunState.DONE


async def test_a_schedule_that_is_changed_while_it_fires_says_when_it_fires_next(on_sqlite: World) -> None:
    integration = await scheduled(on_sqlite)
    clock = SetClock(MONDAY + timedelta(minutes=2))
    async with on_sqlite.working(clock) as jobs:
        async with on_sqlite.database.reading() as s:
            before = await schedules.get(s, integration.id)
        assert before is not None
        later = replace(before, hour=7, next_run_at=MONDAY + timedelta(hours=1) + OFFSET)
        firing = asyncio.create_task(jobs.tick.tick())
        # As soon as the run is there, and before the schedule is moved on, if it comes in time; right in either case.
        await until(lambda: _is_there(on_sqlite, integration))
        async with on_sqlite.database.session() as s:
            await schedules.put(s, later)
        await firing
        assert await next_run(on_sqlite, integration) == later.next_run_at
        (run,) = await all_runs(on_sqlite, integration)
        assert run.slot == MONDAY
        await on_sqlite.ended(run.id)


async def _is_there(world: World, integration: Integration) -> bool:
    return bool(await all_runs(world, integration))


async def test_of_many_that_are_due_each_fires_once(anywhere: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick, "_AT_ONCE", 2)
    monkeypatch.setattr(tick, "_LOOKED_AT", 3)
    first = await scheduled(anywhere)
    crowd = [first, *[await scheduled_beside(anywhere, first, f"T{number}") for number in range(2, 6)]]
    async with anywhere.working(SetClock(MONDAY + timedelta(minutes=2))) as jobs:
        async with anywhere.database.session() as s:
            await integrations.set_state(s, crowd[3].id, IntegrationState.PAUSED)
        # Stored by a process that died before it enqueued it.
        async with anywhere.database.session() as s:
            stored = await jobs.runs.record_slots(s, [Slot(crowd[1], MONDAY)])
        assert stored == {run_id_for_slot(crowd[1].id, MONDAY): crowd[1]}
        assert sum(await asyncio.gather(jobs.tick.tick(), jobs.tick.tick())) == 5
        assert await jobs.tick.tick() == 0
        for one in crowd:
            made = await all_runs(anywhere, one)
            assert [run.id for run in made] == ([] if one is crowd[3] else [run_id_for_slot(one.id, MONDAY)])
            assert [(await anywhere.ended(run.id)).state for run in made] == [RunState.DONE] * len(made)
            assert await next_run(anywhere, one) == MONDAY + timedelta(days=1) + OFFSET
            async with anywhere.database.reading() as s:
                noted = [entry for entry in await audit.page(s, one.team_id) if entry.action == "run.sync"]
            assert [(entry.new, entry.actor_id, entry.origin) for entry in noted] == [
                ({"run": run.id}, "schedule", "schedule") for run in made
            ]


async def scheduled_beside(world: World, other: Integration, team_id: str, **changes: Any) -> Integration:
    """An integration of another workspace, with the schedule of another one."""
    integration = await world.connect(team_id, state=IntegrationState.LIVE)
    async with world.database.session() as s:
        row = await schedules.get(s, other.id)
        assert row is not None
        await schedules.put(s, replace(row, integration_id=integration.id, **changes))
    return integration


async def test_as_many_broken_schedules_as_are_looked_at_hold_up_no_other(
    on_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tick, "_LOOKED_AT", 2)
    nowhere = await scheduled(on_sqlite, timezone="Europe/Atlantis", slot=MONDAY - timedelta(hours=1))
    await scheduled_beside(on_sqlite, nowhere, "T2")
    other = await scheduled_beside(on_sqlite, nowhere, "T3", timezone="Europe/Stockholm", next_run_at=MONDAY + OFFSET)
    async with on_sqlite.working(SetClock(MONDAY + timedelta(minutes=2))) as jobs:
        assert await jobs.tick.tick() == 1
        (run,) = await all_runs(on_sqlite, other)
        assert (await on_sqlite.ended(run.id)).state is RunState.DONE


@pytest.mark.postgres
@pytest.mark.parametrize("what", ["schedule", "integration"])
async def test_what_somebody_is_changing_holds_up_no_other_and_fires_afterwards(on_postgres: World, what: str) -> None:
    first = await scheduled(on_postgres)
    other = await scheduled_beside(on_postgres, first, "T2")
    async with on_postgres.working(SetClock(MONDAY + timedelta(minutes=2))) as jobs:
        async with on_postgres.database.session() as s:
            row = await schedules.get(s, first.id)
            assert row is not None
            if what == "schedule":
                await schedules.put(s, row)
            else:
                await integrations.set_state(s, first.id, IntegrationState.LIVE)
            assert await asyncio.wait_for(asyncio.create_task(jobs.tick.tick()), 30) == 1
            assert await all_runs(on_postgres, first) == []
        (run,) = await all_runs(on_postgres, other)
        assert await jobs.tick.tick() == 1
        (held,) = await all_runs(on_postgres, first)
        for each in (run, held):
            assert (await on_postgres.ended(each.id)).state is RunState.DONE


async def test_a_schedule_that_outlived_its_integration_starts_nothing(on_sqlite: World) -> None:
    integration = await scheduled(on_sqlite)
    async with on_sqlite.database.session() as s:
        row = await schedules.get(s, integration.id)
        assert row is not None
        await integrations.remove(s, integration.id)
        await schedules.put(s, row)
    async with on_sqlite.working(SetClock(MONDAY + timedelta(minutes=2))) as jobs:
        assert await jobs.tick.tick() == 1
        assert await jobs.tick.tick() == 0
    assert await all_runs(on_sqlite, integration) == []


async def test_a_paused_integration_is_passed_over(on_sqlite: World) -> None:
    integration = await scheduled(on_sqlite)
    async with on_sqlite.database.session() as s:
        await integrations.set_state(s, integration.id, IntegrationState.PAUSED)
    async with on_sqlite.working(SetClock(MONDAY + timedelta(minutes=2))) as jobs:
        assert await jobs.tick.tick() == 1
    assert await all_runs(on_sqlite, integration) == []
    assert await next_run(on_sqlite, integration) == MONDAY + timedelta(days=1) + OFFSET


async def test_an_integration_that_needs_reconnecting_says_that_it_did_not_run(on_sqlite: World) -> None:
    integration = await scheduled(on_sqlite)
    async with on_sqlite.database.session() as s:
        await integrations.set_state(s, integration.id, IntegrationState.NEEDS_RECONNECT)
    async with on_sqlite.working(SetClock(MONDAY + timedelta(minutes=2))) as jobs:
        await jobs.tick.tick()
        (run,) = await all_runs(on_sqlite, integration)
        ended = await on_sqlite.ended(run.id)
    assert ended.state is RunState.FAILED
    reason = result_of(ended).text
    assert reason is not None
    assert reason.key == "jobs.needs_reconnect"
    assert on_sqlite.tellings.of("finished") == [[run.id]]
    assert on_sqlite.tripletex.requests.matching("POST") == []


async def test_one_broken_schedule_holds_up_no_other(on_sqlite: World) -> None:
    broken = await scheduled(on_sqlite)
    async with on_sqlite.database.session() as s:
        row = await schedules.get(s, broken.id)
        assert row is not None
        nowhere = {name: getattr(row, name) for name in row.__dataclass_fields__} | {"timezone": "Europe/Atlantis"}
        await schedules.put(s, Schedule(**nowhere))
    other = await on_sqlite.connect("T2", state=IntegrationState.LIVE)
    async with on_sqlite.database.session() as s:
        await schedules.put(s, Schedule(**(nowhere | {"integration_id": other.id, "timezone": "Europe/Oslo"})))
    async with on_sqlite.working(SetClock(MONDAY + timedelta(minutes=2))) as jobs:
        assert await jobs.tick.tick() == 1
        (run,) = await all_runs(on_sqlite, other)
        assert (await on_sqlite.ended(run.id)).kind is RunKind.SYNC


TOGETHER, BY_ITSELF = {"enabled": True}, {"enabled": True, "with_employees": False}


@pytest.mark.parametrize(
    ("chosen", "fires", "about"),
    [
        (TOGETHER, "employees", ["employees", "absence"]),
        (TOGETHER, "absence", []),
        (BY_ITSELF, "employees", ["employees"]),
        (BY_ITSELF, "absence", ["absence"]),
        ({}, "employees", ["employees"]),
        ({}, "absence", []),
        (None, "employees", ["employees"]),
    ],
)
async def test_absence_comes_right_after_the_employees_or_at_its_own_times(
    on_sqlite: World, chosen: dict[str, bool] | None, fires: str, about: list[str]
) -> None:
    integration = await scheduled(on_sqlite)
    async with on_sqlite.database.session() as s:
        row = await schedules.get(s, integration.id)
        assert row is not None
        await schedules.delete(s, integration.id)
        await schedules.put(s, replace(row, resource=fires, changed_by="U7"))
        if chosen is not None:
            await leave_settings.put(s, integration.id, LeaveSettings(**chosen).to_json())  # type: ignore[arg-type]
    async with on_sqlite.working(SetClock(MONDAY + timedelta(minutes=2))) as jobs:
        assert await jobs.tick.tick() == 1
        assert await jobs.tick.tick() == 0
        made = sorted(await all_runs(on_sqlite, integration), key=lambda run: (run.created_at, run.id))
        for run in made:
            await on_sqlite.ended(run.id)
        order = [run.id for run in sorted(made, key=lambda run: run.started_at or run.created_at)]
    assert [(run.resource, run.slot, run.options.scheduled_by) for run in made] == [
        (each, MONDAY, "U7") for each in about
    ]
    assert order == [run.id for run in made]
