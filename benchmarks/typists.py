"""People of many workspaces who type commands at a steady rate, whether they are answered or not:
`python -m benchmarks.typists`."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp

from benchmarks.children import Served, serve
from benchmarks.measures import spread

_PATIENCE = 3.0
"""Seconds that Slack waits for an acknowledgement."""


class Typists(Served):
    """Sends what was made before: signing and sending is all that its CPU goes to."""

    async def type(self, *, address: str, secret: str, file: str, rate: float, seconds: float) -> dict[str, Any]:
        """`rate` commands a second for so many seconds. Returns how long the acknowledgements took from when each was
        due, in milliseconds; `missed` never came in Slack's time or were no 200; `late` is by how much this process was
        late itself."""
        bodies = await asyncio.to_thread(_bodies, Path(file))
        taken: list[float] = []
        late: list[float] = []
        missed = 0
        connector = aiohttp.TCPConnector(limit=0)
        patience = aiohttp.ClientTimeout(total=_PATIENCE)
        async with aiohttp.ClientSession(connector=connector, timeout=patience) as session, asyncio.TaskGroup() as all_:

            async def send(body: str, due: float) -> None:
                nonlocal missed
                late.append((time.perf_counter() - due) * 1000)
                try:
                    async with session.post(address, data=body, headers=_signed(secret, body)) as answer:
                        await answer.read()
                        if answer.status != 200:
                            missed += 1
                except (TimeoutError, aiohttp.ClientError):
                    missed += 1
                taken.append((time.perf_counter() - due) * 1000)

            begun = time.perf_counter()
            for number in range(int(rate * seconds)):
                due = begun + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                all_.create_task(send(bodies[number % len(bodies)], due))
        return {**spread(taken), "missed": missed, "late": spread(late)}


def _bodies(file: Path) -> list[str]:
    return [urlencode(payload) for payload in json.loads(file.read_text(encoding="utf-8"))]


def _signed(secret: str, body: str) -> dict[str, str]:
    timestamp = str(int(time.time()))
    signature = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={signature}",
    }


if __name__ == "__main__":
    asyncio.run(serve(Typists()))
