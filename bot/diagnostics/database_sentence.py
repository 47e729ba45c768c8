"""What keeps a command from its work, where it is the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from storage.database import Database
from storage.errors import MigrationFailed
from storage.trouble import WHAT_TO_DO, DatabaseTrouble, is_trouble


def sentence_of(error: Exception, database: Database) -> str | None:
    """What to tell whoever operates the bot of an error that ended a command; None where it is not the database's."""
    if not isinstance(error, OSError) and not is_trouble(error):
        return None

    async def asked() -> DatabaseTrouble | None:
        try:
            return await database.trouble()
        finally:
            await database.close()

    why = asyncio.run(asked())
    return None if why is None else WHAT_TO_DO[why]


@contextmanager
def told_of_database(opened: Callable[[], Database]) -> Iterator[None]:
    """End a command with a sentence, and the code 6, where it was the database that kept it from its work."""
    try:
        yield
    except MigrationFailed as failed:
        typer.echo(f"DATABASE_URL: {failed}", err=True)
        raise typer.Exit(6) from None
    except Exception as error:
        said = sentence_of(error, opened())
        if said is None:
            raise
        typer.echo(f"DATABASE_URL: {said}", err=True)
        raise typer.Exit(6) from None
