"""Socket Mode: one workspace, its own bot token, and no public address."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.locales import translator
from bot.settings import Settings
from bot.slack.bolt_options import APP_NAME, TimedBolt, before_authorize, tokens_unmentioned
from bot.slack.client import Lanes, SharedClient, slack_client
from bot.slack.oauth.first_token import FirstToken
from bot.slack.oauth.teams import TeamResolver
from bot.slack.oauth.token_rotation import TokenRotation
from bot.slack.oauth.tokens import Authorize, Clients
from bot.slack.token_check import SlackAway, ask_app_token, ask_bot_token
from storage.database import Database

AGAIN_SECONDS = 5


log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Rotating:
    """What exchanges an app's tokens, where they rotate."""

    tokens: TokenRotation
    clients: Clients
    first: FirstToken

    @classmethod
    def of(cls, settings: Settings, database: Database, client: SharedClient, lanes: Lanes) -> _Rotating | None:
        """None where the settings name no refresh token."""
        if settings.slack_refresh_token is None:
            return None
        assert settings.slack_client_id
        assert settings.slack_client_secret
        client_id, client_secret = settings.slack_client_id, settings.slack_client_secret.get_secret_value()
        tokens = TokenRotation(database, client, client_id=client_id, client_secret=client_secret)
        first = FirstToken(
            database,
            client,
            tokens,
            client_id=client_id,
            client_secret=client_secret,
            refresh_token=settings.slack_refresh_token.get_secret_value(),
        )
        return cls(tokens, Clients(database, tokens, settings.slack_api_url, lanes), first)


class SocketMode:
    """Socket Mode, with the bot token of one workspace: the settings', or one that is exchanged in time."""

    def __init__(self, settings: Settings, database: Database) -> None:
        assert settings.slack_app_token
        self._app_token = settings.slack_app_token.get_secret_value()
        rotates = settings.slack_refresh_token is not None or settings.slack_bot_token is None
        self._bot_token = "" if rotates else settings.slack_bot_token.get_secret_value()  # type: ignore[union-attr]
        self._lanes = lanes = Lanes()
        self._client = slack_client(self._bot_token, settings.slack_api_url, workspace=self._bot_token, lanes=lanes)
        self._rotating = _Rotating.of(settings, database, self._client, lanes)
        self._socket: AsyncSocketModeHandler | None = None
        options: dict[str, Any] = {}
        if self._rotating is not None:
            refused = translator("en")("install.needed")
            authorize = Authorize(self._rotating.tokens)
            options = {"authorize": authorize, "user_facing_authorize_error_message": refused}
        with tokens_unmentioned():
            self.bolt: AsyncApp = TimedBolt(
                name=APP_NAME,
                client=self._client,
                before_authorize=before_authorize(TeamResolver(database), self._client),
                **options,
            )

    async def client_of(self, team_id: str) -> AsyncWebClient:
        """The one client; of tokens that rotate, one with that of now."""
        return self._client if self._rotating is None else await self._rotating.clients.of(team_id)

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
            if self._rotating is None:
                await ask_bot_token(self._client, self._bot_token)
            else:
                await self._rotating.first.ensure()
            await ask_app_token(self._client, self._app_token)
        except SlackAway as away:
            log.warning("slack_not_reached", error=away.reason, again_in=AGAIN_SECONDS)
            return False
        return True

    async def close(self) -> None:
        """Disconnect."""
        if self._socket is not None:
            await self._socket.client.close()  # type: ignore[no-untyped-call]
        if self._rotating is not None:
            await self._rotating.tokens.settle()
        await self._lanes.close()


def socket_mode(settings: Settings, database: Database) -> SocketMode:
    """Socket Mode, as the settings say."""
    return SocketMode(settings, database)
