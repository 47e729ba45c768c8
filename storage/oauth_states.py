"""State parameters of consent in a browser: each finishes one, at any replica.

A row is a state that was given out (`issue`, `consume`), or one of the app's installation that is used up (`use_up`).
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.clock import utc_now
from storage.models import OAuthStateRow, table
from storage.upsert import insert, touched


async def issue(session: AsyncSession, ttl: timedelta, now: datetime | None = None, *, holder: str = "") -> str:
    """A new state to send along; forgotten after `ttl`. It is good for its `holder` alone: who began, and what."""
    state = secrets.token_urlsafe(32)
    session.add(OAuthStateRow(state_hash=_hash_of(state, holder), expires_at=(now or utc_now()) + ttl))
    await session.flush()
    return state


async def consume(session: AsyncSession, state: str, now: datetime | None = None, *, holder: str = "") -> bool:
    """Whether the state was given out to the holder, is not over and comes back for the first time."""
    used = sa.delete(table(OAuthStateRow)).where(
        OAuthStateRow.state_hash == _hash_of(state, holder), OAuthStateRow.expires_at > (now or utc_now())
    )
    return touched(await session.execute(used)) > 0


async def is_used(session: AsyncSession, state: str) -> bool:
    """Whether an installation was finished with it."""
    return await session.get(OAuthStateRow, _hash_of_used(state)) is not None


async def use_up(session: AsyncSession, state: str, ttl: timedelta, now: datetime | None = None) -> bool:
    """Note that an installation is finished with it; whether it is the first. Forgotten after `ttl`."""
    rows = table(OAuthStateRow)
    values = {"state_hash": _hash_of_used(state), "expires_at": (now or utc_now()) + ttl}
    added = insert(session, rows).values(**values).on_conflict_do_nothing().returning(rows.c.state_hash)
    return (await session.execute(added)).first() is not None


async def purge(session: AsyncSession, now: datetime) -> int:
    """Forget the states that are over; says how many."""
    return touched(await session.execute(sa.delete(table(OAuthStateRow)).where(OAuthStateRow.expires_at <= now)))


def _hash(state: str) -> str:
    # A reader of the database cannot finish someone's installation with it.
    return hashlib.sha256(state.encode()).hexdigest()


def _hash_of(state: str, holder: str) -> str:
    return _hash(f"{holder} {state}" if holder else state)


def _hash_of_used(state: str) -> str:
    # Another hash than that of one given out: the version before takes those back.
    return _hash(f"used:{state}")
