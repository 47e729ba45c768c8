"""What humans decided about conflicts: the same person, a different one, or leave them out.

A decision says into whose record somebody's pay goes. It is sealed with the employee, the person and who decided: one
that was written into the database by other means counts for nothing, and is asked about anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from storage.errors import Unreadable, WrongOwner
from storage.models import IntegrationRow, ResolutionRow, table
from storage.seals import RESOLUTION
from storage.session_vault import vault_of
from storage.upsert import insert, touched
from storage.vault import Vault

log = structlog.get_logger(__name__)


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
    """Remember a decision, in place of an earlier one about the same person. Needs a session of `Database.session`."""
    own = sa.select(table(IntegrationRow).c.team_id).where(table(IntegrationRow).c.id == resolution.integration_id)
    team_id = await session.scalar(own) or ""
    row = RESOLUTION.row(resolution, decision=resolution.decision.value)
    values = {
        "decision": resolution.decision.value,
        "target_id": resolution.target_id,
        "others": list(resolution.others) or None,
        "decided_by": resolution.decided_by,
        "decided_at": resolution.decided_at,
        "sealed": RESOLUTION.seal(vault_of(session), team_id, row, list(resolution.others)),
    }
    await session.execute(
        insert(session, table(ResolutionRow))
        .values(integration_id=resolution.integration_id, source_id=resolution.source_id, **values)
        .on_conflict_do_update(index_elements=["integration_id", "source_id"], set_=values)
    )


async def load(session: AsyncSession, integration_id: str) -> dict[str, StoredResolution]:
    """All decisions of an integration that somebody has taken, by source id. Needs a session of `Database`."""
    rows = await session.execute(_ALL.where(table(ResolutionRow).c.integration_id == integration_id))
    return {row.source_id: _read(row) for row in rows if _is_genuine(vault_of(session), row)}


async def get(session: AsyncSession, integration_id: str, source_id: str) -> StoredResolution | None:
    """The decision about one person, if there is one."""
    columns = table(ResolutionRow).c
    one = _ALL.where(columns.integration_id == integration_id, columns.source_id == source_id)
    row = (await session.execute(one)).one_or_none()
    return _read(row) if row is not None and _is_genuine(vault_of(session), row) else None


async def forget(session: AsyncSession, integration_id: str, source_id: str) -> bool:
    """Take a decision back; False when there was none."""
    statement = sa.delete(table(ResolutionRow)).where(
        ResolutionRow.integration_id == integration_id, ResolutionRow.source_id == source_id
    )
    return touched(await session.execute(statement)) > 0


def adopt(connection: sa.Connection, vault: Vault) -> None:
    """Seal what was decided before decisions were sealed: once, as the tables are brought up to date.

    Whoever could write the database until then could decide; nobody can from then on.
    """
    rows = table(ResolutionRow)
    for row in connection.execute(_ALL.where(rows.c.sealed.is_(None))).all():
        where = rows.c.integration_id == row.integration_id, rows.c.source_id == row.source_id
        sealed = RESOLUTION.seal(vault, row.team, row._mapping, list(row.others or ()))
        connection.execute(sa.update(rows).where(*where).values(sealed=sealed))


_ALL = sa.select(*table(ResolutionRow).c, RESOLUTION.team.label("team"))


def _is_genuine(vault: Vault, row: Any) -> bool:
    try:
        if row.sealed is not None and RESOLUTION.open(vault, row.team, row._mapping, row.sealed) == list(
            row.others or ()
        ):
            return True
    except (WrongOwner, Unreadable):
        pass
    log.error("decision_forged", integration=row.integration_id)
    return False


def _read(row: Any) -> StoredResolution:
    return StoredResolution(
        integration_id=row.integration_id,
        source_id=row.source_id,
        decision=ResolutionKind(row.decision),
        target_id=row.target_id,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        others=tuple(row.others or ()),
    )
