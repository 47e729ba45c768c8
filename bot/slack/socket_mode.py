"""Socket Mode: one workspace, its own bot token, and no public address."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import Settings
from bot.slack.client import slack_client
from bot.slack.oauth.teams import TeamResolver
from bot.slack_tokens import SlackAway, ask_app_token, ask_bot_token
from storage.database import Database

AGAIN_SECONDS = 5


RATE_LIMITED = "app_rate_limited"


"""What Slack sends, by itself, to an app that is sent too many events (docs.slack.dev, "The Events API")."""


log = structlog.get_logger(__name__)


class SocketMode:
    """Socket Mode, with the bot token of one workspace."""

    def __init__(self, bot_token: str, app_token: str, api_url: str, database: Database) -> None:
        self._client = slack_client(bot_token, api_url)
        self._bot_token, self._app_token = bot_token, app_token
        self._socket: AsyncSocketModeHandler | None = None
        with _tokens_unmentioned():
            self.bolt = AsyncApp(client=self._client, before_authorize=_before_authorize(TeamResolver(database)))

    async def client_of(self, team_id: str) -> AsyncWebClient:  # noqa: ARG002 - there is one team
        """The one client."""
        return self._client

    async def open(self) -> None:
        """Connect; waits while Slack cannot be reached. Raises `TokenRefused` where Slack does not take a token."""
        while not await self._are_taken():  # noqa: ASYNC110 - Slack does not tell when it is back
            await asyncio.sleep(AGAIN_SECONDS)
        # Made here, as its websocket session belongs to the running loop.
        self._socket = AsyncSocketModeHandler(self.bolt, self._app_token)
        await self._socket.client.connect()  # type: ignore[no-untyped-call]

    async def _are_taken(self) -> bool:
        """Whether Slack takes both tokens; False while it has no answer. The SDK would try a refused one for ever."""
        try:
            await ask_bot_token(self._client, self._bot_token)
            await ask_app_token(self._client, self._app_token)
        except SlackAway as away:
            log.warning("slack_not_reached", error=away.reason, again_in=AGAIN_SECONDS)
            return False
        return True

    async def close(self) -> None:
        """Disconnect."""
        if self._socket is not None:
            await self._socket.client.close()  # type: ignore[no-untyped-call]


def socket_mode(settings: Settings, database: Database) -> SocketMode:
    """Socket Mode, as the settings say."""
    assert settings.slack_bot_token
    assert settings.slack_app_token
    return SocketMode(
        settings.slack_bot_token.get_secret_value(),
        settings.slack_app_token.get_secret_value(),
        settings.slack_api_url,
        database,
    )


def _before_authorize(resolver: TeamResolver) -> Callable[..., Awaitable[BoltResponse]]:
    """What Bolt asks of a request before it chooses a token; it hands in what it finds among the arguments' names."""

    async def prepare(
        body: dict[str, Any], context: AsyncBoltContext, next_: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        if body.get("type") == RATE_LIMITED:
            log.warning(RATE_LIMITED, team=body.get("team_id"), minute=body.get("minute_rate_limited"))
            return BoltResponse(status=200)
        await resolver.resolve(body, context)
        return await next_()

    return prepare


@contextmanager
def _tokens_unmentioned() -> Iterator[None]:
    """Bolt warns at every start that the token of the environment, or an empty one, is not used. It is, by our client,
    or there is none to be used."""

    def other(record: logging.LogRecord) -> bool:
        return "`token`" not in record.getMessage()

    logger = logging.getLogger(f"{AsyncApp.__module__.partition('.')[0]}.{AsyncApp.__name__}")
    logger.addFilter(other)
    try:
        yield
    finally:
        logger.removeFilter(other)
