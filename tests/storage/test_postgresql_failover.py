"""PostgreSQL after a failover, and behind a box that forgets connections."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from storage import workspaces
from storage.database import Database
from storage.trouble import DatabaseTrouble
from storage.vault import Vault

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("dialect", ["postgresql"], indirect=True),
]
TEAM = "T0100"


@contextmanager
def led_to_a_standby(address: str) -> Iterator[None]:
    """Whoever connects meanwhile may only read, as on a standby."""
    change = sql.SQL("ALTER DATABASE {} {}")
    with psycopg.connect(address, autocommit=True) as admin:
        name = sql.Identifier(admin.info.dbname)
        admin.execute(change.format(name, sql.SQL("SET default_transaction_read_only = on")))
        yield
        # This one has it from before.
        admin.execute(change.format(name, sql.SQL("RESET default_transaction_read_only")))


async def write(database: Database) -> None:
    async with database.session() as s:
        await workspaces.ensure(s, TEAM)


@pytest.mark.parametrize("more", ["", "&target_session_attrs=any"])
async def test_what_was_opened_while_the_address_led_to_a_standby_is_not_kept(
    address: str, vault: Vault, more: str
) -> None:
    database = Database(f"{address}{more}", vault)
    with led_to_a_standby(address):
        with pytest.raises(SQLAlchemyError):
            await write(database)
        assert await database.trouble() is DatabaseTrouble.READ_ONLY
    await write(database)
    assert await database.answers()
    await database.close()


@pytest.mark.parametrize("more", ["", "&target_session_attrs=any"])
async def test_a_server_that_only_reads_from_now_on_is_told_though_every_connection_was_there_before(
    address: str, vault: Vault, more: str
) -> None:
    database = Database(f"{address}{more}", vault)
    await write(database)
    assert await database.trouble() is None
    with led_to_a_standby(address):
        async with database.reading() as s:
            assert await s.scalar(sa.text("SELECT 1")) == 1
        assert await database.trouble() is DatabaseTrouble.READ_ONLY
    assert await database.trouble() is None
    await database.close()


async def test_a_server_that_is_away_is_told(address: str, tmp_path: Path, vault: Vault) -> None:
    database = Database(f"{address.partition('?')[0]}?host={tmp_path}", vault)
    assert await database.trouble() is DatabaseTrouble.AWAY
    await database.close()


async def test_a_connection_that_refuses_a_write_is_dropped(database: Database) -> None:
    async def pid(only: str = "") -> int:
        async with database.session() as s:
            if only:
                await s.execute(sa.text(only))
            found = await s.scalar(sa.text("SELECT pg_backend_pid()"))
            if only:
                await workspaces.ensure(s, TEAM)
            return int(found or 0)

    first = await pid()
    assert await pid() == first
    with pytest.raises(DBAPIError) as refused:
        await pid("SET TRANSACTION READ ONLY")
    assert refused.value.connection_invalidated
    assert await pid() != first


async def test_a_reader_is_a_reader_and_is_kept(database: Database) -> None:
    found = set()
    for _ in range(3):
        async with database.reading() as s:
            found.add(await s.scalar(sa.text("SELECT pg_backend_pid()")))
    assert len(found) == 1


@asynccontextmanager
async def over_tcp(folder: Path) -> AsyncIterator[int]:
    """The server, which listens at a socket in its folder, at a port."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_unix_connection(str(folder / ".s.PGSQL.5432"))

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                while data := await source.read(65536):
                    target.write(data)
            target.close()

        await asyncio.gather(pump(reader, ours), pump(theirs, writer))

    server = await asyncio.start_server(pass_on, "127.0.0.1")
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def option(database: Database, name: int) -> int:
    async with database.session() as s:
        raw: Any = await (await s.connection()).get_raw_connection()
        with socket.socket(fileno=socket.dup(raw.driver_connection.fileno())) as line:
            return line.getsockopt(socket.IPPROTO_TCP, name)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux has the time-out of a connection")
@pytest.mark.parametrize(("more", "idle", "patience"), [("", 30, 30_000), ("&keepalives_idle=7", 7, 30_000)])
async def test_a_line_that_is_dead_is_found_out(
    address: str, vault: Vault, more: str, idle: int, patience: int
) -> None:
    name, _, folder = address.partition("?host=")
    async with over_tcp(Path(folder)) as port:
        database = Database(f"{name.replace('@/', f'@127.0.0.1:{port}/')}?sslmode=disable{more}", vault)
        assert await option(database, socket.TCP_KEEPIDLE) == idle
        assert await option(database, socket.TCP_USER_TIMEOUT) == patience
        await database.close()
