"""What an outside system said of a run that failed: sealed, and erased with the words of whoever refused one."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import RunRow, table
from storage.vault import Vault, run_owner

_IN_CLEAR = ('%"verbatim":"%', '%"verbatim": "%')
"""How versions before kept such words, within `runs.reason`."""


async def keep(session: AsyncSession, vault: Vault, run_id: str, words: str) -> None:
    """Keep the words."""
    rows = table(RunRow)
    sealed = vault.seal(run_owner(run_id), words)
    await session.execute(sa.update(rows).where(rows.c.id == run_id).values(words=sealed))


async def get(session: AsyncSession, vault: Vault, run_id: str) -> str | None:
    """The words, if there are any. Raises `WrongOwner`, `Unreadable`."""
    sealed = await session.scalar(sa.select(RunRow.words).where(RunRow.id == run_id))
    return None if sealed is None else str(vault.open(run_owner(run_id), sealed))


async def erase(session: AsyncSession, before: datetime, *, of: sa.Select[str] | None = None) -> None:
    """Erase the words of runs that ended before a time, those that a version before kept in clear as well; `of` selects
    the ids of the integrations concerned, None for all."""
    rows = table(RunRow)
    old = rows.c.finished_at < before
    if of is not None:
        old = sa.and_(old, rows.c.integration_id.in_(of))
    await session.execute(sa.update(rows).where(old, rows.c.words.is_not(None)).values(words=None))
    reason = sa.cast(rows.c.reason, sa.Text)
    in_clear = sa.select(rows.c.id, rows.c.reason).where(old, sa.or_(*(reason.like(form) for form in _IN_CLEAR)))
    for run_id, kept in (await session.execute(in_clear)).all():
        without = {**kept, "verbatim": None}
        await session.execute(sa.update(rows).where(rows.c.id == run_id).values(reason=without))
