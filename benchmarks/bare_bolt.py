"""Bolt with one listener that acknowledges and does nothing else: `python -m benchmarks.bare_bolt`."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization.authorize_result import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck

from benchmarks.children import Served, serve
from bot.slack.http_server import EVENTS_PATH


class BareBolt(Served):
    """What anybody's first app is."""

    def __init__(self) -> None:
        self._runner: web.AppRunner | None = None

    async def start(self, *, secret: str, command: str) -> str:
        """Listen; returns the address."""

        async def authorize(**_: Any) -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id=None, bot_token="xoxb-bare")

        app = AsyncApp(signing_secret=secret, authorize=authorize, name="bare")

        @app.command(command)
        async def acknowledge(ack: AsyncAck) -> None:
            await ack()

        async def receive(request: web.Request) -> web.Response:
            return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

        application = web.Application()
        application.router.add_post(EVENTS_PATH, receive)
        self._runner = runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(BareBolt()))
