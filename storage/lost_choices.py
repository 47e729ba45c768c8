"""After a lost key: what integrations have chosen is sealed anew as it stands, once the operator says so."""

from __future__ import annotations

import sqlalchemy as sa

from storage import audit, choice_seal, kept_plans, leave_settings
from storage.database import Database
from storage.errors import ChoicesAltered
from storage.models import IntegrationRow, table

TAKEN = "integration.choices_taken"
"""In the audit: what was chosen is taken as it stands, whoever wrote it."""


async def take(database: Database) -> int:
    """Seal what no key tells any more; says of how many integrations. What was shown and synced counts no more, so that
    a person sees the next plan before anything is written."""
    rows = table(IntegrationRow)
    async with database.session() as session:
        held = sa.select(rows).where(rows.c.removed_at.is_(None)).order_by(rows.c.id).with_for_update()
        lost = [row for row in (await session.execute(held)).all() if _is_lost(database, row)]
        for row in lost:
            chosen = choice_seal.values_of(row) | {"basis": (row.basis or 0) + 1, "synced_basis": None}
            values = {"basis": chosen["basis"], "synced_basis": None, "version": row.version + 1}
            token = choice_seal.sealed(database.vault, row.team_id, row.id, chosen)
            await session.execute(sa.update(rows).where(rows.c.id == row.id).values(**values, choices=token))
            await kept_plans.erase(session, row.id)
            await audit.write(session, row.team_id, audit.SYSTEM, TAKEN, row.id, origin=audit.SYSTEM)
        leave = await leave_settings.take_lost(session)
    return len({row.id for row in lost} | set(leave))


def _is_lost(database: Database, row: sa.Row[tuple[object, ...]]) -> bool:
    try:
        choice_seal.known(database.vault, row)
    except ChoicesAltered:
        return True
    return False
