"""The two ways to Slack: Socket Mode, for one workspace and without a public address; HTTP and OAuth, for many."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.locales import translator
from bot.settings import Settings
from bot.slack.client import slack_client
from bot.slack.http_server import HttpServer
from bot.slack.manifest import asked_scopes
from bot.slack.oauth.flow import InstallFlow
from bot.slack.oauth.installation_store import Installations
from bot.slack.oauth.tokens import Authorize, Clients
from storage.database import Database

ClientOf = Callable[[str], Awaitable[AsyncWebClient]]


class SlackConnection(Protocol):
    """A way to Slack: the Bolt app that listeners are registered with, and a client for each team."""

    bolt: AsyncApp

    async def client_of(self, team_id: str) -> AsyncWebClient:
        """A client that speaks to a team."""
        ...

    async def open(self) -> None:
        """Take what Slack sends, from now on."""
        ...

    async def close(self) -> None:
        """Take nothing more."""
        ...


class SocketMode:
    """Socket Mode, with the bot token of one workspace."""

    def __init__(self, bot_token: str, app_token: str, api_url: str) -> None:
        self._client = slack_client(bot_token, api_url)
        self._app_token = app_token
        self._socket: AsyncSocketModeHandler | None = None
        self.bolt = AsyncApp(client=self._client)

    async def client_of(self, team_id: str) -> AsyncWebClient:  # noqa: ARG002 - there is one team
        """The one client."""
        return self._client

    async def open(self) -> None:
        """Connect. Raises `SlackApiError` when Slack refuses the app-level token."""
        # Made here, as its websocket session belongs to the running loop.
        self._socket = AsyncSocketModeHandler(self.bolt, self._app_token)
        await self._socket.client.connect()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Disconnect."""
        if self._socket is not None:
            await self._socket.client.close()  # type: ignore[no-untyped-call]


class HttpMode:
    """A web server for Slack's signed requests and for installations; a token for each team, from the database."""

    def __init__(self, settings: Settings, database: Database) -> None:
        assert settings.slack_client_id
        assert settings.slack_client_secret
        assert settings.slack_signing_secret
        assert settings.public_url
        installed = Installations(database)
        client = slack_client("", settings.slack_api_url)
        flow = InstallFlow(
            database,
            installed,
            client,
            client_id=settings.slack_client_id,
            client_secret=settings.slack_client_secret.get_secret_value(),
            scopes=asked_scopes(),
            public_url=settings.public_url,
            authorization_url=settings.slack_authorize_url,
        )
        self._clients = Clients(database, installed, settings.slack_api_url)
        self.bolt = AsyncApp(
            client=client,
            signing_secret=settings.slack_signing_secret.get_secret_value(),
            oauth_flow=flow,
            authorize=Authorize(database, installed),  # type: ignore[arg-type]  # Bolt takes its own class too
            user_facing_authorize_error_message=translator("en")("install.needed"),
        )
        self.site = HttpServer(self.bolt, flow, settings.http_host, settings.http_port, database.answers)

    async def client_of(self, team_id: str) -> AsyncWebClient:
        """A client with the team's own token."""
        return await self._clients.of(team_id)

    async def open(self) -> None:
        """Listen. Raises `PortTaken`."""
        await self.site.start()

    async def close(self) -> None:
        """Stop listening."""
        await self.site.stop()


def socket_mode(settings: Settings) -> SocketMode:
    """Socket Mode, as the settings say."""
    assert settings.slack_bot_token
    assert settings.slack_app_token
    return SocketMode(
        settings.slack_bot_token.get_secret_value(), settings.slack_app_token.get_secret_value(), settings.slack_api_url
    )


def http_mode(settings: Settings, database: Database) -> HttpMode:
    """HTTP and OAuth, as the settings say."""
    return HttpMode(settings, database)
