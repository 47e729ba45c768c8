"""A backup of SQLite's files while the bot runs. PostgreSQL has tools of its own for that."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from storage.errors import UnsupportedDatabase

ENGINE_ENDING = ".engine.sqlite3"
"""How the engine's file beside the database's is called."""


def sqlite_file(url: str) -> Path:
    """The file of an address. Raises `UnsupportedDatabase` for PostgreSQL."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database:
        raise UnsupportedDatabase("PostgreSQL has its own tools: pg_dump --format=custom (docs/operations.md).")
    return Path(address.database)


def back_up(url: str, folder: Path) -> list[Path]:
    """Copy the files into a folder, each as it is at one moment; gives the copies, which their owner alone can read.

    The engine's first: it may know less than the database, which is healed, and never more. Raises
    `UnsupportedDatabase`, `FileNotFoundError`, and `FileExistsError` for a folder that has such a copy.
    """
    file = sqlite_file(url)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = []
    for source in (file.with_suffix(ENGINE_ENDING), file):
        if not source.exists():
            if source == file:
                raise FileNotFoundError(f"{file} is not there.")
            continue
        target = folder / source.name
        target.touch(mode=0o600, exist_ok=False)
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as original,
            closing(sqlite3.connect(target)) as copy,
        ):
            original.backup(copy)
            # By itself, without a log beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
        made.append(target)
    return made
