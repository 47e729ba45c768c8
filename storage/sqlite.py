"""How connections to a SQLite file behave."""

from __future__ import annotations

import sqlite3
from typing import Any
from weakref import ReferenceType, ref


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
