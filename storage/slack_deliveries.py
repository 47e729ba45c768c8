"""What Slack has told already: it delivers an event again that was not acknowledged in time, and at times a command.

Sources: docs.slack.dev, "The Events API", retries; bolt-js issues 2188 and 2487.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.clock import utc_now
from storage.models import SlackDeliveryRow, table
from storage.upsert import insert

KEPT = timedelta(days=1)
"""Slack's last retry comes within some minutes; an outage of its own can make it hours."""


async def claim(session: AsyncSession, delivery_id: str, now: datetime | None = None) -> bool:
    """Whether this is the first to act on a delivery, over all replicas. Old ones are forgotten on the way."""
    now, rows = now or utc_now(), table(SlackDeliveryRow)
    values = {"delivery_hash": _hash(delivery_id), "received_at": now}
    added = insert(session, rows).values(**values).on_conflict_do_nothing().returning(rows.c.delivery_hash)
    first = (await session.execute(added)).first() is not None
    if first:
        await session.execute(sa.delete(rows).where(SlackDeliveryRow.received_at < now - KEPT))
    return first


async def release(session: AsyncSession, delivery_id: str) -> None:
    """Nothing came of it: the next delivery of it is the first again."""
    await session.execute(
        sa.delete(table(SlackDeliveryRow)).where(SlackDeliveryRow.delivery_hash == _hash(delivery_id))
    )


def _hash(delivery_id: str) -> str:
    # A trigger's id opens a modal for as long as it lives.
    return hashlib.sha256(delivery_id.encode()).hexdigest()
