"""The state parameter that a browser carries to Slack and back.

It is signed, so that beginning an installation, which anybody can do as often as they like, writes nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any

from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from storage import oauth_states
from storage.clock import utc_now
from storage.database import Database

STATE_LIVES = timedelta(minutes=10)
"""How long a begun installation may take."""


class States(AsyncOAuthStateStore):
    """States that any replica gives out and any replica takes back; each finishes one installation.

    `<random>.<when it is over, seconds since 1970>.<signature>`, signed by a key made of the app's client secret. That
    it comes from the browser that began is for Bolt to check, by its cookie.
    """

    def __init__(self, database: Database, client_secret: str) -> None:
        self._database = database
        self._key = hmac.new(client_secret.encode(), b"integration-bot: oauth state", hashlib.sha256).digest()

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:  # noqa: ARG002 - as Bolt calls it
        """A new state."""
        over = int((utc_now() + STATE_LIVES).timestamp())
        told = f"{secrets.token_urlsafe(32)}.{over}"
        return f"{told}.{self._signature(told)}"

    async def async_consume(self, state: str) -> bool:
        """Whether it was given out, is not over, and has finished no installation."""
        if not self._is_ours(state):
            # One that a process of the version before gave out, which kept them all.
            async with self._database.session() as session:
                return await oauth_states.consume(session, state)
        async with self._database.reading() as session:
            return not await oauth_states.is_used(session, state)

    async def use_up(self, state: str) -> bool:
        """Finish an installation with it, for which Slack has given a token. Whether it is the first."""
        if not self._is_ours(state):
            return True
        async with self._database.session() as session:
            return await oauth_states.use_up(session, state, STATE_LIVES)

    def _is_ours(self, state: str) -> bool:
        told, _, given = state.rpartition(".")
        if not hmac.compare_digest(self._signature(told).encode(), given.encode(errors="replace")):
            return False
        return int(told.rpartition(".")[2]) > utc_now().timestamp()

    def _signature(self, told: str) -> str:
        return hmac.new(self._key, told.encode(errors="replace"), hashlib.sha256).hexdigest()
