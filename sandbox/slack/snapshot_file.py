"""Keeps the conversation in a file, so that a restarted demo goes on where it was."""

import asyncio
import contextlib
import json
from pathlib import Path

from sandbox.slack import snapshot
from sandbox.slack.world import World

SETTLE_SECONDS = 0.5
"""Changes come in bursts; one save follows a burst."""


class Keeper:
    """Restores on start, saves after changes and on stop."""

    def __init__(self, world: World, file: Path) -> None:
        self._world = world
        self._file = file
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Restore what the file holds; raises ValueError when it is not a kept conversation."""
        if self._file.exists():
            try:
                snapshot.from_json(self._world, json.loads(self._file.read_text(encoding="utf-8")))
            except (ValueError, KeyError, TypeError) as broken:
                raise ValueError(f"{self._file} is damaged; delete it to start afresh") from broken
        self._task = asyncio.get_running_loop().create_task(self._save_after_changes())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self.save()

    def save(self) -> None:
        """Write beside the file and rename, so that a crash never leaves half a document."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".tmp")
        draft.write_text(json.dumps(snapshot.to_json(self._world), ensure_ascii=False), encoding="utf-8")
        draft.replace(self._file)

    async def _save_after_changes(self) -> None:
        while True:
            await self._world.changes.next()
            await asyncio.sleep(SETTLE_SECONDS)
            self.save()
