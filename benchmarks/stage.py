"""The parts of a speed benchmark on their places: Slack, both systems, and a fresh bot as often as one is wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.children import Child
from sandbox.simployer import GOOD_TOKEN
from storage.vault import Vault


class Stage:
    """Slack and the systems, each a process of its own. `folder` takes databases and logs."""

    def __init__(self, folder: Path, slack: Child, systems: Child, bare: Child, script: Child) -> None:
        self.folder, self.slack, self.systems, self.bare, self.script = folder, slack, systems, bare, script
        self._slack_place: dict[str, Any] = {}
        self._bots = 0

    async def open(self) -> None:
        """Start Slack; the systems start with each `make`."""
        self._slack_place = await self.slack.call("make")

    @asynccontextmanager
    async def bot(self, place: dict[str, Any]) -> AsyncIterator[tuple[Child, str]]:
        """A bot that has never run, connected to the systems at `place`; and its integration's id."""
        self._bots += 1
        folder = self.folder / f"bot-{self._bots}"
        folder.mkdir()
        slack = self._slack_place
        async with Child("benchmarks.bot", self.folder / "bot.log") as bot:
            await bot.call(
                "start",
                database_url=f"sqlite:///{folder}/bot.sqlite3",
                key=Vault.generate_key(),
                slack=slack,
                options=place["options"],
            )
            await self.slack.call("connected", connections=1)
            integration = await bot.call(
                "connect",
                team_id=slack["team_id"],
                channel=slack["channels"][0],
                account=place["accounts"][0],
                source_token=GOOD_TOKEN,
            )
            yield bot, integration


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """Everything but the bot, started."""
    log = folder / "systems.log"
    async with (
        Child("benchmarks.slack", log) as slack,
        Child("benchmarks.systems", log) as systems,
        Child("benchmarks.bare", log) as bare,
        Child("benchmarks.script", log) as script,
    ):
        made = Stage(folder, slack, systems, bare, script)
        await made.open()
        yield made
