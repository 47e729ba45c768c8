"""A reporter that writes down what it would have told, in a file that several processes can share."""

from __future__ import annotations

import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.core.text import Text


class Tellings:
    """What people were told, line by line, in the order of telling."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.deaf = False

    async def started(self, run_id: str) -> None:
        self._tell("started", run_id)

    async def progress(self, run_id: str, stage: str, done: int, total: int | None, why: Text | None = None) -> None:
        self._tell("progress", run_id, stage, done, total, *([why.key] if why else []))

    async def needs_approval(self, run_id: str) -> None:
        self._tell("needs_approval", run_id)

    async def approved(self, run_id: str) -> None:
        self._tell("approved", run_id)

    async def finished(self, run_id: str) -> None:
        self._tell("finished", run_id)

    async def digest(self, digest_id: str, integration_id: str, period: str, since: datetime, until: datetime) -> None:
        self._tell("digest", digest_id, period, since.isoformat(), until.isoformat())

    async def expiring(self, warning_id: str, team_id: str, integration_id: str, until: date) -> None:
        self._tell("expiring", warning_id, until.isoformat())

    async def trouble(self, run_id: str, text: Text) -> None:
        self._tell("trouble", run_id, text.key)

    def _tell(self, *what: Any) -> None:
        if self.deaf:
            raise ConnectionError("nobody hears")
        line = (json.dumps(what) + "\n").encode()
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)

    def of(self, kind: str) -> list[list[Any]]:
        """What was told of one kind, without the kind."""
        if not self._file.exists():
            return []
        lines = [json.loads(line) for line in self._file.read_text().splitlines()]
        return [line[1:] for line in lines if line[0] == kind]
