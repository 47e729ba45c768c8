"""Everything on one machine: the stand-ins in this process, and the unchanged bot as a process of its own."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from cryptography.fernet import Fernet

from sandbox import (
    agda_ps,
    fortnox,
    hogia_lon,
    kleer,
    poweroffice_go,
    spiris_lon,
    tidsbanken,
    tripletex,
    twentyfour_seven_office,
    visma_lon,
    visma_net,
    xledger,
)
from sandbox.companies import polarbonan
from sandbox.paxml import Paxml
from sandbox.simployer import Simployer
from sandbox.slack.guide import GuideLine
from sandbox.slack.server import SlackSandbox
from sandbox.slack.snapshot_file import Keeper
from sandbox.standin import System

ROOT = Path(__file__).parent.parent
_PACKED = ROOT / "bot" / "manifest.yml"
# In a wheel it is among the bot's modules; in a checkout, at the top.
MANIFEST = _PACKED if _PACKED.exists() else ROOT / "manifest.yml"
SAVE_SECONDS = 5.0
CONNECT_SECONDS = 45.0
STOP_SECONDS = 25.0


_CHOOSE_PORT = "make demo PORT=8081, or python -m sandbox --port 8081"
_CHOOSE_DATA = "make demo DATA=other, or python -m sandbox --data other"


class DemoFailed(Exception):
    """The demo cannot go on; the message says why and what to do."""


def say(words: str) -> None:
    """Tell whoever started the demo; a terminal that is gone is no reason to end in disorder."""
    try:
        print(words, flush=True)
    except (OSError, ValueError):
        # Nor is it one to complain at the end about what could not be said.
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - for as long as the process lasts


def check_folder(data: Path) -> None:
    """Make the folder, and try whether files can be kept in it. Raises `DemoFailed`."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            pass
    except (FileExistsError, NotADirectoryError):
        raise DemoFailed(f"{data} is a file, or lies in one. Choose a folder: {_CHOOSE_DATA}") from None
    except OSError as error:
        raise DemoFailed(_not_kept(data, error)) from None


def why_nothing_is_kept(data: Path, error: OSError) -> str:
    """Why the demo cannot go on: a folder that took files is full, say, or something else that the machine refuses."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.ENOENT):
        return _not_kept(data, error)
    return f"The demo cannot go on: {_reason(error)}"


def _not_kept(data: Path, error: OSError) -> str:
    return f"Nothing can be kept in the folder {data}: {_reason(error)}. Choose another: {_CHOOSE_DATA}"


def _why_not_there(port: int, error: OSError | OverflowError) -> str:
    if isinstance(error, OverflowError):
        return f"{port} is no port: ports go from 1 to 65535."
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken. Stop what uses it, or choose another: {_CHOOSE_PORT}"
    if error.errno == errno.EACCES:
        return f"Port {port} may not be used by you. Choose one from 1024 on: {_CHOOSE_PORT}"
    return f"Nothing can listen at port {port}: {_reason(error)}"


def _reason(error: OSError) -> str:
    """What the machine says, without numbers and paths."""
    return error.strerror or type(error).__name__


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
            poweroffice_go.demo(),
            fortnox.demo(),
            spiris_lon.demo(),
            twentyfour_seven_office.demo(),
            kleer.demo(),
            tidsbanken.demo(),
            xledger.demo(),
            agda_ps.demo(),
            Paxml(),
            visma_lon.demo(),
            hogia_lon.demo(),
        )
        self.ready = asyncio.Event()
        self.slack: SlackSandbox
        self._bot: asyncio.subprocess.Process | None = None
        self._log_begins = 0

    async def run(self, stopped: asyncio.Event) -> None:
        """Start, say where the page is, and serve until `stopped`. Raises `DemoFailed`."""
        check_folder(self._data)
        async with AsyncExitStack() as stack:
            slack = self.slack = await self._start_slack()
            stack.push_async_callback(slack.stop)
            keeper = Keeper(slack.world, self._file("slack"))
            self._take_up("slack", keeper.start)
            stack.push_async_callback(keeper.stop)
            for system in self.systems:
                self._take_up(system.key, partial(system.load, self._file(system.key)))
                try:
                    await system.start()
                except OSError as error:
                    raise DemoFailed(f"The stand-in for {system.title} cannot start: {_reason(error)}") from None
                stack.push_async_callback(system.stop)
                slack.add_system(system.key, system.title, partial(_tables, system))
            self._guide(slack)
            stack.callback(self._save)
            self._bot = await self._start_bot(slack)
            stack.push_async_callback(self._stop_bot)
            if not await self._connected(slack, stopped):
                say("\n  Stopping ...")
                return
            self.ready.set()
            say(f"\n  Open {slack.url}\n  Ctrl-C stops. What happened is kept in {self._data}.\n")
            await self._serve(stopped)
            say("  Stopping: the bot ends what it is doing, and everything is kept ...")

    async def _start_slack(self) -> SlackSandbox:
        try:
            sandbox = SlackSandbox(MANIFEST)
        except OSError as error:
            raise DemoFailed(f"The app's manifest cannot be read: {_reason(error)} ({MANIFEST})") from None
        try:
            await sandbox.listen(port=self._port)
        except (OSError, OverflowError) as error:
            raise DemoFailed(_why_not_there(self._port, error)) from None
        return sandbox

    def _take_up(self, name: str, load: Callable[[], object]) -> None:
        """Load what was kept. Another version may have kept it in another form."""
        file = self._file(name)
        try:
            load()
        except OSError as error:
            raise DemoFailed(f"{file} cannot be read: {_reason(error)}") from None
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise DemoFailed(
                f"{file} is damaged, or was kept by another version of the demo ({type(error).__name__}).\n"
                f"Delete the folder {self._data} to start afresh, or choose another: {_CHOOSE_DATA}"
            ) from None

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
            self._log_begins = log.tell()
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
            "ACCOUNTS_ASSIGNED": ",".join(
                f"{system.key}:{account}:{slack.world.workspace.team_id}"
                for system in self.systems
                for account in system.public_accounts()
            ),
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

    async def _connected(self, slack: SlackSandbox, stopped: asyncio.Event) -> bool:
        """Wait for the bot; False when that is no longer wanted. Raises `DemoFailed`."""
        assert self._bot is not None
        waiting = asyncio.ensure_future(stopped.wait())
        ended = asyncio.ensure_future(self._bot.wait())
        ready = asyncio.ensure_future(slack.world.changes.until(lambda: slack.world.socket.connected, CONNECT_SECONDS))
        done, pending = await asyncio.wait({ended, ready, waiting}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if waiting in done:
            return False
        if ready not in done or ready.exception():
            raise DemoFailed(self._why_the_bot_ended("The bot did not connect."))
        return True

    def _why_the_bot_ended(self, what: str) -> str:
        """What happened, and the bot's last words."""
        log = self._file("bot", "log")
        with log.open(encoding="utf-8", errors="replace") as opened:
            opened.seek(self._log_begins)
            # What comes after that is the trouble that the bot had with stopping.
            told = opened.read().partition("During handling of the above exception")[0]
        errors = re.findall(r"^\w[\w.]*: .+", told, re.MULTILINE)
        last = f" It said:\n  {errors[-1]}\n" if errors else " "
        return (
            f"{what}{last}Its log is {log}. If the folder {self._data} is from another version of the demo, delete it"
            f" or choose another: {_CHOOSE_DATA}"
        )

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
                    raise DemoFailed(self._why_the_bot_ended("The bot has stopped."))
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
