"""What every stand-in for an outside system offers: a server, a journal, faults, and a screen.

A stand-in is an HTTP server of our own that behaves as the system's published facts say. Tests and
`make demo` start it in the process and talk to it over real HTTP.
"""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Self, TypedDict

from aiohttp import web

from sandbox.faults import Body, Faults, Handler

Clock = Callable[[], datetime]

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def utc_now() -> datetime:
    """The real clock; tests hand in one of their own."""
    return datetime.now(UTC)


class Table(TypedDict):
    """A table on the system's made-up screen; cells are text."""

    title: str
    columns: list[str]
    rows: list[list[str]]


class Screen(TypedDict):
    """What the page's tab for a system shows. It is that system's own screen, so it hides nothing."""

    title: str
    note: str
    tables: list[Table]


@dataclass(frozen=True)
class GuideLine:
    """One made-up value for a newcomer to paste. `works` is False for those that must be refused."""

    label: str
    value: str = field(repr=False)
    works: bool = True
    note: str = ""


@dataclass
class Exchange:
    """One request and what came of it.

    `status` is what the system answered, None when it gave no answer; `fault` names the fault that
    acted. Values are kept out of the repr, as queries and bodies carry tokens and personal data.
    """

    method: str
    path: str
    query: dict[str, list[str]] = field(repr=False)
    body: Body = field(repr=False)
    status: int | None = None
    fault: str | None = None


EXCHANGE = web.RequestKey("exchange", Exchange)
"""Where a handler finds the journal's entry of the request it answers."""


class Journal:
    """The latest requests in the order they arrived."""

    def __init__(self, keep: int = 200_000) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=keep)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._exchanges)

    def __len__(self) -> int:
        return len(self._exchanges)

    def __getitem__(self, index: int) -> Exchange:
        return self._exchanges[index]

    def add(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)

    def clear(self) -> None:
        self._exchanges.clear()

    def matching(self, method: str | None = None, path: str = "") -> list[Exchange]:
        """The requests by `method` whose path ends in `path` (both optional)."""
        return [e for e in self._exchanges if method in (None, e.method) and e.path.endswith(path)]

    def writes(self, path: str = "") -> list[Exchange]:
        """The requests that change something in the system, of those whose path ends in `path`."""
        return [e for e in self.matching(path=path) if e.method in WRITES and not _signs_in(e)]


def _signs_in(exchange: Exchange) -> bool:
    return "/token/" in exchange.path


class System(ABC):
    """Any outside system that has a stand-in, whatever it speaks: it starts and stops, and shows what it holds."""

    key: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen on `host`; port 0 takes a free one. Raises OSError when the port is taken."""

    @abstractmethod
    async def stop(self) -> None:
        """Stop listening, letting go of every held call. What the system holds is kept."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    def save(self, file: Path) -> None:
        """Keep what the system holds in `file`, which is replaced in one move or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".tmp")
        draft.write_text(json.dumps(self.snapshot(), ensure_ascii=False), encoding="utf-8")
        draft.replace(file)

    def load(self, file: Path) -> bool:
        """Take up what `save` kept; False when there is nothing to take up."""
        if not file.exists():
            return False
        self.restore(json.loads(file.read_text(encoding="utf-8")))
        return True

    @abstractmethod
    def tables(self) -> Screen:
        """What the system holds, for the page's tab."""

    @abstractmethod
    def guide_lines(self) -> list[GuideLine]:
        """The made-up credentials a newcomer can paste: good ones and refused ones."""

    def operator_environment(self) -> dict[str, str]:
        """The variables with which an operator tells the bot where this system is; for a started system."""
        return {}

    def public_accounts(self) -> list[str]:
        """What customers name here without a secret: an operator assigns it to a workspace."""
        return []

    @abstractmethod
    def snapshot(self) -> dict[str, Any]:
        """What the system holds, as JSON."""

    @abstractmethod
    def restore(self, state: dict[str, Any]) -> None:
        """Take up a snapshot, replacing everything held now."""


class StandIn(System):
    """A stand-in over HTTP: `await start()`, talk to `url`, look at `requests`, inject `faults`, `await stop()`."""

    prefix: ClassVar[str] = ""

    def __init__(self) -> None:
        self.faults = Faults()
        self.requests = Journal()
        self.app = self._new_app()
        self._served = False
        self._runner: web.AppRunner | None = None
        self._url: str | None = None

    @property
    def url(self) -> str:
        """The base URL to configure a client with, version prefix included, as the published one has.

        Raises RuntimeError before `start()`.
        """
        if self._url is None:
            raise RuntimeError(f"{self.title} is not started")
        return self._url

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen on `host`; port 0 takes a free one. Raises OSError when the port is taken."""
        if self._served:
            self.app = self._new_app()  # an aiohttp application serves once
        self._served = True
        # Held answers are released in stop(), so a long grace period would only hide a leak.
        runner = web.AppRunner(self.app, shutdown_timeout=1.0, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self._url = f"http://{host}:{runner.addresses[0][1]}{self.prefix}"

    async def stop(self) -> None:
        """Stop listening, letting go of every held call. What the system holds is kept."""
        self.faults.clear()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner, self._url = None, None

    @abstractmethod
    def add_routes(self, app: web.Application) -> None:
        """Add the system's own routes, under `prefix`."""

    @abstractmethod
    def unauthorized(self) -> web.Response:
        """See `faults.Dialect`; so are the next three."""

    @abstractmethod
    def too_many_requests(self, headers: dict[str, str]) -> web.Response: ...

    @abstractmethod
    def shorten(self, body: Body, keep: int) -> Body: ...

    @abstractmethod
    def as_other_company(self, body: Body) -> Body: ...

    def known_as(self, request: web.Request, _raw: bytes) -> tuple[str, str]:
        """The method and path by which journal and faults know a call: a system with one address for all says here
        what is asked of it, reading as a GET."""
        return request.method, request.path

    def _new_app(self) -> web.Application:
        app = web.Application(middlewares=[self._journal, self._misbehave], client_max_size=64 * 1024**2)
        self.add_routes(app)
        return app

    @web.middleware
    async def _journal(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        raw = await request.read()
        query: dict[str, list[str]] = {}
        for name, value in request.query.items():
            query.setdefault(name, []).append(value)
        exchange = Exchange(*self.known_as(request, raw), query, _parsed(raw))
        self.requests.add(exchange)
        request[EXCHANGE] = exchange
        response = await handler(request)
        if request.transport is not None and not request.transport.is_closing():
            exchange.status = response.status
        return response

    @web.middleware
    async def _misbehave(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = self.faults.due(request[EXCHANGE].method, request[EXCHANGE].path)
        if fault is None:
            return await handler(request)
        request[EXCHANGE].fault = fault.name
        return await fault.act(fault, request, handler, self)


def _parsed(raw: bytes) -> Body:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")


async def serve(stand_in: StandIn, port: int) -> None:
    """Run one stand-in on its own until cancelled, for development: `python -m sandbox.<system>`."""
    await stand_in.start(port=port)
    print(f"{stand_in.title}: {stand_in.url}", flush=True)
    for line in stand_in.guide_lines():
        print(f"  {line.label}: {line.value}", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await stand_in.stop()
