"""What an outside system said of a run that failed: sealed, and erased with the words of whoever refused one."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import seals
from storage.models import RunRow, table
from storage.vault import Vault

_IN_CLEAR = ('%"verbatim":"%', '%"verbatim": "%')
"""How versions before kept such words, within `runs.reason`."""


async def keep(session: AsyncSession, vault: Vault, run_id: str, words: str) -> None:
    """Keep the words."""
    rows = table(RunRow)
    team_id = await seals.team_of_run(session, run_id)
    sealed = seals.WORDS.seal(vault, team_id, {"id": run_id}, words)
    await session.execute(sa.update(rows).where(rows.c.id == run_id).values(words=sealed))


async def get(session: AsyncSession, vault: Vault, run_id: str) -> str | None:
    """The words, if there are any. Raises `WrongOwner`, `Unreadable`."""
    rows = table(RunRow).c
    found = (await session.execute(sa.select(rows.id, rows.team_id, rows.words).where(rows.id == run_id))).one_or_none()
    if found is None or found.words is None:
        return None
    return str(seals.WORDS.open(vault, found.team_id, found._mapping, found.words))


async def are_kept(session: AsyncSession, run_id: str) -> bool:
    """Whether there are any."""
    rows = table(RunRow).c
    kept = sa.select(rows.id).where(rows.id == run_id, rows.words.is_not(None))
    return await session.scalar(kept) is not None


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
