"""The baseline: the requests that a run made, sent again with httpx and nothing else: `python -m benchmarks.bare`.

The order within one person is kept (search by number, search by name, create, read back), because the bot too can only
read back what it has created. Everything else is sent without regard to what depends on what, which no real client
could do: the baseline errs on the fast side.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from benchmarks.children import Served, serve
from benchmarks.measures import Stopwatch
from sandbox.simployer import GOOD_TOKEN
from sandbox.tripletex import CONSUMER_TOKEN

Recorded = tuple[str, str, str, list[tuple[str, str]], Any]
"""System, method, path, query, body."""


class Bare(Served):
    """Sends recorded requests."""

    async def replay(self, *, file: str, options: dict[str, Any], token: str, concurrency: int) -> dict[str, float]:
        """Send them all, `concurrency` at a time to each system; 1 means one after another over both."""
        rows = _read(Path(file))
        others, chains = in_chains(rows)
        if sum(map(len, chains)) + len(others) != len(rows):
            raise RuntimeError("the replay would send other requests than were recorded")
        urls = {key: options[key]["url"] for key in ("simployer", "tripletex")}
        limits = httpx.Limits(max_connections=20, max_keepalive_connections=20)
        async with httpx.AsyncClient(limits=limits, timeout=60) as http:
            authorization = {
                "simployer": httpx.Headers({"Authorization": f"Bearer {GOOD_TOKEN}"}),
                "tripletex": httpx.Headers(await signed_in(http, urls["tripletex"], token)),
            }
            sender = _Sender(http, urls, authorization)
            watch = Stopwatch()
            if concurrency == 1:
                await sender.work(deque([[row] for row in others] + chains))
            else:
                await _side_by_side(sender, [[row] for row in others], concurrency)
                await _side_by_side(sender, chains, concurrency)
            return {"seconds": watch.wall, "cpu": watch.cpu, "requests": sender.sent, "refused": sender.refused}


def _read(file: Path) -> list[Recorded]:
    return [tuple(row) for row in json.loads(file.read_text(encoding="utf-8"))]


class _Sender:
    def __init__(self, http: httpx.AsyncClient, urls: dict[str, str], authorization: dict[str, httpx.Headers]) -> None:
        self._http, self._urls, self._authorization = http, urls, authorization
        self.sent = self.refused = 0

    async def work(self, waiting: deque[list[Recorded]]) -> None:
        """Send chain after chain until none is left."""
        while waiting:
            created: int | None = None
            for system, method, path, query, body in waiting.popleft():
                params = httpx.QueryParams(tuple((name, value) for name, value in query))
                if created is not None and method == "GET":
                    path = f"/employee/{created}"
                response = await self._http.request(
                    method, self._urls[system] + path, params=params, json=body,
                    headers=self._authorization[system],
                )  # fmt: skip
                answer = response.json()
                self.sent += 1
                self.refused += response.status_code >= 400
                if method == "POST" and path == "/employee" and response.status_code == 201:
                    created = answer["value"]["id"]


async def _side_by_side(sender: _Sender, chains: Iterable[list[Recorded]], concurrency: int) -> None:
    by_system: dict[str, deque[list[Recorded]]] = defaultdict(deque)
    for chain in chains:
        by_system[chain[0][0]].append(chain)
    await asyncio.gather(*(sender.work(waiting) for waiting in by_system.values() for _ in range(concurrency)))


def in_chains(rows: list[Recorded]) -> tuple[list[Recorded], list[list[Recorded]]]:
    """What belongs to the creation of one person, in order, and everything else."""
    by_number: dict[str, deque[Recorded]] = defaultdict(deque)
    by_name: dict[tuple[str, str], deque[Recorded]] = defaultdict(deque)
    creates: list[Recorded] = []
    read_back: deque[Recorded] = deque()
    others: list[Recorded] = []
    for row in rows:
        system, method, path, query, _ = row
        asked = dict(query)
        if system == "tripletex" and method == "POST" and path == "/employee":
            creates.append(row)
        elif system == "tripletex" and path == "/employee" and "employeeNumber" in asked:
            by_number[asked["employeeNumber"]].append(row)
        elif system == "tripletex" and path == "/employee" and "firstName" in asked:
            by_name[asked["firstName"], asked["lastName"]].append(row)
        elif system == "tripletex" and method == "GET" and path.removeprefix("/employee/").isdecimal():
            read_back.append(row)
        else:
            others.append(row)
    chains = []
    for create in creates:
        body = create[4]
        chain = list(_taken(by_number[body["employeeNumber"]], 2))
        chain += _taken(by_name[body["firstName"], body["lastName"]], 2)
        chains.append([*chain, create, *_taken(read_back, 1)])
    for left in (*by_number.values(), *by_name.values(), read_back):
        others += left
    return others, chains


def _taken(waiting: deque[Recorded], pages: int) -> list[Recorded]:
    """A search is one request, or two when it found somebody: its end is an empty page."""
    taken: list[Recorded] = []
    while waiting and len(taken) < pages:
        if taken and dict(waiting[0][3]).get("from") == "0":
            break
        taken.append(waiting.popleft())
    return taken


async def signed_in(http: httpx.AsyncClient, url: str, token: str) -> dict[str, str]:
    """The headers of a session."""
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date()
    body = {"consumerToken": CONSUMER_TOKEN, "employeeToken": token, "expirationDate": tomorrow.isoformat()}
    answer = await http.post(f"{url}/token/session/:create", json=body)
    auth = httpx.BasicAuth("0", answer.raise_for_status().json()["value"]["token"])
    request = next(auth.auth_flow(httpx.Request("GET", url)))
    return {"Authorization": request.headers["Authorization"]}


if __name__ == "__main__":
    asyncio.run(serve(Bare()))
