"""Socket Mode: one workspace, its own bot token, and no public address."""

from __future__ import annotations

import asyncio

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import Settings
from bot.slack.bolt_options import APP_NAME, TimedBolt, before_authorize, tokens_unmentioned
from bot.slack.client import slack_client
from bot.slack.oauth.teams import TeamResolver
from bot.slack.token_check import SlackAway, ask_app_token, ask_bot_token
from storage.database import Database

AGAIN_SECONDS = 5


log = structlog.get_logger(__name__)


class SocketMode:
    """Socket Mode, with the bot token of one workspace."""

    def __init__(self, bot_token: str, app_token: str, api_url: str, database: Database) -> None:
        self._client = slack_client(bot_token, api_url, workspace=bot_token)
        self._bot_token, self._app_token = bot_token, app_token
        self._socket: AsyncSocketModeHandler | None = None
        with tokens_unmentioned():
            self.bolt: AsyncApp = TimedBolt(
                name=APP_NAME,
                client=self._client,
                before_authorize=before_authorize(TeamResolver(database), self._client),
            )

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
