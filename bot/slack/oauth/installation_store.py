"""Bolt's store of installations, over the encrypted tables: its own keeps tokens in clear."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from bot.slack.oauth.token_rotation import bot_from
from storage import audit, installations, workspaces
from storage.database import Database
from storage.installations import Bundle, BundleKind
from storage.json_codec import Json

INSTALLED = "app.installed"

BY_SLACK = "slack"
"""The actor where Slack names nobody."""


class Installations(AsyncInstallationStore):
    """The bot's token of each team, or of a whole organisation. The app asks for no user tokens, so none is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def async_save(self, installation: Installation) -> None:
        """Keep what Slack gave; the workspace is known from now on."""
        bot = installation.to_bot()
        async with self._database.session() as session:
            await self._save(session, bot, installation.user_id)
            whole = bool(bot.is_enterprise_install)
            of = bot.enterprise_id if whole else bot.team_id
            new: dict[str, Json] = {"organisation": whole, "scopes": list(bot.bot_scopes)}
            await audit.write(session, of or "", installation.user_id or BY_SLACK, INSTALLED, new=new, origin="install")
            if bot.team_id:
                await workspaces.ensure(session, bot.team_id, bot.team_name or "", bot.enterprise_id)

    async def async_save_bot(self, bot: Bot) -> None:
        """Keep a token of the bot in place of an older one."""
        async with self._database.session() as session:
            await self._save(session, bot, None)

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """The bot's token of a team: its own, else that of the organisation it belongs to."""
        async with self._database.reading() as session:
            team = None if is_enterprise_install else team_id
            found = await installations.for_team(session, self._database.vault, team, enterprise_id)
        return None if found is None else bot_from(found)

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget the token."""
        async with self._database.session() as session:
            await installations.delete(session, enterprise_id=enterprise_id, team_id=team_id)

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Nothing: there is no token of a user to forget."""

    async def _save(self, s: Any, bot: Bot, user_id: str | None) -> None:
        data = {
            "app_id": bot.app_id,
            "enterprise_id": bot.enterprise_id,
            "enterprise_name": bot.enterprise_name,
            "team_id": bot.team_id,
            "team_name": bot.team_name,
            "bot_token": bot.bot_token,
            "bot_id": bot.bot_id,
            "bot_user_id": bot.bot_user_id,
            "bot_scopes": list(bot.bot_scopes),
            "bot_refresh_token": bot.bot_refresh_token,
            "bot_token_expires_at": bot.bot_token_expires_at,
            "is_enterprise_install": bot.is_enterprise_install,
            "installed_at": bot.installed_at,
        }
        await installations.save(
            s,
            self._database.vault,
            Bundle(
                team_id=None if bot.is_enterprise_install else bot.team_id,
                enterprise_id=bot.enterprise_id,
                kind=BundleKind.BOT,
                user_id=user_id,
                data=data,
                installed_at=datetime.fromtimestamp(bot.installed_at, UTC),
            ),
        )
