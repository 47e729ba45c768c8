"""Tokens that rotate: over after twelve hours, and exchanged for the next one before.

The exchange is the SDK's (`AsyncTokenRotator`); when, by whom and what of it is kept is ours. A refresh token is
revoked once it has been used (docs.slack.dev, "Using token rotation"), so that one process at a time exchanges it, and
what comes back is stored before anything else is done. The token before stays good until its own end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.shared_question import SharedQuestion
from bot.slack.client import code_of
from bot.slack.dead_token import pause_integrations, pause_organisation
from bot.slack.refusals import passes
from storage import installations
from storage.database import Database
from storage.installations import KeptBundle, SealedRow, Served

log = structlog.get_logger(__name__)

AHEAD_SECONDS = 2 * 60 * 60
"""How long before its end a token is exchanged; the SDK's own default."""

DUE_MINUTES = 60 * 24 * 365
"""What the SDK is told, which asks for the time itself: that the token is due has been decided."""

PATIENCE = timedelta(minutes=1)
"""How long an exchange may take before another process tries, and how long one that failed is left alone."""

WAITS, WAIT_SECONDS = 20, 0.25
"""How often, and after how long each time, it is looked whether another process has the new token."""

OF_THE_OPERATOR = frozenset({"bad_client_secret", "invalid_client_id", "bad_client_id", "invalid_grant_type"})
"""Refusals that a setting of the bot causes, and that are over once it is right: no customer can do anything."""

REFUSED = "rotation_refused"
"""Slack's word on a refresh token that it does not take, kept with the token that goes on until its end."""

SEED = "seed"
"""Digest of the refresh token of the settings that a token began with, kept with it: `bot.slack.oauth.first_token`."""


class TokenRotation:
    """The bot's token of each team, exchanged in time."""

    def __init__(
        self,
        database: Database,
        client: AsyncWebClient,
        *,
        client_id: str,
        client_secret: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database, self._now = database, now
        self._rotator = AsyncTokenRotator(client_id=client_id, client_secret=client_secret, client=client)
        self._rows = SharedQuestion(self._read)
        self._under_way: dict[tuple[str, str, str], asyncio.Task[Bot | None]] = {}
        self._unsaved: dict[tuple[str, str, str], tuple[KeptBundle, Mapping[str, Any]]] = {}

    async def bot_of(self, *, enterprise_id: str | None, team_id: str | None) -> Bot | None:
        """The bot with a token that is good now; None without an installation, or where its token is over for good.

        While the token is good nobody waits for the exchange.
        """
        kept = await self._kept(team_id, enterprise_id)
        if kept is None:
            return None
        bot = bot_from(kept.data)
        expires = bot.bot_token_expires_at
        if expires is None:
            return bot
        over = expires <= self._now()
        if REFUSED in kept.data or not bot.bot_refresh_token:
            return None if over else bot
        if expires > self._now() + AHEAD_SECONDS:
            return bot
        key = _key(kept)
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(self._rotate(kept, bot))
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        # Whoever asks may be cancelled, the exchange must not be.
        return await asyncio.shield(task) if over else bot

    async def settle(self) -> None:
        """Wait until no exchange is under way."""
        while self._under_way:
            await asyncio.gather(*self._under_way.values())

    async def _kept(self, team_id: str | None, enterprise_id: str | None) -> KeptBundle | None:
        row = await self._rows.of((team_id or "", enterprise_id or ""))
        kept = None if row is None else installations.opened(self._database.vault, row)
        if kept is not None and (unsaved := self._unsaved.get(_key(kept))) is not None:
            return await self._save(*unsaved)
        return kept

    async def _read(self, served: Collection[Served]) -> dict[Served, SealedRow]:
        async with self._database.reading() as session:
            return await installations.serving_teams(session, served)

    async def _rotate(self, kept: KeptBundle, bot: Bot) -> Bot | None:
        async with self._database.session() as session:
            claimed = await installations.claim(session, kept, PATIENCE)
        if not claimed:
            return await self._of_another(kept)
        refused = ""
        try:
            rotated = await self._rotator.perform_bot_token_rotation(bot=bot, minutes_before_expiration=DUE_MINUTES)
        except SlackTokenRotationError as error:
            refused = code_of(error.api_error)
            if passes(error.api_error) or refused in OF_THE_OPERATOR:
                log.error("token_not_rotated", team=kept.team_id, enterprise=kept.enterprise_id, error=refused)
                return None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            log.warning(
                "token_not_rotated", team=kept.team_id, enterprise=kept.enterprise_id, error=type(error).__name__
            )
            return None
        else:
            if rotated is not None:
                given = {
                    "bot_token": rotated.bot_token,
                    "bot_refresh_token": rotated.bot_refresh_token,
                    "bot_token_expires_at": rotated.bot_token_expires_at,
                }
                log.info("token_rotated", team=kept.team_id, enterprise=kept.enterprise_id)
                return bot_from((await self._save(kept, {**kept.data, **given})).data)
            refused = "token_type"
        await self._refused(kept, refused)
        return None

    async def _save(self, kept: KeptBundle, data: Mapping[str, Any]) -> KeptBundle:
        """Store what was given in exchange; kept in memory, and tried again, where the database does not take it."""
        self._unsaved[_key(kept)] = (kept, data)
        try:
            async with self._database.session() as session:
                stored = await installations.put_rotated(session, self._database.vault, kept, data)
        except Exception as error:  # whatever it is, what Slack gave cannot be asked for again
            log.error("rotated_token_not_stored", team=kept.team_id, error=type(error).__name__)
            return _with(kept, data)
        self._unsaved.pop(_key(kept), None)
        if stored:
            return _with(kept, data)
        # Installed anew meanwhile: that token counts.
        async with self._database.reading() as session:
            newer = await installations.serving_team(
                session, self._database.vault, kept.team_id or None, kept.enterprise_id or None
            )
        return newer or _with(kept, data)

    async def _of_another(self, kept: KeptBundle) -> Bot | None:
        """The bot as another process leaves it; None where none does in time."""
        for _ in range(WAITS):
            now = await self._kept(kept.team_id or None, kept.enterprise_id or None)
            if now is None or REFUSED in now.data:
                return None
            bot = bot_from(now.data)
            if bot.bot_token_expires_at is None or bot.bot_token_expires_at > self._now():
                return bot
            await asyncio.sleep(WAIT_SECONDS)
        return None

    async def _refused(self, kept: KeptBundle, code: str) -> None:
        """Slack does not take the refresh token, and will not tomorrow: as with a dead token, nothing is synced."""
        async with self._database.session() as session:
            stands = await installations.put_rotated(session, self._database.vault, kept, {**kept.data, REFUSED: code})
            paused = 0
            if stands and kept.team_id:
                paused = await pause_integrations(session, kept.team_id, code)
            elif stands:
                paused = await pause_organisation(session, kept.enterprise_id, code)
        log.error("token_refused", team=kept.team_id, enterprise=kept.enterprise_id, error=code, paused=paused)


def bot_from(data: Mapping[str, Any]) -> Bot:
    """The bot of a bundle."""
    return Bot(**{name: value for name, value in data.items() if name not in (REFUSED, SEED)})


def _key(kept: KeptBundle) -> tuple[str, str, str]:
    return kept.enterprise_id, kept.team_id, kept.user_id


def _with(kept: KeptBundle, data: Mapping[str, Any]) -> KeptBundle:
    return KeptBundle(
        kept.enterprise_id, kept.team_id, kept.kind, kept.user_id, kept.installed_at, kept.updated_at, data
    )
