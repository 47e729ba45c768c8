"""`python -m sandbox` as a process of its own, as `make demo` starts it, or in this one, to look into it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox import demo as sandbox_demo

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 180.0


@dataclass
class Demo:
    """A running demo: where its page is, and what it said."""

    url: str
    said: list[str]
    process: asyncio.subprocess.Process

    async def interrupt(self) -> int:
        """Ctrl-C; returns the exit status."""
        self.process.send_signal(signal.SIGINT)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def demo(data: Path, port: int | None = None) -> AsyncIterator[Demo]:
    """A demo that says it is ready; killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--port", str(port or free_port()), "--data", str(data),
        cwd=ROOT, env=os.environ | {"PYTHONUNBUFFERED": "1"}, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        said: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while not any("Open http" in line for line in said):
                line = await process.stdout.readline()  # type: ignore[union-attr]
                if not line:
                    log = data / "bot.log"
                    told = log.read_text(encoding="utf-8")[-2000:] if log.exists() else ""
                    raise AssertionError("the demo ended: " + "".join(said) + told)
                said.append(line.decode())
        url = next(word for line in said for word in line.split() if word.startswith("http"))
        yield Demo(url, said, process)
    finally:
        await ended(process)


async def ended(process: asyncio.subprocess.Process) -> None:
    """Stop the demo if it still runs: in order, so that it takes its bot with it."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            process.kill()
            await process.wait()


@asynccontextmanager
async def in_process(data: Path) -> AsyncIterator[sandbox_demo.Demo]:
    """A demo whose Slack and systems are at hand; the bot is a process of its own as always."""
    running, stopped = sandbox_demo.Demo(free_port(), data), asyncio.Event()
    task, ready = asyncio.create_task(running.run(stopped)), asyncio.create_task(running.ready.wait())
    try:
        await asyncio.wait({task, ready}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        assert running.ready.is_set(), "the demo does not start"
        yield running
    finally:
        ready.cancel()
        stopped.set()
        await task
