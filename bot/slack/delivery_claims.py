"""Whether a delivery of Slack's is the first of its kind, asked of the database for many at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextvars import Context

from storage import slack_deliveries
from storage.database import Database

CLAIM_SECONDS = 1.0
"""How long a database may take to say so: Slack waits three seconds for an answer altogether."""

AT_ONCE = 500
"""Deliveries of one transaction."""


FORGET_SECONDS = 60.0
"""How often old ones are forgotten on the way."""


class DeliveryClaims:
    """Claims deliveries, over all replicas.

    Those that come while a transaction is under way share the next one: a database that takes its time to commit takes
    it once for all of them.
    """

    def __init__(self, database: Database, seconds: float = CLAIM_SECONDS) -> None:
        self._database, self._seconds = database, seconds
        self._waiting: list[tuple[str, asyncio.Future[bool]]] = []
        self._claiming: asyncio.Task[None] | None = None
        self._forgets_at = 0.0

    async def claim(self, delivery_id: str) -> bool:
        """Whether this delivery comes for the first time. Raises `TimeoutError` and what the database raises."""
        asked: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery_id, asked))
        if self._claiming is None:
            # In nobody's name: it is the work of no one workspace.
            self._claiming = asyncio.get_running_loop().create_task(self._claim_on(), context=Context())
        async with asyncio.timeout(self._seconds):
            return await asked

    async def release(self, delivery_id: str) -> None:
        """Nothing came of it: the next delivery of it is the first again."""
        async with self._database.session() as session:
            await slack_deliveries.release(session, delivery_id)

    async def _claim_on(self) -> None:
        try:
            while self._waiting:
                together = [one for one in self._waiting[:AT_ONCE] if not one[1].done()]
                self._waiting = self._waiting[AT_ONCE:]
                if together:
                    await self._claim_together(together)
        finally:
            self._claiming = None

    async def _claim_together(self, together: Sequence[tuple[str, asyncio.Future[bool]]]) -> None:
        try:
            async with asyncio.timeout(self._seconds), self._database.session() as session:
                first = await slack_deliveries.claim(session, {delivery_id for delivery_id, _ in together})
                if (now := time.monotonic()) >= self._forgets_at:
                    self._forgets_at = now + FORGET_SECONDS
                    await slack_deliveries.forget_old(session)
        except Exception as error:
            for _, asked in together:
                if not asked.done():
                    asked.set_exception(error)
            return
        for delivery_id, asked in together:
            if not asked.done():
                asked.set_result(delivery_id in first)
            # The same one a second time in one transaction.
            first.discard(delivery_id)
