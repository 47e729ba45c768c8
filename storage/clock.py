"""The time and the names of new things."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


def utc_now() -> datetime:
    """This machine's time, aware, in UTC."""
    return datetime.now(UTC)


async def database_now(session: AsyncSession) -> datetime:
    """The time that all replicas share. SQLite has no server: its clock is this machine's."""
    if session.get_bind().dialect.name != "postgresql":
        return utc_now()
    shared: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return shared.astimezone(UTC)


def new_id() -> str:
    """A name that no other thing has: 32 hexadecimal digits."""
    return uuid4().hex
