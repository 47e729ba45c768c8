"""Time that passes only when somebody sleeps."""

from __future__ import annotations

import asyncio


class Clockwork:
    """A clock and a sleep that belong together; `slept` lists the pauses in order."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        woken = self.now + seconds  # who sleeps beside others does not make the night longer
        await asyncio.sleep(0)
        self.now = max(self.now, woken)
