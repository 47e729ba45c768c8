"""Which of Slack's signed requests came already: whoever caught one could send it again for as long as it is good."""

from __future__ import annotations

import structlog

from bot.slack.delivery_claims import CLAIM_SECONDS, DeliveryClaims
from storage.database import Database

log = structlog.get_logger(__name__)


class RequestLedger:
    """Remembers signatures, by their hashes and over all replicas, for longer than they are good."""

    def __init__(self, database: Database, seconds: float = CLAIM_SECONDS) -> None:
        self._claims = DeliveryClaims(database, seconds)

    async def is_new(self, signature: str) -> bool:
        """Whether a request with this signature comes for the first time.

        Without a database too: the handler fails then, and says so.
        """
        try:
            first = await self._claims.claim(_key(signature))
        except Exception as error:
            log.error("delivery_not_claimed", kind="request", error=type(error).__name__)
            return True
        if not first:
            log.warning("request_replayed")
        return first

    async def forget(self, signature: str) -> None:
        """Nothing came of it: the next request with this signature is new."""
        try:
            await self._claims.release(_key(signature))
        except Exception as error:
            log.error("delivery_not_released", kind="request", error=type(error).__name__)


def _key(signature: str) -> str:
    return f"signature:{signature}"
