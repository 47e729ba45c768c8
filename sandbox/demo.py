"""Everything on one machine: the stand-ins in this process, and the unchanged bot as a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from cryptography.fernet import Fernet

from sandbox import agda_ps, tripletex, visma_net
from sandbox.companies import polarbonan
from sandbox.paxml import Paxml
from sandbox.simployer import Simployer
from sandbox.slack.guide import GuideLine
from sandbox.slack.server import SlackSandbox
from sandbox.slack.snapshot_file import Keeper
from sandbox.standin import System

ROOT = Path(__file__).parent.parent
SAVE_SECONDS = 5.0
CONNECT_SECONDS = 45.0
STOP_SECONDS = 25.0


class DemoFailed(Exception):
    """The demo cannot go on; the message says why and what to do."""


def _tables(system: System) -> dict[str, object]:
    return dict(system.tables())


class Demo:
    """The sandbox with the bot connected to it. `data` is kept between starts.

    `slack` is there from the start on; `ready` is set once everything can be used.
    """

    def __init__(self, port: int, data: Path) -> None:
        self._port, self._data = port, data
        self.systems: tuple[System, ...] = (
            Simployer(polarbonan.company()),
            tripletex.demo(),
            visma_net.demo(),
            agda_ps.demo(),
            Paxml(),
        )
        self.ready = asyncio.Event()
        self.slack: SlackSandbox
        self._bot: asyncio.subprocess.Process | None = None

    async def run(self, stopped: asyncio.Event) -> None:
        """Start, say where the page is, and serve until `stopped`. Raises `DemoFailed`."""
        self._data.mkdir(parents=True, exist_ok=True)
        async with AsyncExitStack() as stack:
            slack = self.slack = await self._start_slack()
            stack.push_async_callback(slack.stop)
            keeper = Keeper(slack.world, self._file("slack"))
            keeper.start()
            stack.push_async_callback(keeper.stop)
            for system in self.systems:
                system.load(self._file(system.key))
                await system.start()
                stack.push_async_callback(system.stop)
                slack.add_system(system.key, system.title, partial(_tables, system))
            self._guide(slack)
            stack.callback(self._save)
            self._bot = await self._start_bot(slack)
            stack.push_async_callback(self._stop_bot)
            await self._connected(slack)
            self.ready.set()
            print(f"\n  Open {slack.url}\n  Ctrl-C stops. What happened is kept in {self._data}.\n", flush=True)
            await self._serve(stopped)

    async def _start_slack(self) -> SlackSandbox:
        try:
            slack = await SlackSandbox.start(ROOT / "manifest.yml", port=self._port)
        except OSError:
            raise DemoFailed(
                f"Port {self._port} is taken. Stop what uses it, or choose another: make demo PORT=8081"
            ) from None
        return slack

    def _guide(self, slack: SlackSandbox) -> None:
        slack.add_guide_card(
            "Start here",
            [
                GuideLine("Type", "/integration setup", "in #payroll, as an owner or admin", copy=True),
                GuideLine("Choose", "Tripletex, environment Test", "the made-up tokens below belong to it"),
                GuideLine("Then", "/integration sync preview", "writes nothing", copy=True),
                GuideLine("And", "/integration sync now", copy=True),
            ],
        )
        for system in self.systems:
            lines = [
                GuideLine(line.label, line.value, line.note or ("" if line.works else "is refused"), copy=True)
                for line in system.guide_lines()
            ]
            slack.add_guide_card(f"{system.title}: made-up tokens", lines, f"credential.{system.key}.")
        people = slack.world.workspace.users.values()
        slack.add_guide_card(
            "People to act as",
            [GuideLine(person.real_name, person.role.value, person.locale) for person in people if not person.is_bot],
        )

    async def _start_bot(self, slack: SlackSandbox) -> asyncio.subprocess.Process:
        with self._file("bot", "log").open("ab") as log:
            # A session of its own: Ctrl-C reaches the demo alone, which then stops the bot in order.
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run",
                cwd=ROOT, env=os.environ | self._environment(slack), stdin=asyncio.subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def _environment(self, slack: SlackSandbox) -> Mapping[str, str]:
        return {
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "DATABASE_URL": f"sqlite:///{self._data.resolve() / 'integration-bot.sqlite3'}",
            "ENCRYPTION_KEYS": self._key(),
            **{name: value for system in self.systems for name, value in system.operator_environment().items()},
        }

    def _key(self) -> str:
        """The installation's key, made at the first start; readable by its owner alone."""
        file = self._file("key", "txt")
        if not file.exists():
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as opened:
                opened.write(Fernet.generate_key().decode())
        return file.read_text().strip()

    async def _connected(self, slack: SlackSandbox) -> None:
        assert self._bot is not None
        ended = asyncio.ensure_future(self._bot.wait())
        ready = asyncio.ensure_future(slack.world.changes.until(lambda: slack.world.socket.connected, CONNECT_SECONDS))
        done, pending = await asyncio.wait({ended, ready}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if ready not in done or ready.exception():
            raise DemoFailed(f"The bot did not connect. Its log says why: {self._file('bot', 'log')}")

    async def _serve(self, stopped: asyncio.Event) -> None:
        assert self._bot is not None
        ended = asyncio.ensure_future(self._bot.wait())
        waiting = asyncio.ensure_future(stopped.wait())
        try:
            while True:
                done, _ = await asyncio.wait(
                    {ended, waiting}, timeout=SAVE_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                self._save()
                if waiting in done:
                    return
                if ended in done:
                    raise DemoFailed(f"The bot has stopped. Its log says why: {self._file('bot', 'log')}")
        finally:
            ended.cancel()
            waiting.cancel()

    async def _stop_bot(self) -> None:
        if self._bot is None or self._bot.returncode is not None:
            return
        self._bot.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._bot.wait(), STOP_SECONDS)
        except TimeoutError:
            self._bot.kill()
            await self._bot.wait()

    def _save(self) -> None:
        for system in self.systems:
            system.save(self._file(system.key))

    def _file(self, name: str, kind: str = "json") -> Path:
        return self._data / f"{name}.{kind}"
