"""Socket Mode with tokens that rotate: the refresh token of the app's page is exchanged once, at the first start.

It is revoked by that (docs.slack.dev, "Using token rotation"), so what comes back is kept in the database with a digest
of it, by which every later start finds what has become of it. Another refresh token is another beginning.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client import code_of
from bot.slack.oauth.installation_store import BY_SLACK, INSTALLED
from bot.slack.oauth.token_rotation import OF_THE_OPERATOR, REFUSED, SEED, WAIT_SECONDS, WAITS, TokenRotation
from bot.slack.refusals import passes
from bot.slack.token_check import CLIENT_SECRET, REFRESH_TOKEN, SlackAway, TokenRefused
from storage import audit, installations, workspaces
from storage.database import Database
from storage.installations import Bundle, BundleKind, KeptBundle
from storage.json_codec import Json

log = structlog.get_logger(__name__)


class FirstToken:
    """The way from the settings' refresh token to a token that is kept."""

    def __init__(
        self,
        database: Database,
        client: AsyncWebClient,
        tokens: TokenRotation,
        *,
        client_id: str,
        client_secret: str,
        refresh_token: str,
    ) -> None:
        self._database, self._client, self._tokens = database, client, tokens
        self._client_id, self._client_secret, self._refresh_token = client_id, client_secret, refresh_token
        self._seed = hashlib.sha256(refresh_token.encode()).hexdigest()

    async def ensure(self) -> None:
        """Have a token that is good now. Raises `TokenRefused`, `SlackAway`."""
        kept = await self._kept()
        if kept is None:
            await self._exchange()
            kept = await self._kept()
        bot = None
        if kept is not None:
            bot = await self._tokens.bot_of(enterprise_id=kept.enterprise_id or None, team_id=kept.team_id or None)
        if bot is None:
            kept = await self._kept()
            if kept is None or kept.data.get(REFUSED):
                raise TokenRefused(REFRESH_TOKEN, str(kept.data[REFUSED] if kept else "not_kept"))
            raise SlackAway("token_not_rotated", "Slack has no answer now. Try again in a minute.")

    async def _kept(self) -> KeptBundle | None:
        async with self._database.reading() as session:
            found = await installations.bots(session, self._database.vault)
        return next((each for each in found if each.data.get(SEED) == self._seed), None)

    async def _exchange(self) -> None:
        try:
            given = await self._client.oauth_v2_access(
                client_id=self._client_id,
                client_secret=self._client_secret,
                grant_type="refresh_token",
                refresh_token=self._refresh_token,
            )
        except SlackApiError as error:
            code = code_of(error)
            if passes(error):
                raise SlackAway(code, f"Slack has no answer now ({code}). Try again in a minute.") from None
            if code in OF_THE_OPERATOR:
                raise TokenRefused(CLIENT_SECRET, code) from None
            if not await self._of_another():
                raise TokenRefused(REFRESH_TOKEN, code) from None
            return
        except (TimeoutError, SlackClientError, OSError) as error:
            name = type(error).__name__
            raise SlackAway(name, f"Cannot be reached ({name}). Check the network or proxy.") from None
        await self._keep(given.data if isinstance(given.data, dict) else {})

    async def _of_another(self) -> bool:
        """Whether another process, which started beside this one, has exchanged it."""
        for _ in range(WAITS):
            if await self._kept() is not None:
                return True
            await asyncio.sleep(WAIT_SECONDS)
        return False

    async def _keep(self, given: Mapping[str, Any]) -> None:
        now = datetime.now(UTC)
        team, enterprise = given.get("team") or {}, given.get("enterprise") or {}
        whole = bool(given.get("is_enterprise_install"))
        scopes = str(given.get("scope") or "").split(",")
        team_id, enterprise_id = None if whole else team.get("id"), enterprise.get("id")
        data: dict[str, Any] = {
            "app_id": given.get("app_id"),
            "enterprise_id": enterprise_id,
            "enterprise_name": enterprise.get("name"),
            "team_id": team_id,
            "team_name": team.get("name"),
            "bot_token": given.get("access_token"),
            "bot_id": given.get("bot_id"),
            "bot_user_id": given.get("bot_user_id"),
            "bot_scopes": scopes,
            "bot_refresh_token": given.get("refresh_token"),
            "bot_token_expires_at": int(now.timestamp()) + int(given.get("expires_in") or 0),
            "is_enterprise_install": whole,
            "installed_at": now.timestamp(),
            SEED: self._seed,
        }
        bundle = Bundle(
            team_id=team_id,
            enterprise_id=enterprise_id,
            kind=BundleKind.BOT,
            user_id=None,
            data=data,
            installed_at=now,
        )
        async with self._database.session() as session:
            await installations.save(session, self._database.vault, bundle)
            of = bundle.team_id or bundle.enterprise_id or ""
            new: dict[str, Json] = {"organisation": whole, "scopes": list(scopes)}
            await audit.write(session, of, BY_SLACK, INSTALLED, new=new, origin="start")
            if bundle.team_id:
                await workspaces.ensure(session, bundle.team_id, str(team.get("name") or ""), bundle.enterprise_id)
        log.info("first_token_exchanged", team=bundle.team_id, enterprise=bundle.enterprise_id)
