"""A fire is found when it is due, and moved on by exactly one of those who found it."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from storage import integrations, schedules
from storage.database import Database
from storage.integrations import Integration
from storage.schedules import Schedule
from tests.storage.conftest import new_integration

SIX = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)


@pytest.fixture
async def schedule(database: Database, integration: Integration) -> Schedule:
    """Mondays and Wednesdays at six in Oslo, a minute and a half late."""
    async with database.session() as s:
        return await schedules.put(
            s,
            Schedule(
                integration_id=integration.id,
                weekdays=("mon", "wed"),
                hour=6,
                minute=0,
                timezone="Europe/Oslo",
                next_run_at=SIX,
                offset_seconds=90,
            ),
        )


async def test_a_schedule_is_kept_and_replaced(database: Database, schedule: Schedule) -> None:
    changed = dataclasses.replace(schedule, weekdays=(), hour=7, enabled=False, next_run_at=SIX + timedelta(hours=1))
    async with database.session() as s:
        assert await schedules.get(s, schedule.integration_id) == schedule
        await schedules.put(s, changed)
        assert await schedules.get(s, schedule.integration_id) == changed


async def test_it_is_due_from_its_moment_on(database: Database, schedule: Schedule) -> None:
    async with database.session() as s:
        assert await schedules.due(s, SIX - timedelta(microseconds=1)) == []
        assert await schedules.due(s, SIX) == [schedule]
        assert await schedules.due(s, SIX + timedelta(days=30)) == [schedule]


async def test_turned_off_it_is_never_due(database: Database, schedule: Schedule) -> None:
    async with database.session() as s:
        await schedules.put(s, dataclasses.replace(schedule, enabled=False))
        assert await schedules.due(s, SIX) == []
        await schedules.put(s, schedule)
        assert await schedules.due(s, SIX) == [schedule]


async def test_the_earliest_come_first_and_no_more_than_asked(database: Database, schedule: Schedule) -> None:
    async with database.session() as s:
        for account in range(3):
            other = await integrations.create(s, database.vault, new_integration(account=f"{account}"))
            at = SIX - timedelta(minutes=account)
            await schedules.put(s, dataclasses.replace(schedule, integration_id=other.id, next_run_at=at))
        found = await schedules.due(s, SIX, limit=3)

    assert [one.next_run_at for one in found] == [SIX - timedelta(minutes=2), SIX - timedelta(minutes=1), SIX]


async def test_page_by_page_each_is_found_once(database: Database, schedule: Schedule) -> None:
    async with database.session() as s:
        for account in range(4):
            other = await integrations.create(s, database.vault, new_integration(account=f"{account}"))
            at = SIX - timedelta(minutes=account % 2)
            await schedules.put(s, dataclasses.replace(schedule, integration_id=other.id, next_run_at=at))
        everything = list(await schedules.due(s, SIX))
        found: list[Schedule] = []
        last = None
        while page := await schedules.due(s, SIX, limit=2, after=last):
            found += page
            last = page[-1]

    assert len(everything) == 5
    assert found == everything


async def test_moving_on_needs_the_fire_that_was_seen(database: Database, schedule: Schedule) -> None:
    wednesday = SIX + timedelta(days=2)
    async with database.session() as s:
        assert await schedules.advance(s, [(schedule, wednesday)]) == 1
        assert await schedules.advance(s, [(schedule, wednesday + timedelta(days=5))]) == 0
        moved = await schedules.get(s, schedule.integration_id)

    assert moved == dataclasses.replace(schedule, next_run_at=wednesday)


async def test_many_move_on_at_once_and_what_was_changed_stays(database: Database, schedule: Schedule) -> None:
    seen = [schedule]
    async with database.session() as s:
        for account in range(3):
            other = await integrations.create(s, database.vault, new_integration(account=f"{account}"))
            seen.append(await schedules.put(s, dataclasses.replace(schedule, integration_id=other.id)))
        # Changed by a person to the same fire: the person says when it fires next.
        changed = await schedules.put(s, dataclasses.replace(seen[1], weekdays=("mon", "thu")))
        assert await schedules.lock_for_update(s, seen) == [seen[0], *seen[2:]]
        moved = await schedules.advance(s, [(one, SIX + timedelta(days=day)) for day, one in enumerate(seen, 1)])
        after = [await schedules.get(s, one.integration_id) for one in seen]

    assert moved == 3
    assert after == [
        dataclasses.replace(seen[0], next_run_at=SIX + timedelta(days=1)),
        changed,
        dataclasses.replace(seen[2], next_run_at=SIX + timedelta(days=3)),
        dataclasses.replace(seen[3], next_run_at=SIX + timedelta(days=4)),
    ]


async def test_of_copies_that_move_it_on_at_once_one_succeeds(
    database: Database, replica: Database, schedule: Schedule
) -> None:
    async def move(copy: Database) -> int:
        async with copy.session() as s:
            return await schedules.advance(s, [(schedule, SIX + timedelta(days=2))])

    moved = await asyncio.gather(*(move(copy) for copy in [database, replica] * 4))

    assert sorted(moved) == [0] * 7 + [1]


async def test_copies_share_what_is_due(database: Database, replica: Database, schedule: Schedule) -> None:
    """PostgreSQL passes over rows that another copy holds; on SQLite the other copy waits, and finds them moved."""

    async def tick(copy: Database) -> list[Schedule]:
        async with copy.session() as s:
            held = await schedules.lock_for_update(s, [schedule])
            assert await schedules.advance(s, [(one, SIX + timedelta(days=2)) for one in held]) == len(held)
            return held

    ticks = await asyncio.gather(tick(database), tick(replica))

    assert [held for tick in ticks for held in tick] == [schedule]


@pytest.mark.parametrize("dialect", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
async def test_what_another_copy_works_on_is_passed_over_without_waiting(
    database: Database, replica: Database, schedule: Schedule
) -> None:
    async with database.session() as s:
        assert await schedules.lock_for_update(s, [schedule]) == [schedule]
        async with replica.session() as other:
            assert await schedules.lock_for_update(other, [schedule]) == []
            assert await schedules.advance(other, [(schedule, SIX + timedelta(days=2))]) == 0


async def test_a_deleted_schedule_is_gone(database: Database, schedule: Schedule) -> None:
    async with database.session() as s:
        assert await schedules.delete(s, schedule.integration_id)
        assert not await schedules.delete(s, schedule.integration_id)
        assert await schedules.get(s, schedule.integration_id) is None
        assert await schedules.lock_for_update(s, [schedule]) == []
        assert await schedules.advance(s, [(schedule, SIX)]) == 0
