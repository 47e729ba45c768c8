"""State parameters of OAuth installations: given out once, accepted once, by any replica."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.clock import utc_now
from storage.models import OAuthStateRow, table
from storage.upsert import touched


async def issue(session: AsyncSession, ttl: timedelta, now: datetime | None = None) -> str:
    """A new state to send along; forgotten after `ttl`."""
    state = secrets.token_urlsafe(32)
    session.add(OAuthStateRow(state_hash=_hash(state), expires_at=(now or utc_now()) + ttl))
    await session.flush()
    return state


async def consume(session: AsyncSession, state: str, now: datetime | None = None) -> bool:
    """Whether the state was given out, is not over and comes back for the first time."""
    used = sa.delete(table(OAuthStateRow)).where(
        OAuthStateRow.state_hash == _hash(state), OAuthStateRow.expires_at > (now or utc_now())
    )
    return touched(await session.execute(used)) > 0


async def purge(session: AsyncSession, now: datetime) -> int:
    """Forget the states that are over; says how many."""
    return touched(await session.execute(sa.delete(table(OAuthStateRow)).where(OAuthStateRow.expires_at <= now)))


def _hash(state: str) -> str:
    # A reader of the database cannot finish someone's installation with it.
    return hashlib.sha256(state.encode()).hexdigest()
