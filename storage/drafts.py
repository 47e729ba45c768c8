"""Conversations under way: what an administrator has entered so far, sealed, and gone when it expires.

One person has at most one draft of a kind. Only its id travels through Slack; everybody but its owner finds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import seals
from storage.clock import new_id, utc_now
from storage.errors import StaleVersion, Unreadable
from storage.json_codec import Json
from storage.models import DraftRow, table
from storage.upsert import insert, touched
from storage.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A conversation: what was entered (`data`, with credentials in it) and where it stands (`step`, `view_id`)."""

    id: str
    team_id: str
    user_id: str
    kind: str
    integration_id: str | None
    data: Mapping[str, Any] = field(repr=False)
    view_id: str | None
    step: str
    expires_at: datetime
    updated_at: datetime
    version: int


async def open(  # noqa: A001 - read as `drafts.open`
    session: AsyncSession,
    vault: Vault,
    team_id: str,
    user_id: str,
    kind: str,
    data: Mapping[str, Json],
    ttl: timedelta,
    *,
    integration_id: str | None = None,
    step: str = "",
    view_id: str | None = None,
    now: datetime | None = None,
) -> Draft:
    """Begin a conversation. The person's earlier draft of this kind is dropped: its id finds nothing any more."""
    now = now or utc_now()
    draft_id = new_id()
    bound = {"id": draft_id, "user_id": user_id, "kind": kind, "integration_id": integration_id}
    values = {
        "id": draft_id,
        "integration_id": integration_id,
        "sealed": seals.DRAFT.seal(vault, team_id, bound, data),
        "view_id": view_id,
        "step": step,
        "expires_at": now + ttl,
        "updated_at": now,
        "version": 1,
    }
    await session.execute(
        insert(session, table(DraftRow))
        .values(team_id=team_id, user_id=user_id, kind=kind, **values)
        .on_conflict_do_update(index_elements=["team_id", "user_id", "kind"], set_=values)
    )
    return _read(vault, await _row(session, draft_id))


async def get(
    session: AsyncSession, vault: Vault, draft_id: str, *, team_id: str, user_id: str, now: datetime | None = None
) -> Draft | None:
    """The draft; None when it has expired, was dropped or saved, or belongs to someone else."""
    return await _find(
        session, vault, DraftRow.id == draft_id, DraftRow.team_id == team_id, DraftRow.user_id == user_id, now=now
    )


async def team_of(session: AsyncSession, draft_id: str) -> str | None:
    """The workspace that a draft was begun in; None for one that is not there."""
    return await session.scalar(sa.select(DraftRow.team_id).where(DraftRow.id == draft_id))


async def current(
    session: AsyncSession, vault: Vault, team_id: str, user_id: str, kind: str, *, now: datetime | None = None
) -> Draft | None:
    """The person's draft of this kind, to resume it; None when there is none or it has expired."""
    return await _find(
        session, vault, DraftRow.team_id == team_id, DraftRow.user_id == user_id, DraftRow.kind == kind, now=now
    )


async def under_way(
    session: AsyncSession, vault: Vault, team_id: str, kind: str, *, now: datetime | None = None
) -> Sequence[Draft]:
    """All drafts of a kind in a workspace that have not expired, the latest first; without those that no key opens."""
    wanted = (DraftRow.team_id == team_id, DraftRow.kind == kind, DraftRow.expires_at > (now or utc_now()))
    rows = await session.scalars(sa.select(DraftRow).where(*wanted).order_by(DraftRow.updated_at.desc()))
    found = []
    for row in rows:
        try:
            found.append(_read(vault, row))
        except Unreadable:
            continue
    return found


async def save(
    session: AsyncSession,
    vault: Vault,
    draft: Draft,
    expected_version: int | None = None,
    *,
    ttl: timedelta | None = None,
    now: datetime | None = None,
) -> Draft:
    """Keep the draft's data, step and view, if it is still at `expected_version` (by default its own).

    `ttl` counts the time to its expiry from now on again. Raises `StaleVersion` when it was changed or dropped.
    """
    now = now or utc_now()
    bound = {name: getattr(draft, name) for name in ("id", "user_id", "kind", "integration_id")}
    expected = draft.version if expected_version is None else expected_version
    result = await session.execute(
        sa.update(table(DraftRow))
        .where(DraftRow.id == draft.id, DraftRow.version == expected)
        .values(
            sealed=seals.DRAFT.seal(vault, draft.team_id, bound, draft.data),
            view_id=draft.view_id,
            step=draft.step,
            expires_at=draft.expires_at if ttl is None else now + ttl,
            updated_at=now,
            version=expected + 1,
        )
    )
    if not touched(result):
        raise StaleVersion("draft", draft.id)
    return _read(vault, await _row(session, draft.id))


async def purge(session: AsyncSession, now: datetime) -> int:
    """Erase all drafts that have expired; says how many."""
    return touched(await session.execute(sa.delete(table(DraftRow)).where(DraftRow.expires_at <= now)))


async def _find(
    session: AsyncSession, vault: Vault, *wanted: sa.ColumnElement[bool], now: datetime | None
) -> Draft | None:
    row = await session.scalar(sa.select(DraftRow).where(*wanted, DraftRow.expires_at > (now or utc_now())))
    return _read(vault, row) if row else None


async def _row(session: AsyncSession, draft_id: str) -> DraftRow:
    row = await session.scalar(sa.select(DraftRow).where(DraftRow.id == draft_id))
    if row is None:
        raise StaleVersion("draft", draft_id)
    return row


def _read(vault: Vault, row: DraftRow) -> Draft:
    bound = {"id": row.id, "user_id": row.user_id, "kind": row.kind, "integration_id": row.integration_id}
    return Draft(
        id=row.id,
        team_id=row.team_id,
        user_id=row.user_id,
        kind=row.kind,
        integration_id=row.integration_id,
        data=seals.DRAFT.open(vault, row.team_id, bound, row.sealed),
        view_id=row.view_id,
        step=row.step,
        expires_at=row.expires_at,
        updated_at=row.updated_at,
        version=row.version,
    )
