"""What comparisons have said of people, kept a page at a time: a cache, which may be erased whole at any time.

Pages are erased whole for whatever is to be forgotten of one person in them (`erase`). One that does not open is left
out: everybody in it is compared.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from storage import seals
from storage.clock import utc_now
from storage.errors import Unreadable, WrongOwner
from storage.models import IntegrationRow, VerdictRow, table
from storage.session_vault import vault_of
from storage.upsert import chunked, insert

log = structlog.get_logger(__name__)


async def around(session: AsyncSession, integration_id: str, first: str, last: str) -> dict[str, str]:
    """The pages that may have people from one source id to another, by the first id of each."""
    rows = table(VerdictRow)
    mine = rows.c.integration_id == integration_id
    before = sa.select(sa.func.max(rows.c.first_id)).where(mine, rows.c.first_id <= first).scalar_subquery()
    wanted = sa.select(rows.c.integration_id, rows.c.first_id, rows.c.sealed, seals.VERDICTS.team.label("team"))
    within = sa.and_(rows.c.first_id > first, rows.c.first_id <= last)
    found = await session.execute(wanted.where(mine, sa.or_(rows.c.first_id == before, within)))
    pages: dict[str, str] = {}
    for row in found:
        try:
            content = seals.VERDICTS.open(vault_of(session), row.team, row._mapping, row.sealed)
        except (Unreadable, WrongOwner) as error:
            log.warning("verdicts_unreadable", integration=integration_id, error=type(error).__name__)
            continue
        pages[row.first_id] = str(content)
    return pages


async def put(session: AsyncSession, integration_id: str, first: str, content: str) -> None:
    """Keep a page, in place of one with the same first id. Needs a session of `Database.session`."""
    own = table(IntegrationRow).c
    team_id = await session.scalar(sa.select(own.team_id).where(own.id == integration_id)) or ""
    row = {"integration_id": integration_id, "first_id": first}
    values = {"sealed": seals.VERDICTS.seal(vault_of(session), team_id, row, content), "made_at": utc_now()}
    await session.execute(
        insert(session, table(VerdictRow))
        .values(**row, **values)
        .on_conflict_do_update(index_elements=["integration_id", "first_id"], set_=values)
    )


async def keep_only(session: AsyncSession, integration_id: str, firsts: Collection[str]) -> None:
    """Erase all pages but these."""
    columns = table(VerdictRow).c
    there = await session.scalars(sa.select(columns.first_id).where(columns.integration_id == integration_id))
    for gone in chunked(sorted(set(there) - set(firsts))):
        await session.execute(
            sa.delete(table(VerdictRow)).where(columns.integration_id == integration_id, columns.first_id.in_(gone))
        )


async def erase(session: AsyncSession, integration_id: str) -> None:
    """Erase all pages of an integration."""
    await session.execute(sa.delete(table(VerdictRow)).where(VerdictRow.integration_id == integration_id))
