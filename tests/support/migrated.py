"""Databases with all tables and without rows, the engine's too: made once in a process, and copied."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from bot.jobs.engine.engine import Engine
from storage.database import Database
from storage.vault import Vault
from tests.support.postgres import PostgresServer

FILE = "bot.sqlite3"
KEY = Vault.generate_key()
"""Their key: a database notes, sealed, that it was never of a version before."""

_TEMPLATE = "migrated_with_engine"


def copy_into(folder: Path) -> str:
    """Put the files of a SQLite database that nobody has used into a folder that has none; gives the address."""
    if not (folder / FILE).exists():
        for name, content in _files().items():
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o600)
    return f"sqlite:///{folder / FILE}"


def template_on(server: PostgresServer) -> str:
    """The name of such a database on a server, to be its template; made there when it is asked for first."""
    if _TEMPLATE not in server.created:
        server.create(_TEMPLATE)
        _elsewhere(lambda: _make(server.url(_TEMPLATE)))
    return _TEMPLATE


@cache
def _files() -> dict[str, bytes]:
    folder = Path(tempfile.mkdtemp(prefix="migrated-"))
    try:
        _elsewhere(lambda: _make(f"sqlite:///{folder / FILE}"))
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".sqlite3"}
    finally:
        shutil.rmtree(folder)


def _elsewhere(work: Callable[[], Coroutine[object, object, None]]) -> None:
    """On a loop of its own, whatever runs here. No engine may run in this process meanwhile."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(work())).result()


async def _make(address: str) -> None:
    vault = Vault([KEY])
    database = Database(address, vault)
    await database.migrate()
    await database.close()
    engine = Engine(address, vault)
    await engine.start()
    await engine.stop()
