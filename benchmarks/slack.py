"""Slack in a process of its own, with somebody who keeps typing a command: `python -m benchmarks.slack`."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

from benchmarks.children import ROOT, Served, serve
from benchmarks.measures import spread
from sandbox.slack.payloads import slash_command
from sandbox.slack.server import SlackSandbox
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Channel


class Slack(Served):
    """The sandbox Slack with as many channels as are wanted."""

    def __init__(self) -> None:
        self._slack: SlackSandbox | None = None
        self._typing: asyncio.Task[None] | None = None
        self._first = 0

    async def make(self, channels: int = 1) -> dict[str, Any]:
        """Start. Returns the address, the tokens, the workspace and the channels' ids."""
        self._slack = slack = await SlackSandbox.start(ROOT / "manifest.yml")
        workspace = slack.world.workspace
        ids = []
        for place in range(channels):
            channel = Channel(f"CB{place:07d}", f"payroll-{place}", {"U02HENRIK", workspace.bot.id})
            workspace.channels[channel.id] = channel
            ids.append(channel.id)
        return {
            "api_url": slack.api_url,
            "bot_token": slack.bot_token,
            "app_token": slack.app_token,
            "team_id": workspace.team_id,
            "channels": ids,
        }

    async def commands(self, *, file: str, teams: list[str], count: int) -> str:
        """Write that many commands, of somebody of each workspace in turn, to a file; returns what signs them."""
        assert self._slack is not None
        world = self._slack.world
        henrik, channel = world.workspace.users["U02HENRIK"], next(iter(world.workspace.channels.values()))
        made = [
            slash_command(world, henrik, channel, "/integration", "help" if number % 2 else "nonsense")
            | {"team_id": teams[number % len(teams)]}
            for number in range(count)
        ]
        await asyncio.to_thread(Path(file).write_text, json.dumps(made), encoding="utf-8")
        return world.request_url.signing_secret

    async def connected(self, connections: int) -> None:
        """Wait until so many connections of the bot are open."""
        assert self._slack is not None
        slack = self._slack
        await slack.until(lambda: slack.world.socket.open_count >= connections, 60)

    async def type_on(self, every: float) -> None:
        """Have somebody type `/integration help` again and again, `every` so many seconds."""
        assert self._slack is not None
        henrik = Person(self._slack, "henrik")
        self._first = len(self._slack.deliveries)

        async def go() -> None:
            while True:
                await asyncio.gather(henrik.type("/integration help"), asyncio.sleep(every))

        self._typing = asyncio.create_task(go())

    async def type_no_more(self) -> dict[str, Any]:
        """Stop typing; how long the acknowledgements took, in milliseconds, and how many never came."""
        assert self._slack is not None
        if self._typing is not None:
            self._typing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._typing
            self._typing = None
        deliveries = self._slack.deliveries[self._first :]
        taken = [delivery.ack_ms for delivery in deliveries if delivery.ack_ms is not None]
        missed = sum(delivery.outcome in ("timeout", "connection_lost", "not_connected") for delivery in deliveries)
        return {**spread(taken), "missed": missed}

    async def posts(self) -> dict[str, int]:
        """Messages that begin a thread, by the bot: one per run is right."""
        assert self._slack is not None
        messages = [
            message
            for channel in self._slack.world.workspace.channels.values()
            for message in channel.lasting()
            if message.by_bot and not message.is_reply
        ]
        return {"messages": len(messages), "calls": len(self._slack.world.journal.calls)}

    async def close(self) -> None:
        if self._slack is not None:
            await self._slack.stop()


if __name__ == "__main__":
    asyncio.run(serve(Slack()))
