"""What the bot has to know of its own seals, and no writer of the database may tell it: sealed itself."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import seals
from storage.models import SealStateRow, table
from storage.upsert import insert
from storage.vault import Vault

RENEWED = "renewed"
"""Everything that versions before have sealed, has been sealed for its whole place."""


async def is_renewed(session: AsyncSession, vault: Vault) -> bool:
    """Whether nothing of a version before is left. Raises `WrongOwner`, `Unreadable`."""
    sealed = await session.scalar(sa.select(SealStateRow.sealed).where(SealStateRow.name == RENEWED))
    return sealed is not None and bool(seals.STATE.open(vault, "", {"name": RENEWED}, sealed))


async def note_renewed(session: AsyncSession, vault: Vault) -> bool:
    """Note it; whether this is the first to do so."""
    rows = table(SealStateRow)
    sealed = seals.STATE.seal(vault, "", {"name": RENEWED}, value=True)
    added = insert(session, rows).values(name=RENEWED, sealed=sealed).on_conflict_do_nothing().returning(rows.c.name)
    return (await session.execute(added)).first() is not None
