"""For developers: `python -m storage.migrations NAME "Why"` writes the step from the newest migration to the models.

It brings a throw-away SQLite file to the newest migration, compares it with the models, and writes `versions/NAME.py`
for a human to finish.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage.migrations import configuration, upgrade


async def _draft(name: str, why: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = create_async_engine(f"sqlite+aiosqlite:///{Path(folder) / 'scratch.sqlite3'}", poolclass=NullPool)
        await upgrade(engine)

        def write(connection: Connection) -> None:
            command.revision(configuration(connection), message=why, rev_id=name, autogenerate=True)

        async with engine.begin() as connection:
            await connection.run_sync(write)
        await engine.dispose()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit('usage: python -m storage.migrations NAME "Why the tables change"')
    asyncio.run(_draft(sys.argv[1], sys.argv[2]))
