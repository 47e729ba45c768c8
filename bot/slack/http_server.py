"""Slack over HTTP instead of Socket Mode: signed requests in, and the pages of the installation.

Bolt verifies each signature. TLS is the business of whatever stands in front of this port.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.core.text import text
from bot.slack.oauth.flow import INSTALL_PATH, REDIRECT_PATH, InstallFlow

EVENTS_PATH = "/slack/events"
HEALTH_PATH = "/health"
LARGEST_REQUEST = 4 * 1024**2
"""Bytes: a modal with all its state is far below."""

log = structlog.get_logger(__name__)


class PortTaken(Exception):
    """Another process listens where this one should; `text` says what to do."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"{host}:{port} is taken")
        self.text = text("install.port_taken", host=host, port=str(port))


class HttpServer:
    """The bot's own web server. `healthy` says whether this process can do its work."""

    def __init__(
        self, bolt: AsyncApp, flow: InstallFlow, host: str, port: int, healthy: Callable[[], Awaitable[bool]]
    ) -> None:
        self._bolt, self._flow, self._healthy = bolt, flow, healthy
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None

    @property
    def address(self) -> str:
        """Where it listens, once started."""
        assert self._runner is not None
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def start(self) -> None:
        """Listen. Raises `PortTaken`."""
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.add_routes(
            [
                web.post(EVENTS_PATH, self._from_slack),
                web.get(INSTALL_PATH, self._by(self._flow.handle_installation)),
                web.get(REDIRECT_PATH, self._by(self._flow.handle_callback)),
                web.get(HEALTH_PATH, self._health),
            ]
        )
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        self._runner = runner
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError:
            raise PortTaken(self._host, self._port) from None
        log.info("listening", address=self.address)

    async def stop(self) -> None:
        """Take no more requests, and finish those under way."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _from_slack(self, request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await self._bolt.async_dispatch(await to_bolt_request(request)))

    def _by(
        self, handle: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            response = await to_aiohttp_response(await handle(await to_bolt_request(request)))
            # The address holds a code and a state; neither belongs in a cache or in another site's log.
            response.headers.update({"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
            return response

        return answer

    async def _health(self, _: web.Request) -> web.StreamResponse:
        well = await self._healthy()
        return web.json_response({"ok": well}, status=200 if well else 503)
