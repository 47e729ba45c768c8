"""A lock that dies with its process: one process per SQLite file."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from bot.core.text import Text, text


class AlreadyRunning(Exception):
    """Another process works on the same SQLite file. `text` tells what to do."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"another process works on {file}; several processes need PostgreSQL")
        self.text: Text = text("jobs.already_running", file=str(file))


class FileLock:
    """An advisory lock on a file beside the database. The system drops it when the process ends, however it ends."""

    def __init__(self, path: Path, subject: Path) -> None:
        self._path = path
        self._subject = subject
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock. Raises `AlreadyRunning` at once when another process has it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise AlreadyRunning(self._subject) from None
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back. The file stays: removing it could take it from under a new owner."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
