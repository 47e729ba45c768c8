"""What can go wrong between a client and a stand-in, as an aiohttp middleware.

A fault waits for its call (method, path, the nth match) and then misbehaves for a number of calls:

    system.faults.status(503, path="/employee$", times=2)
    lost = system.faults.timeout_after_commit(method="POST", path="/employee$")
    held = system.faults.slow(path="/department")        # held.arrived is set, held.release() lets it go

Nothing here sleeps: a held answer waits for `Fault.release()`, for `Faults.clear()`, or for the
stand-in to stop, so a test decides the order of events and never the clock.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Body = Any


class Dialect(Protocol):
    """How one system says a thing that every system can say; each stand-in answers in its own words."""

    def unauthorized(self) -> web.Response:
        """The answer to credentials that are no longer good."""

    def too_many_requests(self, headers: dict[str, str]) -> web.Response:
        """The answer above the rate limit, with exactly these headers."""

    def shorten(self, body: Body, keep: int) -> Body:
        """The list answer `body` with its first `keep` rows only and its envelope untouched."""

    def as_other_company(self, body: Body) -> Body:
        """The answer `body` as another company than the one asked for would have given it."""


Act = Callable[["Fault", web.Request, Handler, Dialect], Awaitable[web.StreamResponse]]


@dataclass(eq=False)
class Fault:
    """One fault: the calls it is meant for, and what it has met so far.

    `method` is matched exactly (None for any) and `path` is searched as a regular expression, without
    the query. It acts from the `nth` matching call on, `times` times (None for ever).
    """

    name: str
    act: Act
    method: str | None = None
    path: str = ""
    nth: int = 1
    times: int | None = 1
    seen: int = 0
    hits: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def meets(self, method: str, path: str) -> bool:
        """Count the call if it is one of ours, and tell whether this fault is due on it."""
        if self.method not in (None, method) or not re.search(self.path, path):
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.hits < self.times)

    def release(self) -> None:
        """Let go of every call that this fault holds, now and from here on."""
        self._released.set()

    async def hold(self) -> None:
        self.arrived.set()
        await self._released.wait()


class Faults:
    """The faults of one stand-in. Where several are due on a call, the one added first acts."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def __iter__(self) -> Any:
        return iter(self._faults)

    def clear(self) -> None:
        """Remove all faults and let go of every call they hold."""
        for fault in self._faults:
            fault.release()
        self._faults.clear()

    def add(self, name: str, act: Act, **when: Any) -> Fault:
        """Add a fault of any making; `when` is method, path, nth and times."""
        fault = Fault(name, act, **when)
        self._faults.append(fault)
        return fault

    def status(self, status: int, body: Body = None, *, headers: dict[str, str] | None = None, **when: Any) -> Fault:
        """Answer `status` without doing anything. A str body is sent as text, anything else as JSON."""

        async def act(_fault: Fault, _request: web.Request, _handler: Handler, _dialect: Dialect) -> web.Response:
            if body is None or isinstance(body, str):
                return web.Response(status=status, text=body, headers=headers)
            return web.json_response(body, status=status, headers=headers)

        return self.add(f"status {status}", act, **when)

    def quoting(self, status: int = 422, **when: Any) -> Fault:
        """Refuse, and quote all that was sent, credentials included, as validators and debug pages do."""

        async def act(_fault: Fault, request: web.Request, _handler: Handler, _dialect: Dialect) -> web.Response:
            leaves = " | ".join(_leaves(_sent(await request.read())))
            signed = " | ".join(request.headers.get(name, "") for name in ("Authorization", "X-Token"))
            words = f"Not accepted: {leaves} | {signed}"
            # Each system's own envelope has its words under one of these.
            lines = [{"field": "x", "message": words}]
            return web.json_response({"message": words, "detail": words, "validationMessages": lines}, status=status)

        return self.add("quoting", act, **when)

    def rate_limited(self, *, reset: int | None = None, retry_after: int | None = None, **when: Any) -> Fault:
        """Answer 429, with the seconds in X-Rate-Limit-Reset or Retry-After only if they are given."""
        headers = {}
        if reset is not None:
            headers["X-Rate-Limit-Reset"] = str(reset)
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)

        async def act(_fault: Fault, _request: web.Request, _handler: Handler, dialect: Dialect) -> web.Response:
            return dialect.too_many_requests(headers)

        return self.add("429", act, **when)

    def unauthorized(self, **when: Any) -> Fault:
        """Refuse the credentials (use nth for "in the middle of a run"); nothing is done."""

        async def act(_fault: Fault, _request: web.Request, _handler: Handler, dialect: Dialect) -> web.Response:
            return dialect.unauthorized()

        return self.add("401", act, **when)

    def timeout_before_commit(self, **when: Any) -> Fault:
        """Do nothing and never answer."""

        async def act(fault: Fault, request: web.Request, _handler: Handler, _dialect: Dialect) -> web.StreamResponse:
            await fault.hold()
            return _cut(request)

        return self.add("timeout before commit", act, **when)

    def timeout_after_commit(self, **when: Any) -> Fault:
        """Do what was asked, and never answer."""

        async def act(fault: Fault, request: web.Request, handler: Handler, _dialect: Dialect) -> web.StreamResponse:
            await handler(request)
            await fault.hold()
            return _cut(request)

        return self.add("timeout after commit", act, **when)

    def connection_cut(self, *, committed: bool = False, **when: Any) -> Fault:
        """Cut the connection once the request has been read; with `committed`, after doing it."""

        async def act(fault: Fault, request: web.Request, handler: Handler, _dialect: Dialect) -> web.StreamResponse:
            if committed:
                await handler(request)
            fault.arrived.set()
            return _cut(request)

        return self.add("connection cut", act, **when)

    def slow(self, **when: Any) -> Fault:
        """Hold the call until `release()`, then do it and answer as usual."""

        async def act(fault: Fault, request: web.Request, handler: Handler, _dialect: Dialect) -> web.StreamResponse:
            await fault.hold()
            return await handler(request)

        return self.add("slow", act, **when)

    def malformed_json(self, **when: Any) -> Fault:
        """Answer with the right status and a JSON body that breaks off in the middle."""

        async def act(_fault: Fault, request: web.Request, handler: Handler, _dialect: Dialect) -> web.StreamResponse:
            answer = await handler(request)
            text = json.dumps(_json_of(answer))
            return web.Response(status=answer.status, text=text[: len(text) // 2], content_type="application/json")

        return self.add("malformed JSON", act, **when)

    def truncated_page(self, *, keep: int = 1, **when: Any) -> Fault:
        """Answer a list with its first `keep` rows only, and an envelope that does not admit it."""

        async def act(_fault: Fault, request: web.Request, handler: Handler, dialect: Dialect) -> web.StreamResponse:
            answer = await handler(request)
            return _rewritten(answer, dialect.shorten(_json_of(answer), keep))

        return self.add("truncated page", act, **when)

    def changed(self, change: Callable[[Body], Body], **when: Any) -> Fault:
        """Answer as usual, but with another body in the place of its own."""

        async def act(_fault: Fault, request: web.Request, handler: Handler, _dialect: Dialect) -> web.StreamResponse:
            answer = await handler(request)
            return _rewritten(answer, change(_json_of(answer)))

        return self.add("changed", act, **when)

    def empty_page(self, **when: Any) -> Fault:
        """Answer a list with no rows and 200, as a system that filters silently on rights does."""
        return self.truncated_page(keep=0, **when)

    def wrong_company(self, **when: Any) -> Fault:
        """Answer as if the credentials belonged to another company."""

        async def act(_fault: Fault, request: web.Request, handler: Handler, dialect: Dialect) -> web.StreamResponse:
            answer = await handler(request)
            return _rewritten(answer, dialect.as_other_company(_json_of(answer)))

        return self.add("wrong company", act, **when)

    def meanwhile(self, event: Callable[[], object], **when: Any) -> Fault:
        """Let `event` happen in the system just before the call is done (a hire between two pages)."""

        async def act(_fault: Fault, request: web.Request, handler: Handler, _dialect: Dialect) -> web.StreamResponse:
            event()
            return await handler(request)

        return self.add("meanwhile", act, **when)

    def due(self, method: str, path: str) -> Fault | None:
        """The fault that acts on this call, if any; every fault counts the calls that are meant for it."""
        due = [fault for fault in self._faults if fault.meets(method, path)]
        if not due:
            return None
        due[0].hits += 1
        return due[0]


def _sent(raw: bytes) -> Body:
    """What a body says, JSON or XML."""
    if raw.lstrip().startswith(b"<"):
        return [html.unescape(text) for text in re.findall(r">([^<]+)<", raw.decode())]
    return json.loads(raw or b"null")


def _leaves(body: Body) -> list[str]:
    if isinstance(body, dict):
        return [leaf for value in body.values() for leaf in _leaves(value)]
    if isinstance(body, list):
        return [leaf for value in body for leaf in _leaves(value)]
    return [] if body is None else [str(body)]


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # goes nowhere: the connection is gone


def _json_of(answer: web.StreamResponse) -> Body:
    body = answer.body if isinstance(answer, web.Response) else None
    return json.loads(body) if isinstance(body, bytes | bytearray) and body else None


def rewritten(answer: web.StreamResponse, change: Callable[[Body], Body]) -> web.Response:
    """The answer with another body in the place of its own."""
    return _rewritten(answer, change(_json_of(answer)))


def _rewritten(answer: web.StreamResponse, body: Body) -> web.Response:
    kept = {name: value for name, value in answer.headers.items() if name.lower() not in _OF_THE_BODY}
    return web.json_response(body, status=answer.status, headers=kept)


_OF_THE_BODY = {"content-length", "content-type", "transfer-encoding", "date", "server"}
