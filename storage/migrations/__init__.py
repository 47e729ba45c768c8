"""Bringing the tables up to date, in process and in one transaction.

Both databases undo table changes with their transaction, so a failed or killed migration leaves everything as it was.
Replicas that start together take turns: on PostgreSQL by an advisory lock, on SQLite by the write lock of the file.

A migration says by `beside_version_before = True` that processes of the version before may go on beside it: it only
adds what they need not know, and they write nothing that the new version would misread. Where one is missing that does
not say so, nothing is changed while such a process gives signs of life (`OlderProcessesRun`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.errors import MigrationFailed
from storage.older_processes import require_no_older_process

# Any number will do, as long as nothing else in the database locks it.
_ADVISORY_LOCK = 4_702_117_559


def configuration(connection: Connection) -> Config:
    """Alembic's settings for work on an open connection; there is no alembic.ini."""
    config = Config(attributes={"connection": connection})
    # Alembic interpolates, so a percent sign in the path is doubled.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s")
    return config


Adopt = Callable[[Connection, str | None], None]
"""Called once the tables are as they should be, in the same transaction, with the version that they had before."""


async def upgrade(engine: AsyncEngine, adopt: Adopt | None = None, to: str = "") -> None:
    """Apply what is missing, on an engine made for this alone (without a pool), up to the newest migration or `to`.

    Raises `MigrationFailed`, which `OlderProcessesRun` is too.
    """
    if engine.dialect.name == "sqlite":
        # Must be off while tables are rebuilt, and cannot be switched inside a transaction; checked at the end instead.
        event.listen(engine.sync_engine, "connect", _leave_foreign_keys_alone)
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade, adopt, to or newest())


@cache
def newest() -> str:
    """The name of the newest migration: the version of the tables that belongs to this version of the bot."""
    return ScriptDirectory(str(Path(__file__).parent)).get_current_head() or ""


def is_current(connection: Connection) -> bool:
    """Whether the newest migration, and no other, is the last that was applied."""
    applied = MigrationContext.configure(connection).get_current_heads()
    return set(applied) == set(ScriptDirectory.from_config(configuration(connection)).get_heads())


def is_newer(connection: Connection) -> bool:
    """Whether a migration was applied that this version does not know."""
    known = {script.revision for script in ScriptDirectory.from_config(configuration(connection)).walk_revisions()}
    return not set(MigrationContext.configure(connection).get_current_heads()) <= known


def needing_a_stop(before: str, to: str) -> list[str]:
    """The migrations between two that processes of the version before must not go on beside, the oldest first."""
    scripts = ScriptDirectory(str(Path(__file__).parent)).iterate_revisions(to, before)
    return [one.revision for one in scripts if not getattr(one.module, "beside_version_before", False)][::-1]


def _upgrade(connection: Connection, adopt: Adopt | None, to: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
    before = MigrationContext.configure(connection).get_current_revision()
    try:
        # Reading all migrations to find that there is nothing to do is a good part of a start.
        if before != to:
            if before is not None and not is_newer(connection) and needing_a_stop(before, to):
                require_no_older_process(connection)
            command.upgrade(configuration(connection), to)
    except CommandError as error:
        raise MigrationFailed(f"The database was made by another version of the bot: {error}") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        raise MigrationFailed(f"The tables could not be changed: {error.orig}") from error
    if adopt is not None:
        adopt(connection, before)
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise MigrationFailed(f"Rows of table {broken[0]!r} would point at missing rows of {broken[2]!r}.")


def _leave_foreign_keys_alone(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.close()
