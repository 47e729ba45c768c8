"""Nobody holds a SQLite file who has gone."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.vault import Vault


@pytest.fixture
def _no_garbage_collected() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_garbage_collected")
async def test_a_writer_that_is_cancelled_in_a_statement_holds_up_no_other(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'bot.sqlite3'}", Vault([Vault.generate_key()]))
    await database.migrate()
    loop, kept = asyncio.get_running_loop(), list[BaseException]()

    def cut_off() -> int:
        loop.call_soon_threadsafe(writer.cancel)
        return 1

    async def write() -> None:
        try:
            async with database.session() as session:
                connection = await (await session.connection()).get_raw_connection()
                assert connection.driver_connection is not None
                await connection.driver_connection.create_function("cut_off", 0, cut_off)
                # A second row, so that the statement is not at its end with the first.
                await session.execute(text("SELECT cut_off() UNION ALL SELECT 2"))
        except asyncio.CancelledError as error:
            kept.append(error)  # whoever logs it keeps its frames, and their cursor
            raise

    writer = asyncio.create_task(write())
    await asyncio.wait([writer])
    assert writer.cancelled()
    async with database.session() as session:
        await session.execute(text("PRAGMA busy_timeout"))
    await database.close()


async def test_closing_waits_for_a_statement_whose_task_is_gone(tmp_path: Path) -> None:
    """Its thread would tell an event loop that may be closed by then."""
    database = Database(f"sqlite:///{tmp_path / 'bot.sqlite3'}", Vault([Vault.generate_key()]))
    await database.migrate()
    loop, begun, over = asyncio.get_running_loop(), asyncio.Event(), Event()

    def go_on() -> int:
        loop.call_soon_threadsafe(begun.set)
        return int(over.wait(5))

    async def write() -> None:
        async with database.session() as session:
            connection = await (await session.connection()).get_raw_connection()
            assert connection.driver_connection is not None
            await connection.driver_connection.create_function("go_on", 0, go_on)
            await session.execute(text("SELECT go_on()"))

    writer = asyncio.create_task(write())
    await begun.wait()
    # The first is answered once the statement is over, the second at once.
    while not writer.done():
        writer.cancel()
        await asyncio.sleep(0)
    loop.call_later(0.1, over.set)
    await database.close()
    assert over.is_set()
