"""Which of Slack's signed requests came already: whoever caught one could send it again for as long as it is good."""

from __future__ import annotations

import asyncio

import structlog

from storage import slack_deliveries
from storage.database import Database

CLAIM_SECONDS = 1.0
"""How long a database may take to say so: Slack waits three seconds for an answer altogether."""

log = structlog.get_logger(__name__)


class RequestLedger:
    """Remembers signatures, by their hashes and over all replicas, for longer than they are good."""

    def __init__(self, database: Database, seconds: float = CLAIM_SECONDS) -> None:
        self._database, self._seconds = database, seconds

    async def is_new(self, signature: str) -> bool:
        """Whether a request with this signature comes for the first time.

        Without a database too: the handler fails then, and says so.
        """
        try:
            async with asyncio.timeout(self._seconds), self._database.session() as session:
                first = await slack_deliveries.claim(session, _key(signature))
        except Exception as error:
            log.error("delivery_not_claimed", kind="request", error=type(error).__name__)
            return True
        if not first:
            log.warning("request_replayed")
        return first

    async def forget(self, signature: str) -> None:
        """Nothing came of it: the next request with this signature is new."""
        try:
            async with self._database.session() as session:
                await slack_deliveries.release(session, _key(signature))
        except Exception as error:
            log.error("delivery_not_released", kind="request", error=type(error).__name__)


def _key(signature: str) -> str:
    return f"signature:{signature}"
