"""Who did what, when and from where.

Entries are only ever added: the database itself refuses to change or delete one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.clock import utc_now
from storage.json_codec import Json
from storage.models import AuditRow, table


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that was done. `old` and `new` are the settings before and after, never a secret."""

    id: int
    team_id: str
    at: datetime
    actor_id: str
    action: str
    integration_id: str | None
    origin: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None


async def write(
    session: AsyncSession,
    team_id: str,
    actor_id: str,
    action: str,
    integration_id: str | None = None,
    old: Mapping[str, Json] | None = None,
    new: Mapping[str, Json] | None = None,
    origin: str = "slack",
) -> AuditEntry:
    """Note what was done, in the transaction that does it: either both happen or neither."""
    row = AuditRow(
        team_id=team_id,
        at=utc_now(),
        actor_id=actor_id,
        action=action,
        integration_id=integration_id,
        origin=origin,
        old=None if old is None else dict(old),
        new=None if new is None else dict(new),
    )
    session.add(row)
    await session.flush()
    return _read(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """One thing that is done, to be noted with others."""

    team_id: str
    actor_id: str
    action: str
    integration_id: str
    new: Mapping[str, Json]
    origin: str


async def write_all(session: AsyncSession, entries: Sequence[NewEntry]) -> None:
    """`write` for many things that one transaction does."""
    if not entries:
        return
    now = utc_now()
    values = [
        {
            "team_id": one.team_id,
            "at": now,
            "actor_id": one.actor_id,
            "action": one.action,
            "integration_id": one.integration_id,
            "origin": one.origin,
            "new": dict(one.new),
        }
        for one in entries
    ]
    await session.execute(sa.insert(table(AuditRow)), values)


async def page(
    session: AsyncSession,
    team_id: str,
    *,
    integration_id: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> Sequence[AuditEntry]:
    """Newest entries first, of one integration if given; `before_id` continues after the last one seen."""
    wanted = [AuditRow.team_id == team_id]
    if integration_id is not None:
        wanted.append(AuditRow.integration_id == integration_id)
    if before_id is not None:
        wanted.append(AuditRow.id < before_id)
    rows = await session.scalars(sa.select(AuditRow).where(*wanted).order_by(AuditRow.id.desc()).limit(limit))
    return [_read(row) for row in rows]


def _read(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        team_id=row.team_id,
        at=row.at,
        actor_id=row.actor_id,
        action=row.action,
        integration_id=row.integration_id,
        origin=row.origin,
        old=row.old,
        new=row.new,
    )
