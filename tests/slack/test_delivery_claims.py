"""Deliveries that come together are claimed together, and each is the first once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.slack.delivery_claims import AT_ONCE, DeliveryClaims
from storage import slack_deliveries
from storage.database import Database
from storage.models import SlackDeliveryRow
from storage.vault import Vault
from tests.support.migrated import KEY, copy_into


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(copy_into(tmp_path), Vault([KEY]))
    yield made
    await made.close()


async def test_each_is_the_first_once_however_many_come_together(database: Database) -> None:
    claims = [DeliveryClaims(database, 30) for _ in range(2)]
    ids = [f"trigger:{number}" for number in range(AT_ONCE + 50)]
    said = await asyncio.gather(*(one.claim(delivery_id) for delivery_id in ids for one in (*claims, *claims)))
    assert [said[place : place + 4].count(True) for place in range(0, len(said), 4)] == [1] * len(ids)


async def test_what_comes_while_a_transaction_is_under_way_shares_the_next_one(database: Database) -> None:
    begun: list[object] = []
    sa.event.listen(database._writing.sync_engine, "commit", begun.append)
    claims = DeliveryClaims(database, 30)
    assert all(await asyncio.gather(*(claims.claim(f"trigger:{number}") for number in range(100))))
    assert len(begun) <= 2


async def test_who_gives_up_leaves_the_others_their_answer(database: Database) -> None:
    claims = DeliveryClaims(database, 30)
    given_up = asyncio.create_task(claims.claim("trigger:1"))
    other = asyncio.create_task(claims.claim("trigger:2"))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await other
    assert given_up.cancelled() or given_up.done()
    assert await claims.claim("trigger:3")


async def test_a_database_that_does_not_answer_is_everybodys_error_and_the_next_ones_chance(database: Database) -> None:
    claims = DeliveryClaims(database, 30)
    async with database.session() as s:
        await s.execute(sa.text("ALTER TABLE slack_deliveries RENAME TO elsewhere"))
    said = await asyncio.gather(*(claims.claim(f"trigger:{number}") for number in range(3)), return_exceptions=True)
    assert {type(one).__name__ for one in said} == {"OperationalError"}
    async with database.session() as s:
        await s.execute(sa.text("ALTER TABLE elsewhere RENAME TO slack_deliveries"))
    assert await claims.claim("trigger:0")
    await claims.release("trigger:0")
    assert await claims.claim("trigger:0")


async def test_old_deliveries_are_forgotten_on_the_way(database: Database) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=2)
    async with database.session() as s:
        await slack_deliveries.claim(s, ["trigger:old"], long_ago)
    assert await DeliveryClaims(database, 30).claim("trigger:new")
    async with database.reading() as s:
        assert await s.scalar(sa.select(sa.func.count()).select_from(SlackDeliveryRow)) == 1
