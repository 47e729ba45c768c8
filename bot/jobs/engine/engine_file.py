"""The engine's own SQLite file, beside the application's: closed to others, and without what was erased."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from storage.database import close_to_others


def engine_file(file: Path) -> Path:
    """Where it is, by the application's file."""
    return file.with_suffix(".engine.sqlite3")


def prepare(file: Path) -> None:
    """Make it, or close it to others."""
    close_to_others(file)
    # DBOS leaves the journal as it finds it; WAL more than doubles its step rate.
    _execute(file, "PRAGMA journal_mode=WAL")


def forget(file: Path) -> None:
    """Have its log forget what was erased. Blocks while somebody reads."""
    _execute(file, "PRAGMA wal_checkpoint(TRUNCATE)")


def erase_well(connection: sqlite3.Connection, _record: object) -> None:
    """What is erased is written over, and not only marked as free. For `connect`."""
    connection.execute("PRAGMA secure_delete = ON")


def _execute(file: Path, pragma: str) -> None:
    connection = sqlite3.connect(file)
    try:
        connection.execute(pragma)
    finally:
        connection.close()
