"""The connections of the bot's web server: how many may be silent, for how long, and what every answer says of itself.

Whoever reaches the port can open connections without saying anything. Those are counted, timed, and the oldest of them
make room for new ones, so that Slack's own are always taken.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage

LARGEST_REQUEST = 1024**2
"""Bytes: a modal with all its state is far below."""
HEAD_SECONDS = 10.0
"""How long a new connection may take for its first request's head, and any request for its body."""
IDLE_SECONDS = 75.0
"""How long a connection is kept between two requests: longer than a load balancer keeps it, which must not send a
request into a connection that is just closed here."""
MOST_SILENT = 128
"""Connections that have sent no whole request yet."""
MOST_IDLE = 256
"""Connections that are kept between two requests: anybody can make one with a request that is none of Slack's."""
MOST_LINES = 30
"""Lines about refused requests in a minute; the rest is counted."""

log = structlog.get_logger(__name__)

SAFE_HEADERS: Mapping[str, str] = {
    # The address of a page holds a code and a state; neither belongs in a cache or in another site's log.
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
NOTHING_LOADED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The policy (Content-Security-Policy) of an answer that is no page."""


class RefusalLog:
    """One line at WARNING for each refused request, without anything of what it said, and not more than `most` a
    minute: who sends rubbish does not fill the disk. The next line tells how many were not told (`untold`)."""

    def __init__(self, most: int = MOST_LINES, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._since, self._lines, self._untold = clock(), 0, 0

    def refused(self, reason: str, status: int) -> None:
        """Say that a request was refused."""
        if (now := self._clock()) - self._since >= 60:
            self._since, self._lines = now, 0
        if self._lines >= self._most:
            self._untold += 1
            return
        self._lines += 1
        untold, self._untold = self._untold, 0
        log.warning("request_refused", reason=reason, status=status, **({"untold": untold} if untold else {}))


class DoorRequest(web.BaseRequest):
    """A request whose answer says nothing of the software, and may be neither kept, framed nor guessed about."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        response.headers.pop("Server", None)
        for name, value in (*SAFE_HEADERS.items(), ("Content-Security-Policy", NOTHING_LOADED)):
            response.headers.setdefault(name, value)


class DoorConnection(web.RequestHandler):
    """One connection, on which what is no HTTP is one line in the log."""

    refusals: RefusalLog

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - as aiohttp calls it
    ) -> web.StreamResponse:
        """The answer to what could not be read, or could not be answered."""
        if status < 500:
            self.refusals.refused("no_http", status)
        else:
            log.error("request_failed", error=type(exc).__name__, exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        answer = web.Response(status=status)
        answer.force_close()
        return answer


class HttpListener(web.Server):
    """Makes a `DoorConnection` of each connection, and keeps the silent ones few and short."""

    def __init__(
        self,
        answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        refusals: RefusalLog,
        *,
        head_seconds: float = HEAD_SECONDS,
        most_silent: int = MOST_SILENT,
        most_idle: int = MOST_IDLE,
    ) -> None:
        super().__init__(self._take, request_factory=self._new_request)
        self._answer, self._refusals = answer, refusals
        self._head_seconds, self._most_silent = head_seconds, most_silent
        self._most_idle = most_idle
        self._silent: dict[web.RequestHandler, tuple[asyncio.Transport, asyncio.TimerHandle]] = {}
        self._idle: dict[web.RequestHandler, asyncio.Transport] = {}  # the one that is so for longest first

    @property
    def silent(self) -> int:
        """Connections that have sent no whole request yet."""
        return len(self._silent)

    @property
    def idle(self) -> int:
        """Connections that have been answered and may ask again."""
        return len(self._idle)

    def __call__(self) -> web.RequestHandler:
        """A new connection."""
        # A body that is packed could become any size while it is unpacked; Slack packs none.
        made = DoorConnection(
            self,
            loop=self._loop,
            keepalive_timeout=IDLE_SECONDS,
            access_log=None,  # type: ignore[arg-type]  # none, as web.AppRunner's own
            auto_decompress=False,
        )
        made.refusals = self._refusals
        return made

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Called by the connection."""
        super().connection_made(handler, transport)
        self._wait(handler, transport, self._head_seconds)

    def awaits_body(self, request: web.BaseRequest) -> None:
        """The connection counts as silent again until `heard`: its request is not whole. Its reader has the time."""
        self.heard(request.protocol)
        if request.transport is not None:
            self._wait(request.protocol, request.transport, 2 * self._head_seconds)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """Called by the connection."""
        super().connection_lost(handler, exc)
        self.heard(handler)
        self._idle.pop(handler, None)

    def heard(self, handler: web.RequestHandler) -> None:
        """The connection has sent a whole request."""
        if known := self._silent.pop(handler, None):
            known[1].cancel()

    def _wait(self, handler: web.RequestHandler, transport: asyncio.Transport, seconds: float) -> None:
        if len(self._silent) >= self._most_silent:
            self._drop(next(iter(self._silent)), "too_many_silent")
        self._silent[handler] = transport, self._loop.call_later(seconds, self._drop, handler, "silent")

    def _drop(self, handler: web.RequestHandler, reason: str) -> None:
        transport, timer = self._silent.pop(handler)
        timer.cancel()
        transport.abort()
        self._refusals.refused(reason, 408)

    async def _take(self, request: web.BaseRequest) -> web.StreamResponse:
        self._idle.pop(request.protocol, None)
        try:
            return await self._answer(request)
        finally:
            if (transport := request.transport) is not None:
                self._rest(request.protocol, transport)

    def _rest(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """The connection has been answered; of too many that wait for a next request, the oldest is closed."""
        self._idle[handler] = transport
        if len(self._idle) > self._most_idle:
            oldest = self._idle.pop(next(iter(self._idle)))
            # In turn: what it was answered is sent before. Who does not read it would hold the connection for ever.
            oldest.close()
            self._loop.call_later(self._head_seconds, oldest.abort)

    def _new_request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> DoorRequest:
        return DoorRequest(message, payload, protocol, writer, task, self._loop, client_max_size=LARGEST_REQUEST)
