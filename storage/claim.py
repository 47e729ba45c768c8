"""Rows with a time at which something is due: each of its times is used by one replica alone."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from storage.models import table
from storage.upsert import touched


async def move_on(
    session: AsyncSession,
    time: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    row: sa.ColumnElement[bool],
    seen: datetime | None,
    following: datetime | None,
) -> bool:
    """Compare and set: put the row's next time in place of the one that was seen, if that is still there.

    False when another replica or a person was first.
    """
    model = time.class_
    assert isinstance(model, type)
    result = await session.execute(sa.update(table(model)).where(row, time == seen).values({time.key: following}))
    return touched(result) > 0
