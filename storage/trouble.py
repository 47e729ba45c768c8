"""What keeps a database from being written to, and which errors are its own."""

from __future__ import annotations

import os
import shutil
from enum import StrEnum
from pathlib import Path

from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.postgresql import READ_ONLY

LEAST_BYTES = 1_000_000
"""Free on the disk of a SQLite file: with less, its next write may not fit."""


class DatabaseTrouble(StrEnum):
    """Why nothing can be written now."""

    AWAY = "away"
    READ_ONLY = "read_only"
    FULL = "full"


WHAT_TO_DO = {
    DatabaseTrouble.AWAY: "The database cannot be reached. Is the address right, does the server run, and has it"
    " connections left?",
    DatabaseTrouble.READ_ONLY: "The database cannot be written to. After a failover the address may lead to a standby;"
    " a file needs to be writable, and its folder too.",
    DatabaseTrouble.FULL: "The disk of the database is full. Make room on it.",
}
"""For whoever operates the bot."""


def is_trouble(error: BaseException) -> bool:
    """Whether an error may be one of the database rather than of what was asked of it."""
    if isinstance(error, OperationalError | InterfaceError | DisconnectionError | NoConnectionFree):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) == READ_ONLY


async def trouble_of_postgresql(fresh: AsyncEngine) -> DatabaseTrouble | None:
    """By a connection that is made for the question, as whoever writes next may have to make one."""
    try:
        async with fresh.connect() as connection:
            only_reads = (await connection.exec_driver_sql("SHOW transaction_read_only")).scalar()
    except (OSError, SQLAlchemyError) as error:
        said = str(getattr(error, "orig", error))
        return DatabaseTrouble.READ_ONLY if "read-only" in said or "hot standby" in said else DatabaseTrouble.AWAY
    return DatabaseTrouble.READ_ONLY if only_reads == "on" else None


def trouble_of_sqlite(file: Path) -> DatabaseTrouble | None:
    """By the file, its folder, where the log is made, and the disk: a question to SQLite would wait for writers."""
    if not os.access(file.parent, os.W_OK):
        return DatabaseTrouble.READ_ONLY
    if not file.exists():
        return DatabaseTrouble.AWAY
    if not os.access(file, os.W_OK):
        return DatabaseTrouble.READ_ONLY
    return DatabaseTrouble.FULL if shutil.disk_usage(file.parent).free < LEAST_BYTES else None


async def no_trouble() -> DatabaseTrouble | None:
    """For whoever has no database of the application's."""
    return None
