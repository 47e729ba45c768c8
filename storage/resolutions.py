"""What humans decided about conflicts: the same person, a different one, or leave them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import ResolutionRow, table
from storage.upsert import insert, touched


class ResolutionKind(StrEnum):
    """What to do with a person who looks like one that the target has."""

    SAME = "same"
    DIFFERENT = "different"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResolution:
    """A decision about one person. `target_id` names whom they are (or are not) the same as.

    `others` are more people whom they are not the same as, where several look alike.
    """

    integration_id: str
    source_id: str
    decision: ResolutionKind
    target_id: str | None
    decided_by: str
    decided_at: datetime
    others: tuple[str, ...] = ()


async def put(session: AsyncSession, resolution: StoredResolution) -> None:
    """Remember a decision, in place of an earlier one about the same person."""
    values = {
        "decision": resolution.decision.value,
        "target_id": resolution.target_id,
        "others": list(resolution.others) or None,
        "decided_by": resolution.decided_by,
        "decided_at": resolution.decided_at,
    }
    await session.execute(
        insert(session, table(ResolutionRow))
        .values(integration_id=resolution.integration_id, source_id=resolution.source_id, **values)
        .on_conflict_do_update(index_elements=["integration_id", "source_id"], set_=values)
    )


async def load(session: AsyncSession, integration_id: str) -> dict[str, StoredResolution]:
    """All decisions of an integration, by source id."""
    rows = await session.scalars(sa.select(ResolutionRow).where(ResolutionRow.integration_id == integration_id))
    return {row.source_id: _read(row) for row in rows}


async def get(session: AsyncSession, integration_id: str, source_id: str) -> StoredResolution | None:
    """The decision about one person, if there is one."""
    row = await session.get(ResolutionRow, (integration_id, source_id), populate_existing=True)
    return _read(row) if row else None


async def forget(session: AsyncSession, integration_id: str, source_id: str) -> bool:
    """Take a decision back; False when there was none."""
    statement = sa.delete(table(ResolutionRow)).where(
        ResolutionRow.integration_id == integration_id, ResolutionRow.source_id == source_id
    )
    return touched(await session.execute(statement)) > 0


def _read(row: ResolutionRow) -> StoredResolution:
    return StoredResolution(
        integration_id=row.integration_id,
        source_id=row.source_id,
        decision=ResolutionKind(row.decision),
        target_id=row.target_id,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        others=tuple(row.others or ()),
    )
