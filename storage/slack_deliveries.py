"""What Slack has told already: it delivers an event again that was not acknowledged in time, and at times a command.

Sources: docs.slack.dev, "The Events API", retries; bolt-js issues 2188 and 2487.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.clock import utc_now
from storage.models import SlackDeliveryRow, table
from storage.upsert import insert

KEPT = timedelta(days=1)
"""Slack's last retry comes within some minutes; an outage of its own can make it hours."""


async def claim(session: AsyncSession, delivery_ids: Collection[str], now: datetime | None = None) -> set[str]:
    """Those deliveries that nobody has acted on yet, over all replicas: from now on somebody has."""
    now, rows = now or utc_now(), table(SlackDeliveryRow)
    ids = {_hash(delivery_id): delivery_id for delivery_id in delivery_ids}
    # In one order for all: two replicas that claim the same ones wait for each other, and not for ever.
    values = [{"delivery_hash": hashed, "received_at": now} for hashed in sorted(ids)]
    added = insert(session, rows).values(values).on_conflict_do_nothing().returning(rows.c.delivery_hash)
    return {ids[hashed] for hashed in await session.scalars(added)}


async def forget_old(session: AsyncSession, now: datetime | None = None) -> None:
    """Forget what is older than any delivery that could come again."""
    kept_from = (now or utc_now()) - KEPT
    await session.execute(sa.delete(table(SlackDeliveryRow)).where(SlackDeliveryRow.received_at < kept_from))


async def release(session: AsyncSession, delivery_id: str) -> None:
    """Nothing came of it: the next delivery of it is the first again."""
    await session.execute(
        sa.delete(table(SlackDeliveryRow)).where(SlackDeliveryRow.delivery_hash == _hash(delivery_id))
    )


def _hash(delivery_id: str) -> str:
    # A trigger's id opens a modal for as long as it lives.
    return hashlib.sha256(delivery_id.encode()).hexdigest()
