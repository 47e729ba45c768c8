"""Summaries that are due: each once, by whichever process looks first, and one for all that were missed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.core.clock import SetClock
from bot.domain.notification_policy import NotificationPolicy, Verbosity
from bot.jobs.scheduling.digests import digests_of
from storage import digests
from storage.digests import Period
from storage.integrations import Integration
from tests.support.replica_world import World, until

SUNDAY = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WEEKLY = NotificationPolicy(weekly="mon", timezone="Europe/Oslo")


async def wanted(world: World, rules: NotificationPolicy, at: datetime = SUNDAY) -> Integration:
    integration = await world.connect()
    async with world.database.session() as s:
        await digests.replace(s, integration.id, digests_of(integration.id, rules, at))
    return integration


async def told(world: World, count: int) -> list[list[str]]:
    async def enough() -> bool:
        return len(world.tellings.of("digest")) >= count

    await until(enough)
    return world.tellings.of("digest")


async def test_a_week_is_summed_up_once_however_many_look(anywhere: World) -> None:
    integration = await wanted(anywhere, WEEKLY)
    clock = SetClock(SUNDAY)
    async with anywhere.working(clock) as jobs:
        assert await jobs.digests.tick() == 0
        clock.at = datetime(2026, 11, 23, 7, 0, 20, tzinfo=UTC)
        moved = await asyncio.gather(*(jobs.digests.tick() for _ in range(4)))
        assert sum(moved) == 1
        name = f"digest:{integration.id}:week:2026-11-23T07:00Z"
        week = ["week", "2026-11-16T07:00:00+00:00", "2026-11-23T07:00:00+00:00"]
        assert await told(anywhere, 1) == [[name, *week]]
        clock.forward(days=7)
        assert await jobs.digests.tick() == 1
        assert len(await told(anywhere, 2)) == 2


async def test_a_summary_waits_until_slack_is_there(on_sqlite: World) -> None:
    await wanted(on_sqlite, WEEKLY)
    on_sqlite.tellings.deaf = True
    clock = SetClock(SUNDAY + timedelta(days=1))
    async with on_sqlite.working(clock) as jobs:
        await jobs.digests.tick()
    on_sqlite.tellings.deaf = False
    async with on_sqlite.working(clock) as jobs:
        assert await jobs.digests.tick() == 0
        assert len(await told(on_sqlite, 1)) == 1


async def test_after_downtime_one_summary_begins_where_the_first_would_have(on_sqlite: World) -> None:
    integration = await wanted(on_sqlite, NotificationPolicy(noise=Verbosity.DAILY, timezone="Europe/Oslo"))
    async with on_sqlite.working(SetClock(datetime(2026, 11, 26, 12, 0, tzinfo=UTC))) as jobs:
        assert await jobs.digests.tick() == 1
        (line,) = await told(on_sqlite, 1)
    assert line[1:] == ["day", "2026-11-22T07:00:00+00:00", "2026-11-26T07:00:00+00:00"]
    async with on_sqlite.database.reading() as s:
        row = await digests.get(s, integration.id, Period.DAY)
    assert row is not None
    assert row.next_at == datetime(2026, 11, 27, 7, 0, tzinfo=UTC)


def test_a_week_across_a_clock_change_keeps_its_wall_time() -> None:
    (row,) = digests_of("i", WEEKLY, datetime(2026, 10, 20, tzinfo=UTC))
    assert row.next_at == datetime(2026, 10, 26, 7, 0, tzinfo=UTC)
    (before,) = digests_of("i", WEEKLY, datetime(2026, 10, 13, tzinfo=UTC))
    assert before.next_at == datetime(2026, 10, 19, 6, 0, tzinfo=UTC)
