"""The audit over time: what versions before wrote is taken into the chains, and what is too old is erased from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import audit, audit_chain
from storage.audit_models import AuditRow
from storage.database import Database
from storage.json_codec import Json
from storage.model_base import table
from storage.upsert import CHUNK, touched

ERASED = "audit.erased"

_AT_ONCE = 2_000
"""Entries that are erased in one transaction."""


async def take_in(database: Database) -> int:
    """Give every entry that has none its place in the chain of its workspace; says how many.

    Some hundred in a transaction: after an interruption the next call goes on. Those of a chain whose anchor does not
    open stay as they are.
    """
    async with database.reading() as session:
        unplaced = sa.select(AuditRow.team_id).where(AuditRow.position.is_(None)).distinct()
        team_ids = sorted(await session.scalars(unplaced))
    taken = 0
    for team_id in team_ids:
        part = CHUNK
        while part == CHUNK:
            async with database.session() as session:
                part = await _take_in_some(session, database, team_id)
            taken += part
    return taken


async def _take_in_some(session: AsyncSession, database: Database, team_id: str) -> int:
    held, begun = await audit_chain.hold(session, database.vault, {team_id})
    await audit.write_all(session, audit.begun(begun))
    anchor = held[team_id]
    if anchor is None:
        return 0
    rows = table(AuditRow)
    wanted = sa.select(*rows.c).where(rows.c.team_id == team_id, rows.c.position.is_(None))
    places = []
    for row in (await session.execute(wanted.order_by(rows.c.id).limit(CHUNK))).mappings():
        anchor = anchor.followed_by(dict(row))
        places.append({"entry": row["id"], "place": anchor.position, "link": anchor.digest})
    if places:
        placed: dict[str, Any] = {"position": sa.bindparam("place"), "digest": sa.bindparam("link")}
        await session.execute(sa.update(rows).where(rows.c.id == sa.bindparam("entry")).values(placed), places)
        await audit_chain.move(session, database.vault, {team_id: anchor})
    return len(places)


async def erase_older(database: Database, before: datetime) -> int:
    """Erase the beginnings of the workspaces' chains, up to the first entry that is not from before a time; says how
    many entries.

    Each anchor says up to where, so that what is left is checked as before. The installation's own chain stays whole.
    """
    async with database.reading() as session:
        old = sa.select(AuditRow.team_id).where(AuditRow.at < before, AuditRow.team_id != audit.INSTALLATION)
        team_ids = sorted(await session.scalars(old.distinct()))
    erased = 0
    for team_id in team_ids:
        erased += await _erase_of(database, team_id, before)
    if erased:
        async with database.session() as session:
            new: dict[str, Json] = {"entries": erased, "before": before}
            await audit.write(session, audit.INSTALLATION, audit.SYSTEM, ERASED, new=new, origin=audit.SYSTEM)
    return erased


async def erase_of(database: Database, team_id: str, before: datetime) -> int:
    """The same for one workspace, by the operator; says how many entries."""
    erased = await _erase_of(database, team_id, before)
    async with database.session() as session:
        new: dict[str, Json] = {"entries": erased, "before": before, "workspace": team_id}
        await audit.write(session, audit.INSTALLATION, audit.SYSTEM, ERASED, new=new, origin=audit.SYSTEM)
    return erased


async def _erase_of(database: Database, team_id: str, before: datetime) -> int:
    erased, part = 0, _AT_ONCE
    while part == _AT_ONCE:
        async with database.session() as session:
            part = await _erase_some(session, database, team_id, before)
        erased += part
    return erased


async def _erase_some(session: AsyncSession, database: Database, team_id: str, before: datetime) -> int:
    anchor = (await audit_chain.hold(session, database.vault, {team_id}))[0][team_id]
    if anchor is None:
        return 0
    rows = table(AuditRow)
    own = sa.and_(rows.c.team_id == team_id, rows.c.position > anchor.cut)
    young = await session.scalar(sa.select(sa.func.min(rows.c.position)).where(own, rows.c.at >= before))
    cut = min(anchor.position if young is None else young - 1, anchor.cut + _AT_ONCE)
    digest = await session.scalar(sa.select(rows.c.digest).where(rows.c.team_id == team_id, rows.c.position == cut))
    if cut <= anchor.cut or digest is None:
        return 0
    # The anchor first: the database lets nothing go that it does not speak of.
    await audit_chain.move(session, database.vault, {team_id: replace(anchor, cut=cut, cut_digest=digest)})
    gone = sa.delete(rows).where(rows.c.team_id == team_id, rows.c.position <= cut)
    return touched(await session.execute(gone))
