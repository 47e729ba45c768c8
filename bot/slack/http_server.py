"""Slack over HTTP instead of Socket Mode: signed requests in, and the pages of the installation.

A request is taken in this order: its size and its time are bounded, its signature is checked over the bytes as they
came, the payload has a shape that can be read, and the signature is new; only then does Bolt get it. TLS is the
business of whatever stands in front of this port.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.core.fair_places import FairPlaces
from bot.core.metrics import ACKNOWLEDGEMENT
from bot.core.task_group import TaskGroup
from bot.core.text import text
from bot.providers.consent import CONSENT_PATH
from bot.slack.bolt_options import ACKNOWLEDGED
from bot.slack.client import NOT_DONE, SharedClient, SharedRespond, word_of
from bot.slack.consent_page import consent_page
from bot.slack.http_listener import (
    HEAD_SECONDS,
    LARGEST_REQUEST,
    MOST_IDLE,
    MOST_SILENT,
    HttpListener,
    RefusalLog,
)
from bot.slack.oauth.flow import INSTALL_PATH, REDIRECT_PATH, InstallFlow
from bot.slack.oauth.html_pages import PAGE_POLICY
from bot.slack.payload_shape import UnreadablePayload, payload_of, require_shape
from bot.slack.request_ledger import RequestLedger
from bot.slack.request_signature import NotFromSlack, RequestSignature

EVENTS_PATH = "/slack/events"
HEALTH_PATH = "/health"

STOP_SECONDS = 3
"""For requests under way when it stops: Slack waits no longer for an answer."""

AT_ONCE = 32
"""Requests that were acknowledged and are looked up at once, by turns of their workspaces. More would be no quicker:
each has its turn of the event loop before the next one is acknowledged. What listeners do afterwards takes no place."""

log = structlog.get_logger(__name__)

Handle = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class PortTaken(Exception):
    """Another process listens where this one should; `text` says what to do."""

    def __init__(self, host: str, port: int, setting: str = "HTTP_PORT") -> None:
        super().__init__(f"{host}:{port} is taken")
        self.text = text("install.port_taken", host=host, port=str(port), setting=setting)


class _Refused(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class HttpServer:
    """The bot's own web server. `healthy` says whether this process can do its work.

    `signature` tells Slack's requests from others, `ledger` those that were sent again from new ones.
    """

    def __init__(
        self,
        bolt: AsyncApp,
        client: SharedClient,
        flow: InstallFlow,
        host: str,
        port: int,
        healthy: Callable[[], Awaitable[bool]],
        *,
        signature: RequestSignature,
        ledger: RequestLedger,
        head_seconds: float = HEAD_SECONDS,
        most_silent: int = MOST_SILENT,
        most_idle: int = MOST_IDLE,
    ) -> None:
        self._bolt, self._client, self._flow, self._healthy = bolt, client, flow, healthy
        self._host, self._port = host, port
        self._signature, self._ledger = signature, ledger
        self._head_seconds, self._most_silent, self._most_idle = head_seconds, most_silent, most_idle
        self._refusals = RefusalLog()
        self._acting = TaskGroup()
        self._places = FairPlaces(AT_ONCE)
        self._runner: web.ServerRunner | None = None
        self._listener: HttpListener | None = None
        self._handlers: dict[str, dict[str, Handle]] = {
            EVENTS_PATH: {"POST": self._from_slack},
            INSTALL_PATH: {"GET": self._by(flow.handle_installation)},
            REDIRECT_PATH: {"GET": self._by(flow.handle_callback)},
            CONSENT_PATH: {"GET": self._by(consent_page)},
            HEALTH_PATH: {"GET": self._health, "HEAD": self._health},
        }

    @property
    def address(self) -> str:
        """Where it listens, once started."""
        assert self._runner is not None
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    @property
    def silent(self) -> int:
        """Connections that have sent no whole request yet."""
        return self._listener.silent if self._listener else 0

    @property
    def connections(self) -> int:
        """All connections, those among them that are being answered or closed."""
        return len(self._listener.connections) if self._listener else 0

    @property
    def idle(self) -> int:
        """Connections that have been answered and may ask again."""
        return self._listener.idle if self._listener else 0

    async def start(self) -> None:
        """Listen. Raises `PortTaken`."""
        self._listener = HttpListener(
            self._answer,
            self._refusals,
            head_seconds=self._head_seconds,
            most_silent=self._most_silent,
            most_idle=self._most_idle,
        )
        runner = web.ServerRunner(self._listener, handle_signals=False, shutdown_timeout=STOP_SECONDS)
        await runner.setup()
        self._runner = runner
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError:
            raise PortTaken(self._host, self._port) from None
        log.info("listening", address=self.address)

    async def stop(self) -> None:
        """Take no more requests, and finish those under way."""
        until = time.monotonic() + STOP_SECONDS
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self._acting.drain(max(0.1, until - time.monotonic()))

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            methods = self._handlers.get(request.path)
            if methods is None:
                raise _Refused(404, "no_such_path")
            handle = methods.get(request.method)
            if handle is None:
                raise _Refused(405, "no_such_method")
            if handle != self._from_slack:
                self._heard(request)
            return await handle(request)
        except _Refused as refused:
            self._refusals.refused(refused.reason, refused.status)
            answer = web.Response(status=refused.status)
            if request.body_exists and not request.content.is_eof():
                answer.force_close()
            return answer
        finally:
            self._heard(request)

    def _heard(self, request: web.BaseRequest) -> None:
        if self._listener is not None:
            self._listener.heard(request.protocol)

    async def _from_slack(self, request: web.BaseRequest) -> web.StreamResponse:
        begun = time.monotonic()
        raw = await self._read(request)
        self._heard(request)
        try:
            signature = self._signature.verify(request.headers, raw)
        except NotFromSlack as stranger:
            raise _Refused(401, stranger.reason) from None
        bolt_request = _readable(request, raw)
        if _takes_no_answer(bolt_request.body):
            # Who pressed waits for nothing that is asked of the database here.
            bolt_request.context[ACKNOWLEDGED] = True
            self._acting.spawn(self._act(bolt_request, signature), "request")
            ACKNOWLEDGEMENT.observe(time.monotonic() - begun)
            return web.Response()
        return await self._dispatched(bolt_request, signature)

    async def _act(self, bolt_request: AsyncBoltRequest, signature: str) -> None:
        """Do what was acknowledged; what Bolt answers instead, that the app is not installed, is told by itself."""
        async with self._places.place(bolt_request.context.team_id or ""):
            answer = await self._dispatched(bolt_request, signature)
        address = bolt_request.context.response_url
        if answer.status == 200 and answer.text and address:
            try:
                await SharedRespond(self._client, address)(text=answer.text, response_type="ephemeral")
            except NOT_DONE as error:
                log.warning("not_told", error=word_of(error))

    async def _dispatched(self, bolt_request: AsyncBoltRequest, signature: str) -> web.Response:
        if not await self._ledger.is_new(signature):
            return web.Response()
        answered = False
        try:
            response = await to_aiohttp_response(await self._bolt.async_dispatch(bolt_request))
            answered = response.status < 500
        finally:
            if not answered:
                # Slack sends an event again that was not taken.
                await self._ledger.forget(signature)
        return response

    async def _read(self, request: web.BaseRequest) -> bytes:
        if (request.content_length or 0) > LARGEST_REQUEST:
            raise _Refused(413, "too_large")
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise _Refused(415, "packed")
        if self._listener is not None:
            self._listener.awaits_body(request)
        try:
            async with asyncio.timeout(self._head_seconds):
                return await request.read()
        except web.HTTPRequestEntityTooLarge:
            raise _Refused(413, "too_large") from None
        except TimeoutError:
            raise _Refused(408, "slow") from None
        except RequestPayloadError:
            raise _Refused(400, "cut_off") from None

    def _by(self, handle: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]) -> Handle:
        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            try:
                asked = AsyncBoltRequest(body="", query=request.query_string, headers=request.headers)  # type: ignore[arg-type]
            except ValueError:  # more parameters than are read
                raise _Refused(400, "query_unreadable") from None
            response = await to_aiohttp_response(await handle(asked))
            response.headers["Content-Security-Policy"] = PAGE_POLICY
            return response

        return answer

    async def _health(self, _: web.BaseRequest) -> web.StreamResponse:
        well = await self._healthy()
        return web.json_response({"ok": well}, status=200 if well else 503)


def _takes_no_answer(body: Mapping[str, Any]) -> bool:
    """Whether Slack is told no more than that it came: of commands, presses and closed modals. Views that are
    submitted, searches and events take an answer, or are sent again where there is none."""
    return "command" in body or body.get("type") in ("block_actions", "view_closed")


def _readable(request: web.BaseRequest, raw: bytes) -> AsyncBoltRequest:
    """What Bolt is given. Raises `_Refused` for what says nothing that it could act upon."""
    try:
        body = raw.decode()
        require_shape(payload_of(body, request.content_type))
        return AsyncBoltRequest(body=body, query=request.query_string, headers=request.headers)  # type: ignore[arg-type]
    except UnreadablePayload as unreadable:
        raise _Refused(400, unreadable.reason) from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # Bolt looks for ids while it takes a request in, and trusts what it finds.
        raise _Refused(400, "payload_unreadable") from None
