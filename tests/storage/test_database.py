"""Sessions are transactions; readers cannot write; nobody loses an update; nothing private shows in an error."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, StatementError

from bot.core.fair_places import FairPlaces
from storage import executors, schedules, workspaces
from storage.clock import database_now
from storage.database import Database, reader
from storage.errors import NestedSession, UnsupportedDatabase
from storage.integrations import Integration
from storage.schedules import Schedule
from storage.vault import Vault
from tests.storage.conftest import TEAM


async def test_what_a_session_did_is_seen_by_others_once_it_ends(database: Database, replica: Database) -> None:
    async with database.session() as s:
        await workspaces.ensure(s, TEAM, "Fjell og Fjord")
        async with replica.reading() as other:
            assert await workspaces.get(other, TEAM) is None

    async with replica.reading() as other:
        assert await workspaces.get(other, TEAM) is not None


async def test_a_session_that_fails_leaves_nothing_behind(database: Database) -> None:
    async def fail() -> None:
        async with database.session() as s:
            await workspaces.ensure(s, TEAM)
            raise RuntimeError("on the way")

    with pytest.raises(RuntimeError, match="on the way"):
        await fail()

    async with database.reading() as s:
        assert await workspaces.get(s, TEAM) is None


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"):
        async with database.reading() as s:
            await workspaces.ensure(s, TEAM)


async def test_a_connection_that_read_can_write_again(database: Database) -> None:
    for turn in range(20):
        async with database.reading() as s:
            await workspaces.get(s, TEAM)
        async with database.session() as s:
            await workspaces.ensure(s, TEAM, f"Name {turn}")

    async with database.reading() as s:
        workspace = await workspaces.get(s, TEAM)
    assert workspace is not None
    assert workspace.name == "Name 19"


async def test_a_session_inside_a_session_is_refused_at_once(database: Database) -> None:
    async with database.session():
        with pytest.raises(NestedSession):
            async with database.session():
                pass

    async with database.session() as s:
        await workspaces.ensure(s, TEAM)


async def test_a_writer_that_is_cancelled_leaves_nothing_behind(database: Database) -> None:
    written = asyncio.Event()

    async def write() -> None:
        async with database.session() as s:
            await workspaces.ensure(s, TEAM, "Half done")
            written.set()
            await asyncio.Event().wait()

    writer = asyncio.create_task(write())
    await written.wait()
    writer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writer

    async with database.session() as s:
        assert await workspaces.get(s, TEAM) is None
        await workspaces.ensure(s, "T0200")


@pytest.mark.parametrize("dialect", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
async def test_connections_that_the_server_dropped_are_made_anew(database: Database, replica: Database) -> None:
    async with database.session() as s:
        await workspaces.ensure(s, TEAM)
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    async with replica.reading() as s:
        await s.execute(sa.text(f"SELECT pg_terminate_backend(pid) {others}"))
        # They are told to end, and take their time.
        async with asyncio.timeout(60):
            while await s.scalar(sa.text(f"SELECT count(*) {others}")):  # noqa: ASYNC110 - the server ends them
                await asyncio.sleep(0)

    async with database.session() as s:
        assert await workspaces.get(s, TEAM) is not None


async def test_many_writers_in_many_copies_lose_nothing(database: Database, replica: Database) -> None:
    async with database.session() as s:
        await workspaces.ensure(s, TEAM)

    async def write(copy: Database, writer: int) -> None:
        for turn in range(5):
            async with copy.session() as s:
                # Merging reads the settings and writes them back whole: without a lock the others' keys would go.
                await workspaces.set_settings(s, TEAM, {f"{writer}-{turn}": True})

    await asyncio.gather(*(write(copy, writer) for writer, copy in enumerate([database, replica] * 4)))

    async with database.reading() as s:
        workspace = await workspaces.get(s, TEAM)
    assert workspace is not None
    assert len(workspace.settings) == 40


async def test_the_parameters_of_a_failed_statement_are_not_shown(database: Database) -> None:
    with pytest.raises(DBAPIError) as failed:
        async with database.session() as s:
            await s.execute(sa.text("SELECT * FROM nowhere WHERE number = :number"), {"number": "01017012345"})

    assert "01017012345" not in str(failed.value)


async def test_times_come_back_aware_and_in_utc(database: Database, integration: Integration) -> None:
    in_oslo = datetime(2026, 7, 1, 6, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    async with database.session() as s:
        await schedules.put(
            s,
            Schedule(
                integration_id=integration.id,
                weekdays=("mon",),
                hour=6,
                minute=0,
                timezone="Europe/Oslo",
                next_run_at=in_oslo,
            ),
        )

    async with database.reading() as s:
        schedule = await schedules.get(s, integration.id)
    assert schedule is not None
    assert schedule.next_run_at == in_oslo
    assert schedule.next_run_at.tzinfo is UTC


async def test_a_time_without_a_zone_is_refused(database: Database, integration: Integration) -> None:
    with pytest.raises(StatementError, match="time zone"):
        async with database.session() as s:
            await schedules.due(s, datetime(2026, 7, 1, 6, 0))  # noqa: DTZ001 - what is refused


async def test_the_shared_clock_is_close_to_ours(database: Database) -> None:
    async with database.reading() as s:
        shared = await database_now(s)

    assert shared.tzinfo is UTC
    assert abs(shared - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_database_that_was_closed_opens_again_with_what_it_held(
    database: Database, address: str, vault: Vault
) -> None:
    async with database.session() as s:
        await executors.beat(s, "copy-1")
    await database.close()

    again = Database(address, vault)
    async with again.reading() as s:
        assert await executors.silent(s, timedelta(minutes=-1)) == ["copy-1"]
    await again.close()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://bot:pa55word@db.example/bot",
        "postgres://bot:pa55word@db.example/bot",
        "postgresql+psycopg://bot:pa55word@db.example/bot",
        "postgresql+asyncpg://bot:pa55word@db.example/bot",
    ],
)
async def test_every_way_to_write_a_postgresql_address_is_understood(address: str, vault: Vault) -> None:
    database = Database(address, vault)

    assert database.dialect == "postgresql"
    assert repr(database) == "<Database postgresql+psycopg://bot:***@db.example/bot>"


@pytest.mark.parametrize(
    "address", ["", "bot.sqlite3", "mysql://bot:pa55word@db.example/bot", "sqlite://", "sqlite:///:memory:"]
)
async def test_other_addresses_are_refused_without_repeating_them(address: str, vault: Vault) -> None:
    with pytest.raises(UnsupportedDatabase) as refused:
        Database(address, vault)

    assert "pa55word" not in str(refused.value)


async def test_a_workspaces_readers_leave_connections_to_others(tmp_path: Path, vault: Vault) -> None:
    database = Database(f"sqlite:///{tmp_path}/shared.sqlite3", vault, pool_size=6, places=FairPlaces)
    await database.migrate()
    inside, full, leave = Counter[str](), asyncio.Event(), asyncio.Event()

    async def read(team_id: str) -> None:
        reader.set(team_id)
        async with database.reading() as s:
            await s.execute(sa.select(1))
            inside[team_id] += 1
            if inside["crowd"] == 3:
                full.set()
            if team_id == "crowd":
                await leave.wait()

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(read("crowd"))
        await full.wait()
        await group.create_task(read("other"))
        assert inside == {"crowd": 3, "other": 1}
        leave.set()
    assert inside["crowd"] == 20
    await database.close()


async def test_a_reader_inside_a_reader_or_a_writer_waits_for_no_place(tmp_path: Path, vault: Vault) -> None:
    database = Database(f"sqlite:///{tmp_path}/shared.sqlite3", vault, pool_size=3, places=FairPlaces)
    await database.migrate()
    reader.set("T1")
    async with asyncio.timeout(20), database.reading(), database.reading() as inner:
        await inner.execute(sa.select(1))
    async with asyncio.timeout(20), database.session(), database.reading() as inner:
        await inner.execute(sa.select(1))
    assert reader.get() == "T1"
    await database.close()
