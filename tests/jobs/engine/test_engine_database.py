"""The engine's own tables: closed to others, without what was erased, and on a PostgreSQL that can write."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dbos._dbos import _get_dbos_instance
from psycopg import sql

from bot.jobs.engine.engine import Engine, Progress, Steps
from storage.clock import utc_now
from storage.vault import Vault
from tests.jobs.engine.test_engine import engine, is_at
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.replica import TUNING
from tests.support.replica_world import until

__all__ = ["postgres_server"]

PARTITION = "tripletex:canary-31415"


async def nothing(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
    """Work that is done."""


def rights(folder: Path) -> dict[str, int]:
    """Who may what with each of its files."""
    return {path.name: path.stat().st_mode & 0o777 for path in folder.glob("bot.engine.sqlite3*")}


async def test_its_file_is_closed_to_others_also_where_it_was_open(tmp_path: Path) -> None:
    own = tmp_path / "bot.engine.sqlite3"
    own.touch(mode=0o644)
    for _ in range(2):
        async with engine(tmp_path, nothing) as made:
            await made.enqueue("work", "w1", PARTITION, {})
            await until(is_at(made, "w1", Progress.DONE))
            assert rights(tmp_path) == {f"bot.engine.sqlite3{end}": 0o600 for end in ("", "-wal", "-shm")}


async def test_what_it_has_forgotten_is_gone_from_its_files(tmp_path: Path) -> None:
    def lying() -> list[str]:
        return [path.name for path in tmp_path.glob("bot.engine*") if PARTITION.encode() in path.read_bytes()]

    async with engine(tmp_path, nothing) as made:
        await made.enqueue("work", "w1", PARTITION, {})
        await until(is_at(made, "w1", Progress.DONE))
        assert lying() != []
        assert await made.forget(utc_now() + timedelta(hours=1)) == 1
        assert lying() == []


@pytest.mark.postgres
async def test_connections_made_while_the_address_led_to_a_standby_are_not_kept(
    postgres_server: PostgresServer,
) -> None:
    with postgres_server.database() as url:
        made = Engine(f"{url}&target_session_attrs=any", Vault([Vault.generate_key()]), replace(TUNING, pool_size=2))
        made.register("work", nothing, 1)
        await made.start()
        try:
            with psycopg.connect(url, autocommit=True) as admin:
                change = sql.SQL("ALTER DATABASE {} {}")
                name = sql.Identifier(admin.info.dbname)
                admin.execute(change.format(name, sql.SQL("SET default_transaction_read_only = on")))
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                with pytest.raises(Exception, match=r"closed|read.only"):
                    await made.enqueue("work", "w1", "p", {})
                admin.execute(change.format(name, sql.SQL("RESET default_transaction_read_only")))
            await made.enqueue("work", "w2", "p", {})
            await until(is_at(made, "w2", Progress.DONE))
        finally:
            await made.stop(5)


@pytest.mark.postgres
async def test_its_lines_are_those_of_the_database(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        made = Engine(f"{url}&keepalives_idle=7", Vault([Vault.generate_key()]), TUNING)
        await made.start()
        try:
            with _get_dbos_instance()._sys_db.engine.connect() as connection:
                driver: Any = connection.connection.driver_connection
                told = driver.info.get_parameters()
        finally:
            await made.stop(5)
    assert {name: told[name] for name in ("target_session_attrs", "keepalives_idle", "tcp_user_timeout")} == {
        "target_session_attrs": "read-write",
        "keepalives_idle": "7",
        "tcp_user_timeout": "30000",
    }
