"""The migrations make exactly the tables that the models describe, once, whole or not at all."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.pool import Pool
from sqlalchemy.util import await_only

from storage import workspaces
from storage.database import Database
from storage.errors import MigrationFailed
from storage.models import Base
from storage.vault import Vault
from tests.storage.conftest import TEAM

REPLICA = """
import asyncio, sys
from storage.database import Database
from storage.vault import Vault

async def start():
    database = Database(sys.argv[1], Vault([Vault.generate_key()]))
    sys.stdin.readline()
    await database.migrate()
    await database.close()

print("ready", flush=True)
asyncio.run(start())
"""


async def tables(s: AsyncSession) -> set[str]:
    connection = await s.connection()
    return set(await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names()))


async def differences(s: AsyncSession) -> list[object]:
    connection = await s.connection()

    def compare(sync: sa.Connection) -> list[object]:
        context = MigrationContext.configure(sync, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Base.metadata))

    return await connection.run_sync(compare)


async def test_migrations_and_models_agree(blank_address: str, vault: Vault) -> None:
    database = Database(blank_address, vault)
    await database.migrate()

    async with database.reading() as s:
        assert await differences(s) == []
        assert await tables(s) == {*Base.metadata.tables, "alembic_version"}
    await database.close()


async def test_a_difference_would_be_noticed(database: Database) -> None:
    async with database.session() as s:
        await s.execute(sa.text("ALTER TABLE executors ADD COLUMN surprise INTEGER"))
        await s.execute(sa.text("DROP INDEX uq_integrations_account"))

    async with database.reading() as s:
        assert len(await differences(s)) == 2


async def test_migrating_again_changes_nothing(database: Database) -> None:
    async with database.session() as s:
        await workspaces.ensure(s, TEAM, "Fjell og Fjord")

    await database.migrate()

    async with database.reading() as s:
        assert await workspaces.get(s, TEAM) is not None


async def test_copies_that_start_in_one_process_take_turns(blank_address: str, vault: Vault) -> None:
    copies = [Database(blank_address, vault) for _ in range(4)]

    await asyncio.gather(*(copy.migrate() for copy in copies))

    async with copies[0].reading() as s:
        assert await differences(s) == []
    await asyncio.gather(*(copy.close() for copy in copies))


async def test_copies_that_start_in_several_processes_take_turns(blank_address: str, vault: Vault) -> None:
    copies = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-W",
            "error",
            "-c",
            REPLICA,
            blank_address,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for copy in copies:
        assert copy.stdout is not None
        assert await copy.stdout.readline() == b"ready\n"

    # All at once, now that each has done its imports.
    ended = await asyncio.gather(*(copy.communicate(b"go\n") for copy in copies))

    assert [(copy.returncode, errors) for copy, (_, errors) in zip(copies, ended, strict=True)] == [(0, b"")] * 3
    database = Database(blank_address, vault)
    async with database.reading() as s:
        assert await differences(s) == []
    await database.close()


async def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    async with database.session() as s:
        await s.execute(sa.text("UPDATE alembic_version SET version_num = '9999_future'"))

    with pytest.raises(MigrationFailed, match="9999_future"):
        await database.migrate()
    assert not await database.is_current()


async def test_whether_tables_are_current_can_be_asked_without_changing_them(blank_address: str, vault: Vault) -> None:
    database = Database(blank_address, vault)
    async with database.session() as s:
        await s.execute(sa.text("CREATE TABLE elsewhere (id INTEGER)"))

    assert not await database.is_current()
    async with database.reading() as s:
        assert await tables(s) == {"elsewhere"}
    await database.migrate()
    assert await database.is_current()
    await database.close()


async def test_a_migration_that_fails_half_way_leaves_nothing(blank_address: str, vault: Vault) -> None:
    database = Database(blank_address, vault)
    async with database.session() as s:
        # Made by somebody else, and in the way of a table that is made late.
        await s.execute(sa.text("CREATE TABLE plans (id INTEGER)"))

    with pytest.raises(MigrationFailed, match="plans"):
        await database.migrate()

    async with database.reading() as s:
        assert await tables(s) == {"plans"}
    await database.close()


async def test_a_first_start_waits_for_another_that_is_making_the_file_ready(tmp_path: Path, vault: Vault) -> None:
    path = tmp_path / "blank.sqlite3"
    # Autocommit, and from whichever thread the copy's statement runs in.
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    held: list[str] = []

    def hold_or_let_go(statement: str) -> None:
        """Called before the statement runs: the copy finds a writer when it switches, who goes when it next tries."""
        if not held and "journal_mode" in statement:
            other.execute("BEGIN IMMEDIATE")
            held.append(statement)
        elif other.in_transaction:
            other.execute("ROLLBACK")

    def watch(connection: Any, _record: object) -> None:
        await_only(connection.driver_connection.set_trace_callback(hold_or_let_go))

    database = Database(f"sqlite:///{path}", vault)
    event.listen(Pool, "connect", watch, insert=True)
    try:
        await database.migrate()
    finally:
        event.remove(Pool, "connect", watch)
        other.close()

    assert held
    assert await database.is_current()
    await database.close()


def kept_to_ourselves(path: Path) -> bool:
    return stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_sqlite_file_is_made_with_its_folder_and_for_us_alone(tmp_path: Path, vault: Vault) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new' / 'folder' / 'bot.sqlite3'}", vault)

    await database.migrate()

    await database.close()
    assert kept_to_ourselves(tmp_path / "new" / "folder" / "bot.sqlite3")


async def test_a_sqlite_file_that_others_could_read_is_closed_to_them(tmp_path: Path, vault: Vault) -> None:
    path = tmp_path / "bot.sqlite3"
    path.touch()
    path.chmod(0o644)
    database = Database(f"sqlite:///{path}", vault)
    await database.migrate()
    async with database.session() as s:
        await workspaces.ensure(s, TEAM)
    assert all(kept_to_ourselves(path.with_name(path.name + end)) for end in ("", "-wal", "-shm"))
    await database.close()
