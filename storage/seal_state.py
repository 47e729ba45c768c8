"""What the bot has to know of its own seals, and no writer of the database may tell it: sealed itself."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import seals
from storage.errors import Unreadable, WrongOwner
from storage.models import SealStateRow, table
from storage.upsert import insert
from storage.vault import Vault

RENEWED = "renewed"
"""Everything that versions before have sealed, has been sealed for its whole place."""


ENGINE_RENEWED = "engine_renewed"
"""The same of what the engine keeps in tables of its own."""


async def is_renewed(session: AsyncSession, vault: Vault, name: str = RENEWED) -> bool:
    """Whether nothing of a version before is left. What somebody else has noted, counts for nothing."""
    sealed = await session.scalar(sa.select(SealStateRow.sealed).where(SealStateRow.name == name))
    if sealed is None:
        return False
    try:
        return bool(seals.STATE.open(vault, "", {"name": name}, sealed.encode()))
    except (WrongOwner, Unreadable):
        return False


async def note_renewed(session: AsyncSession, vault: Vault, name: str = RENEWED) -> None:
    """Note it."""
    sealed = _noted(vault, name)
    statement = insert(session, table(SealStateRow)).values(name=name, sealed=sealed)
    await session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"sealed": sealed}))


def note_new(connection: sa.Connection, vault: Vault) -> None:
    """Note it of a database that was just made, which no version before has ever seen."""
    noted = [{"name": name, "sealed": _noted(vault, name)} for name in (RENEWED, ENGINE_RENEWED)]
    connection.execute(sa.insert(table(SealStateRow)), noted)


def _noted(vault: Vault, name: str) -> str:
    return seals.STATE.seal(vault, "", {"name": name}, value=True).decode()
