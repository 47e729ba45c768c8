"""What Slack tells twice is acted on once, by whichever replica."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from storage import slack_deliveries
from storage.database import Database
from storage.models import SlackDeliveryRow

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def claim(database: Database, delivery_id: str, now: datetime = NOW) -> bool:
    async with database.session() as s:
        return bool(await slack_deliveries.claim(s, [delivery_id], now))


async def test_a_delivery_is_the_first_once(database: Database) -> None:
    claimed = await asyncio.gather(*(claim(database, "event:Ev1") for _ in range(5)))
    assert sorted(claimed) == [False, False, False, False, True]
    assert await claim(database, "event:Ev2")
    async with database.session() as s:
        await slack_deliveries.release(s, "event:Ev1")
    assert await claim(database, "event:Ev1")


async def test_old_deliveries_are_forgotten(database: Database) -> None:
    await claim(database, "event:Ev1")
    await claim(database, "event:Ev2", NOW + timedelta(hours=23))
    assert not await claim(database, "event:Ev1", NOW + timedelta(hours=23))
    async with database.session() as s:
        await slack_deliveries.forget_old(s, NOW + timedelta(hours=25))
    async with database.reading() as s:
        assert await s.scalar(sa.select(sa.func.count()).select_from(SlackDeliveryRow)) == 1
