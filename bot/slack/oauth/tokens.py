"""Which token speaks to which team: for what Slack sends, and for what the bot says by itself."""

from __future__ import annotations

from typing import Any

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client import Lanes, slack_client
from bot.slack.oauth.token_rotation import TokenRotation
from storage import workspaces
from storage.database import Database


class Authorize(AsyncAuthorize):
    """Bolt's question whose token a request is answered with.

    All that the answer holds was given at installation: asking Slack again at every click would cost a third of the
    time in which a click must be acknowledged.
    """

    def __init__(self, tokens: TokenRotation) -> None:
        self._tokens = tokens

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,  # noqa: ARG002 - as Bolt calls it
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        **_: Any,
    ) -> AuthorizeResult | None:
        """The token, or None where the app is not installed (any more), or its token is over and was not exchanged:
        who asks is told that an admin must install the app again."""
        bot = await self._tokens.bot_of(enterprise_id=enterprise_id, team_id=team_id)
        if bot is None:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_user_id=bot.bot_user_id,
            bot_id=bot.bot_id,
            bot_token=bot.bot_token,
            bot_scopes=bot.bot_scopes,
            user_id=user_id,
        )


class Clients:
    """A Web API client for each team."""

    def __init__(self, database: Database, tokens: TokenRotation, base_url: str, lanes: Lanes) -> None:
        self._database = database
        self._lanes = lanes
        self._tokens = tokens
        self._base_url = base_url

    async def of(self, team_id: str) -> AsyncWebClient:
        """A client with the team's token. Without one, Slack answers every call with `not_authed`."""
        async with self._database.reading() as session:
            workspace = await workspaces.get(session, team_id)
        enterprise_id = workspace.enterprise_id if workspace else None
        bot = await self._tokens.bot_of(enterprise_id=enterprise_id, team_id=team_id)
        # An organisation's token speaks for many workspaces: some methods ask which is meant.
        meant = team_id if bot and bot.is_enterprise_install else None
        token = bot.bot_token if bot else ""
        return slack_client(token, self._base_url, team_id=meant, workspace=team_id, lanes=self._lanes)
