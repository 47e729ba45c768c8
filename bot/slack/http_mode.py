"""HTTP and OAuth: many workspaces, each with a token of its own."""

from __future__ import annotations

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.locales import translator
from bot.settings import Settings
from bot.slack.bolt_options import APP_NAME, TimedBolt, before_authorize, tokens_unmentioned
from bot.slack.client import Lanes, slack_client
from bot.slack.http_server import HttpServer
from bot.slack.manifest import asked_scopes
from bot.slack.oauth.flow import InstallFlow
from bot.slack.oauth.installation_store import Installations
from bot.slack.oauth.teams import TeamResolver
from bot.slack.oauth.token_rotation import TokenRotation
from bot.slack.oauth.tokens import Authorize, Clients
from bot.slack.request_ledger import RequestLedger
from bot.slack.request_signature import RequestSignature
from storage.database import Database


class HttpMode:
    """A web server for Slack's signed requests and for installations; a token for each team, from the database."""

    def __init__(self, settings: Settings, database: Database) -> None:
        assert settings.slack_client_id
        assert settings.slack_client_secret
        assert settings.slack_signing_secret
        assert settings.public_url
        installed = Installations(database)
        self._lanes = lanes = Lanes()
        client = slack_client("", settings.slack_api_url, lanes=lanes)
        client_id, client_secret = settings.slack_client_id, settings.slack_client_secret.get_secret_value()
        self.tokens = TokenRotation(database, client, client_id=client_id, client_secret=client_secret)
        flow = InstallFlow(
            database,
            installed,
            client,
            client_id=client_id,
            client_secret=client_secret,
            scopes=asked_scopes(),
            public_url=settings.public_url,
            authorization_url=settings.slack_authorize_url,
        )
        self._clients = Clients(database, self.tokens, settings.slack_api_url, lanes)
        with tokens_unmentioned():
            self.bolt: AsyncApp = TimedBolt(
                name=APP_NAME,
                client=client,
                signing_secret=settings.slack_signing_secret.get_secret_value(),
                oauth_flow=flow,
                before_authorize=before_authorize(TeamResolver(database), client),
                authorize=Authorize(self.tokens),  # type: ignore[arg-type]  # Bolt takes its own class too
                user_facing_authorize_error_message=translator("en")("install.needed"),
            )
        self.site = HttpServer(
            self.bolt,
            client,
            flow,
            settings.http_host,
            settings.http_port,
            database.answers,
            signature=RequestSignature(settings.slack_signing_secret.get_secret_value()),
            ledger=RequestLedger(database),
        )

    async def client_of(self, team_id: str) -> AsyncWebClient:
        """A client with the team's own token."""
        return await self._clients.of(team_id)

    async def open(self) -> None:
        """Listen. Raises `PortTaken`."""
        await self.site.start()

    async def close(self) -> None:
        """Stop listening; what comes back for a token is stored before."""
        await self.site.stop()
        await self.tokens.settle()
        await self._lanes.close()


def http_mode(settings: Settings, database: Database) -> HttpMode:
    """HTTP and OAuth, as the settings say."""
    return HttpMode(settings, database)
