"""A run has its place for a bounded time: a system that answers each call just in time holds it no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.core.text import Text
from bot.jobs.runs.result import RunResult
from storage.run_states import RunState


class TooSlow(Exception):
    """Reading, or writing, has taken longer than a run may; where it wrote, it stopped before the next employee."""


@asynccontextmanager
async def limited(lasts: timedelta) -> AsyncIterator[None]:
    """Let what is within last so long. It is cut off where it stands, so it must write nothing. Raises `TooSlow`."""
    limit = asyncio.timeout(lasts.total_seconds())
    try:
        async with limit:
            yield
    except TimeoutError:
        if limit.expired():
            raise TooSlow from None
        raise


def too_slow(lasts: timedelta) -> RunResult:
    """The end of a run that was stopped for it."""
    hours = round(lasts / timedelta(hours=1))
    return RunResult(RunState.FAILED, Text("jobs.too_slow", {"n": hours}), Text("jobs.too_slow.advice", {"n": hours}))
