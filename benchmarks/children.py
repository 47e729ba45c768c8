"""Processes of a benchmark, so that each part's CPU and memory is measured apart.

A child is an object whose public coroutines the parent calls by name, one at a time, with JSON in and out.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from benchmarks.measures import process_figures

ROOT = Path(__file__).parent.parent
_LINE = 64 * 1024**2


class ChildFailed(Exception):
    """A child could not do what it was asked, or has ended; the message is its own."""


class Child:
    """A process of `module`, which calls `serve` with its object. `async with` starts and ends it."""

    def __init__(self, module: str, log: Path | None = None) -> None:
        self._module = module
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    @property
    def pid(self) -> int:
        """The process, for whoever measures it from outside."""
        assert self._process is not None
        return self._process.pid

    async def __aenter__(self) -> Self:
        log = self._log.open("ab") if self._log else None
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._module,
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log, limit=_LINE,
        )  # fmt: skip
        if log:
            log.close()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 60)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def call(self, name: str, **arguments: Any) -> Any:
        """Have the child do something and wait for its answer. Raises `ChildFailed`."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        async with self._turn:
            process.stdin.write(json.dumps([name, arguments]).encode() + b"\n")
            await process.stdin.drain()
            line = await process.stdout.readline()
        if not line:
            raise ChildFailed(f"{self._module} has ended; its log: {self._log}")
        answer = json.loads(line)
        if "error" in answer:
            raise ChildFailed(f"{self._module}.{name}: {answer['error']}; its log: {self._log}")
        return answer["result"]


class Served:
    """What every child offers beside its own work."""

    async def figures(self) -> dict[str, float]:
        """CPU seconds so far, and memory in MB now and at its highest."""
        return process_figures()

    async def close(self) -> None:
        """Called when the parent has hung up."""


async def serve(child: Served) -> None:
    """Answer the parent until it hangs up."""
    # Whatever else is printed must not look like an answer.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    reader = asyncio.StreamReader(limit=_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    answering = asyncio.create_task(_answer(child, lines, answers))
    try:
        while line := await reader.readline():
            lines.put_nowait(line)
    finally:
        # The parent may have gone in the middle of a call.
        answering.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await answering
        await child.close()


async def _answer(child: Served, lines: asyncio.Queue[bytes], answers: IO[str]) -> None:
    while True:
        name, arguments = json.loads(await lines.get())
        try:
            answer = {"result": await getattr(child, name)(**arguments)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
