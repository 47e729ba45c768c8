"""Who did what, when and from where.

Entries are only ever added: the database itself refuses to change or delete one, but for what is erased by age. Each
stands in the chain of its workspace (`storage.audit_chain`), so that whoever changes it all the same is found out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import audit_chain
from storage.audit_chain import Anchor
from storage.audit_models import AuditRow
from storage.clock import utc_now
from storage.json_codec import Json
from storage.model_base import table
from storage.session_vault import vault_of
from storage.vault import Vault

INSTALLATION = ""
"""In place of a workspace: what concerns all of them, for the operator."""

SYSTEM = "system"
"""The actor, and the origin, of what nobody did."""

BEGUN = "audit.begun"
"""Of the installation: a workspace's chain has begun."""

_NOTED = "audit"
"""Where a session has, in its `info`, what was noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that was done. `old` and `new` are the settings before and after, never a secret.

    `position` and `digest` are its place in the chain; None where a version before wrote it and it waits for one.
    """

    id: int
    team_id: str
    at: datetime
    actor_id: str
    action: str
    integration_id: str | None
    origin: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    position: int | None = field(default=None, compare=False)
    digest: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """One thing that is done, to be noted in the transaction that does it."""

    team_id: str
    actor_id: str
    action: str
    integration_id: str | None = None
    old: Mapping[str, Json] | None = None
    new: Mapping[str, Json] | None = None
    origin: str = "slack"
    at: datetime = field(default_factory=utc_now)


async def write(
    session: AsyncSession,
    team_id: str,
    actor_id: str,
    action: str,
    integration_id: str | None = None,
    old: Mapping[str, Json] | None = None,
    new: Mapping[str, Json] | None = None,
    origin: str = "slack",
) -> None:
    """Note what was done, in the transaction that does it: either both happen or neither."""
    entry = NewEntry(
        team_id=team_id,
        actor_id=actor_id,
        action=action,
        integration_id=integration_id,
        old=old,
        new=new,
        origin=origin,
    )
    await write_all(session, [entry])


async def write_all(session: AsyncSession, entries: Sequence[NewEntry]) -> None:
    """`write` for many things that one transaction does."""
    session.info.setdefault(_NOTED, []).extend(entries)


async def chain(session: AsyncSession, vault: Vault) -> None:
    """Write what was noted, each entry at the end of its workspace's chain. `Database.session` does so as it commits.

    As the last thing: the ends of the chains are held for no longer than the commit takes, after all else is locked.
    """
    noted: list[NewEntry] = session.info.pop(_NOTED, [])
    if not noted:
        return
    anchors, made = await audit_chain.hold(session, vault, {entry.team_id for entry in noted})
    if others := begun(made):
        noted += others
        if INSTALLATION not in anchors:
            anchors |= (await audit_chain.hold(session, vault, {INSTALLATION}))[0]
    rows = [_chained(anchors, entry) for entry in noted]
    await session.execute(sa.insert(table(AuditRow)), rows)
    await audit_chain.move(session, vault, {team: anchor for team, anchor in anchors.items() if anchor is not None})


def begun(made: Sequence[str]) -> list[NewEntry]:
    """What the installation's chain says of workspaces' chains that begin: one that is taken away whole is missed."""
    return [
        NewEntry(team_id=INSTALLATION, actor_id=SYSTEM, action=BEGUN, new={"workspace": team_id}, origin=SYSTEM)
        for team_id in made
        if team_id != INSTALLATION
    ]


def _chained(anchors: dict[str, Anchor | None], entry: NewEntry) -> dict[str, Any]:
    values: dict[str, Any] = {
        "team_id": entry.team_id,
        "at": entry.at,
        "actor_id": entry.actor_id,
        "action": entry.action,
        "integration_id": entry.integration_id,
        "origin": entry.origin,
        "old": None if entry.old is None else dict(entry.old),
        "new": None if entry.new is None else dict(entry.new),
    }
    anchor = anchors[entry.team_id]
    if anchor is None:
        # Somebody has damaged the anchor. Work goes on, and the check tells of both.
        return values | {"position": None, "digest": None}
    anchors[entry.team_id] = anchor = anchor.followed_by(values)
    return values | {"position": anchor.position, "digest": anchor.digest}


async def page(
    session: AsyncSession,
    team_id: str,
    *,
    integration_id: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
    about: Sequence[str] = (),
) -> Sequence[AuditEntry]:
    """Newest entries first, of one integration if given; `before_id` continues after the last one seen.

    `about` are first parts of actions (`run` for `run.sync`): if there are any, entries of others are left out.
    """
    if any(entry.team_id == team_id for entry in session.info.get(_NOTED, ())):
        await chain(session, vault_of(session))
    wanted = [AuditRow.team_id == team_id]
    if integration_id is not None:
        wanted.append(AuditRow.integration_id == integration_id)
    if before_id is not None:
        wanted.append(AuditRow.id < before_id)
    if about:
        wanted.append(sa.or_(*(AuditRow.action.startswith(f"{part}.", autoescape=True) for part in about)))
    rows = await session.scalars(sa.select(AuditRow).where(*wanted).order_by(AuditRow.id.desc()).limit(limit))
    return [_read(row) for row in rows]


def _read(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        team_id=row.team_id,
        at=row.at,
        actor_id=row.actor_id,
        action=row.action,
        integration_id=row.integration_id,
        origin=row.origin,
        old=row.old,
        new=row.new,
        position=row.position,
        digest=row.digest,
    )
