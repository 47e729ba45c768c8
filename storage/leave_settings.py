"""What an integration has chosen for absence, and what its runs have found out about the source."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.clock import utc_now
from storage.models import LeaveSettingsRow, table
from storage.upsert import insert, touched

_SYNCED = "synced_basis"
"""Beside the choices, so that whoever changes them takes it away with the same statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLeaveSettings:
    """`settings` is the JSON form of `bot.domain.leave_settings.LeaveSettings`. `extent` is how the source writes a
    whole day, as far as it is known; `last_rows` are the rows that the last run read; `version` grows with a change.
    `synced_basis` is the integration's basis with which a plan of these very choices was shown and carried out."""

    integration_id: str
    settings: Mapping[str, Any]
    extent: str | None = None
    last_rows: int | None = None
    version: int = 1
    updated_at: datetime | None = None
    synced_basis: int | None = None


async def get(session: AsyncSession, integration_id: str) -> StoredLeaveSettings | None:
    """An integration's choices; None where absence was never set up."""
    rows = await session.execute(
        sa.select(table(LeaveSettingsRow)).where(table(LeaveSettingsRow).c.integration_id == integration_id)
    )
    row = rows.one_or_none()
    return _read(row) if row is not None else None


async def everyone(session: AsyncSession) -> Sequence[StoredLeaveSettings]:
    """The choices of all integrations."""
    rows = await session.execute(sa.select(table(LeaveSettingsRow)).order_by(table(LeaveSettingsRow).c.integration_id))
    return [_read(row) for row in rows]


async def of(session: AsyncSession, integration_ids: Collection[str]) -> dict[str, StoredLeaveSettings]:
    """The choices of these integrations, by id; those where absence was never set up are left out."""
    rows = table(LeaveSettingsRow)
    found = await session.execute(sa.select(rows).where(rows.c.integration_id.in_(integration_ids)))
    return {row.integration_id: _read(row) for row in found}


async def put(
    session: AsyncSession, integration_id: str, settings: Mapping[str, Any], *, expected: int | None = None
) -> StoredLeaveSettings | None:
    """Set the choices. With `expected` only where that is the version that somebody saw (0: none); else None.

    Of other choices nothing has been carried out yet: `synced_basis` is None afterwards.
    """
    now = utc_now()
    rows = table(LeaveSettingsRow)
    values = {"integration_id": integration_id, "settings": dict(settings), "version": 1, "updated_at": now}
    statement = insert(session, rows).values(**values)
    if expected == 0:
        made = statement.on_conflict_do_nothing(index_elements=["integration_id"])
    else:
        made = statement.on_conflict_do_update(
            index_elements=["integration_id"],
            set_={"settings": dict(settings), "version": rows.c.version + 1, "updated_at": now},
            where=rows.c.version == expected if expected is not None else None,
        )
    row = (await session.execute(made.returning(rows))).one_or_none()
    return _read(row) if row is not None else None


async def record_read(session: AsyncSession, integration_id: str, *, extent: str | None, rows_read: int) -> bool:
    """Note what a run has found out; False where absence was never set up. An extent that is not known stays."""
    values: dict[str, Any] = {"last_rows": rows_read}
    if extent is not None:
        values["extent"] = extent
    rows = table(LeaveSettingsRow)
    statement = sa.update(rows).where(rows.c.integration_id == integration_id).values(**values)
    return touched(await session.execute(statement)) > 0


async def record_synced(session: AsyncSession, integration_id: str, *, version: int, basis: int) -> bool:
    """Note that a plan of the choices of this version was shown, agreed to and carried out; False where others hold."""
    rows = table(LeaveSettingsRow)
    same = sa.and_(rows.c.integration_id == integration_id, rows.c.version == version)
    chosen = await session.scalar(sa.select(rows.c.settings).where(same).with_for_update())
    if chosen is None:
        return False
    statement = sa.update(rows).where(same).values(settings={**chosen, _SYNCED: basis})
    return touched(await session.execute(statement)) > 0


def _read(row: sa.Row[Any]) -> StoredLeaveSettings:
    chosen = dict(row.settings)
    return StoredLeaveSettings(
        synced_basis=chosen.pop(_SYNCED, None),
        integration_id=row.integration_id,
        settings=chosen,
        extent=row.extent,
        last_rows=row.last_rows,
        version=row.version,
        updated_at=row.updated_at,
    )
