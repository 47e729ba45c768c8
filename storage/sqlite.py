"""How connections to a SQLite file behave."""

from __future__ import annotations

import asyncio
import sqlite3
from threading import Thread
from typing import Any
from weakref import ReferenceType, WeakSet, ref

import aiosqlite

_LAST_STATEMENT_S = 5.0
"""How long a statement may go on whose task was cancelled."""


class ReleasingConnection(sqlite3.Connection):
    """One that lets go of the file when it is closed.

    A task may be cancelled while its statement runs. The connection is closed then, but SQLite keeps the transaction
    and its lock for as long as anybody has the cursor: until garbage is collected, and every other writer waits.
    """

    _latest: ReferenceType[sqlite3.Cursor] | None = None

    def cursor(self, *factory: Any, **more: Any) -> Any:
        """The one that is cut off with its task is the latest."""
        made = super().cursor(*factory, **more)
        self._latest = ref(made)
        return made

    def close(self) -> None:
        """Ends the statement and the transaction first."""
        if self._latest is not None and (left := self._latest()) is not None:
            left.close()
        if self.in_transaction:
            self.rollback()
        super().close()


class ConnectionThreads:
    """The threads that connections to a file work in, one each.

    A connection that could not be opened, or whose task was cancelled, is told to stop and waited for by nobody. Its
    thread tells the event loop when it is done, and raises where that is closed already.
    """

    def __init__(self) -> None:
        self._threads: WeakSet[Thread] = WeakSet()

    def connect(self, *place: Any, **parameters: Any) -> aiosqlite.Connection:
        """What SQLAlchemy awaits for a new connection."""
        connection = aiosqlite.connect(*place, **parameters)
        thread = connection._thread
        # As SQLAlchemy does where it makes the connection: one that is forgotten does not keep the process.
        thread.daemon = True
        self._threads.add(thread)
        return connection

    async def join(self) -> None:
        """Once all have ended; a statement that goes on for too long is left alone."""
        for thread in list(self._threads):
            if thread.is_alive():
                await asyncio.to_thread(thread.join, _LAST_STATEMENT_S)
