"""The door and its worker: two processes of one replica, so that nobody in Slack waits for a sync.

Python computes on one core at a time. In one process a click waits for its turn behind each plan that is made, however
often planning pauses. So the process that is started (the door) takes what Slack sends, and has a worker beside it for
all durable work; they know of each other by the database, as replicas do, and by one socket:

- It tells the worker when its door is gone, however that came about: it hands over and ends.
- By it the door asks for what the worker has counted.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from enum import StrEnum

import structlog

from bot.core.metrics import Figures, figures_from_json, figures_to_json, sum_of

NICENESS = 5
"""By how much a worker is nicer than its door: where both want a core, a click is answered and a plan goes on after."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds until a worker that has ended is started again; twice as long each time, until one has lived for longer."""

STOP_SECONDS = 28
"""From the word to stop until a worker is killed, in which case a peer takes over what it leaves."""

ANSWER_SECONDS = 2.0
"""How long the door waits for the worker's figures; after that those of before are given."""

_READY = b"ready\n"
_FIGURES = b"figures\n"
_NOT_STARTED = 71
"""As a code of exit (EX_OSERR)."""
_LINE = 16 * 1024**2

log = structlog.get_logger(__name__)


class ProcessRole(StrEnum):
    """What a process does of the bot's work. More than one process need PostgreSQL."""

    ALL = "all"
    DOOR = "door"
    WORKER = "worker"


class WorkerFailed(Exception):
    """The first worker has ended before it could work; it has said why. `code` is its exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the worker ended with {code}")
        self.code = code


class WorkerProcess:
    """A worker as its door sees it: started, started again when it ends, and stopped."""

    def __init__(self, command: Sequence[str] = (sys.executable, "-m", "bot", "run", "--role", "worker")) -> None:
        self._command = tuple(command)
        self._process: asyncio.subprocess.Process | None = None
        self._way: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._asking = asyncio.Lock()
        self._keeping: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._first: asyncio.Future[None] | None = None
        self._former: Figures = {}
        self._last: Figures = {}

    @property
    def works(self) -> bool:
        """Whether there is one that has taken up its work."""
        return self._way is not None

    @property
    def pid(self) -> int | None:
        """Its process id, while there is one."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Begin to keep a worker; `ready` waits for it."""
        self._first = asyncio.get_running_loop().create_future()
        self._keeping = asyncio.create_task(self._keep(), name="worker")

    async def ready(self) -> None:
        """Until the first one works. Raises `WorkerFailed` where it ends before."""
        assert self._first is not None
        await asyncio.shield(self._first)

    def ask_to_stop(self) -> None:
        """Have it hand over and end; `stop` waits for that."""
        self._stopping.set()
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Have it hand over and end, and wait for so many seconds; then it is killed."""
        self.ask_to_stop()
        if self._keeping is None:
            return
        done, _ = await asyncio.wait({self._keeping}, timeout=seconds)
        if not done and self._process is not None and self._process.returncode is None:
            log.error("worker_killed", after_seconds=seconds)
            self._process.kill()
        await asyncio.wait({self._keeping})

    async def figures(self) -> Figures:
        """What its workers have counted since the door opened; of one that does not answer, what it said last."""
        async with self._asking:
            if self._way is not None:
                reader, writer = self._way
                try:
                    async with asyncio.timeout(ANSWER_SECONDS):
                        writer.write(_FIGURES)
                        await writer.drain()
                        self._last = figures_from_json(json.loads(await reader.readline()))
                except (TimeoutError, OSError, ValueError):
                    # Counters of before are still true; without them it would look as if all had begun anew.
                    log.warning("worker_gives_no_figures")
            return sum_of(self._former, self._last)

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            begun = time.monotonic()
            code = await self._live()
            if self._stopping.is_set():
                return
            assert self._first is not None
            if not self._first.done():
                self._first.set_exception(WorkerFailed(code))
                # Whoever has been asked to stop meanwhile does not wait for it any more.
                self._first.exception()
                return
            pause = FIRST_PAUSE if time.monotonic() - begun > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            log.error("worker_ended", code=code, again_in=pause)
            try:
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def _live(self) -> int:
        """Start one and see it to its end; gives its exit code."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = process = await asyncio.create_subprocess_exec(
                    *self._command, "--under-door", str(theirs.fileno()),
                    stdin=asyncio.subprocess.DEVNULL, pass_fds=[theirs.fileno()],
                )  # fmt: skip
            except OSError as error:
                ours.close()
                log.error("worker_not_started", error=type(error).__name__)
                return _NOT_STARTED
        if self._stopping.is_set():
            process.terminate()
        reader, writer = await asyncio.open_connection(sock=ours, limit=_LINE)
        try:
            if await reader.readline() == _READY:
                self._way = reader, writer
                assert self._first is not None
                if not self._first.done():
                    self._first.set_result(None)
            return await process.wait()
        finally:
            self._way = None
            async with self._asking:
                self._former, self._last = sum_of(self._former, self._last), {}
            writer.close()


class DoorTie:
    """A worker's end of the socket to its door."""

    def __init__(self, descriptor: int, counted: Callable[[], Figures]) -> None:
        self._descriptor, self._counted = descriptor, counted
        self._answering: asyncio.Task[None] | None = None

    async def hold(self, works: asyncio.Task[None], gone: Callable[[], None]) -> None:
        """Tell the door once `works` is over, answer it, and call `gone` when there is no door any more."""
        reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=self._descriptor))

        async def answer() -> None:
            await asyncio.wait({works})
            if works.cancelled() or works.exception() is not None:
                return
            try:
                writer.write(_READY)
                while await reader.readline():
                    writer.write(json.dumps(figures_to_json(self._counted())).encode() + b"\n")
                    await writer.drain()
            except OSError:
                log.warning("door_gone")
            gone()

        self._answering = asyncio.create_task(answer(), name="door")


def be_nice() -> None:
    """Let the door go first, where both want a core."""
    os.nice(NICENESS)
