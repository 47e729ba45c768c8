"""One transaction for what is stored and for the work that follows from it.

On PostgreSQL the engine's queues are in the same database: both are there afterwards, or neither. On SQLite they are in
a file of their own: first what is stored, then the work, and the sweep finds what fell in between.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bot.jobs.engine.engine import Engine
from bot.jobs.engine.transactional_queue import NewWork
from bot.jobs.engine.work_owner import WorkOwner
from bot.jobs.runs.queue import WorkQueue
from storage.database import Database, Session
from storage.json_codec import Json


class Outbox:
    """Gives out transactions. Never from inside a body: the engine would not remember that it has been there."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self._database = database
        self._engine = engine

    @asynccontextmanager
    async def session(self) -> AsyncIterator[tuple[Session, WorkQueue]]:
        """A session as `Database.session` gives it, and a desk whose work is begun once the session is committed."""
        held = _Held()
        async with self._database.session() as session:
            yield session, WorkQueue(held)
            if self._engine.shares_database:
                # At the end: rows of the queues are locked for no longer than it takes.
                await self._engine.enqueue_within(session, held.asked)
        if held.asked and not self._engine.shares_database:
            await self._engine.enqueue_all(held.asked)


class _Held:
    """Work that waits for the end of the transaction."""

    def __init__(self) -> None:
        self.asked: list[NewWork] = []

    async def enqueue(
        self, kind: str, work_id: str, partition: str, arguments: Mapping[str, Json], owner: WorkOwner | None = None
    ) -> None:
        self.asked.append(NewWork(kind, work_id, partition, arguments, owner))
