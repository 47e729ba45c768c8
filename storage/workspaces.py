"""Slack teams: their settings, and the source's credentials, entered once and used by all their integrations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import kept_plans, seals
from storage.clock import utc_now
from storage.errors import NotFound, Unreadable, WrongOwner
from storage.json_codec import Json
from storage.models import WorkspaceRow, table
from storage.upsert import insert, touched
from storage.vault import Vault

BASIS = ("thresholds", "drift")
"""The settings that plans of its integrations are made with."""

MANAGERS = "managers"
"""The setting that has the Slack user ids of those whom an admin lets manage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A Slack team. `settings` holds managers, language, thresholds of the guard and the like, never a secret.

    `enterprise_id` is the organisation that the team belongs to, as far as that is known.
    """

    team_id: str
    name: str
    enterprise_id: str | None
    settings: Mapping[str, Any]
    source_connected: bool
    source_account_id: str | None
    source_account_name: str | None
    created_at: datetime
    updated_at: datetime


async def ensure(session: AsyncSession, team_id: str, name: str = "", enterprise_id: str | None = None) -> Workspace:
    """The workspace, made if it is new. A name or an enterprise that is given replaces the one that is known."""
    now = utc_now()
    given = {key: value for key, value in (("name", name), ("enterprise_id", enterprise_id)) if value}
    statement = insert(session, table(WorkspaceRow)).values(
        team_id=team_id, name=name, enterprise_id=enterprise_id, settings={}, created_at=now, updated_at=now
    )
    if given:
        columns = table(WorkspaceRow).c
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["team_id"],
                set_={**given, "updated_at": now},
                where=sa.or_(*(columns[key].is_distinct_from(value) for key, value in given.items())),
            )
        )
    else:
        await session.execute(statement.on_conflict_do_nothing())
    return _read(await _row(session, team_id))


async def lock_for_update(session: AsyncSession, team_id: str) -> None:
    """Have the workspace alone until the session ends: whoever counts what it has counts nothing that is being made."""
    await session.execute(sa.select(WorkspaceRow.team_id).where(WorkspaceRow.team_id == team_id).with_for_update())


async def get(session: AsyncSession, team_id: str) -> Workspace | None:
    """The workspace, or None if the team is unknown."""
    row = await session.get(WorkspaceRow, team_id)
    return _read(row) if row else None


async def of_enterprise(session: AsyncSession, enterprise_id: str) -> Sequence[Workspace]:
    """The workspaces that are known to belong to an organisation."""
    rows = await session.scalars(sa.select(WorkspaceRow).where(WorkspaceRow.enterprise_id == enterprise_id))
    return [_read(row) for row in rows]


async def set_settings(session: AsyncSession, team_id: str, patch: Mapping[str, Json]) -> Workspace:
    """Merge settings by their top-level keys; None removes a key. Raises `NotFound`."""
    row = await _row(session, team_id, lock=True)
    merged = {key: value for key, value in {**row.settings, **patch}.items() if value is not None}
    if any(row.settings.get(key) != merged.get(key) for key in BASIS):
        await kept_plans.change_basis(session, team_id)
    return await _update(session, team_id, settings=merged)


async def managers(session: AsyncSession, team_id: str) -> tuple[str, ...]:
    """The Slack user ids of those whom an admin lets manage, in the order in which they were chosen."""
    settings = await session.scalar(sa.select(WorkspaceRow.settings).where(WorkspaceRow.team_id == team_id))
    return tuple((settings or {}).get(MANAGERS, ()))


async def change_managers(
    session: AsyncSession, team_id: str, added: Collection[str], removed: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Let these people manage, and those no longer; gives all who may before and after. Raises `NotFound`.

    What somebody else has added or removed in the meantime stays.
    """
    row = await _row(session, team_id, lock=True)
    before: tuple[str, ...] = tuple(row.settings.get(MANAGERS, ()))
    after = tuple(dict.fromkeys(user for user in (*before, *added) if user not in removed))
    await set_settings(session, team_id, {MANAGERS: list(after) or None})
    return before, after


async def set_source(
    session: AsyncSession,
    vault: Vault,
    team_id: str,
    credentials: Mapping[str, str],
    account_id: str,
    account_name: str,
) -> Workspace:
    """Keep proven credentials for the source and the account they lead to. Raises `NotFound`.

    Where they are others than before, what the integrations have shown and synced counts no more.
    """
    if await _differ(session, vault, team_id, credentials, account_id):
        await kept_plans.change_basis(session, team_id)
    return await _update(
        session,
        team_id,
        source_credentials=seals.SOURCE.seal(vault, team_id, {"team_id": team_id}, credentials),
        source_account_id=account_id,
        source_account_name=account_name,
    )


async def source_credentials(session: AsyncSession, vault: Vault, team_id: str) -> dict[str, str] | None:
    """The source's credentials, or None if there are none. Raises `WrongOwner`, `Unreadable`."""
    sealed = await session.scalar(sa.select(WorkspaceRow.source_credentials).where(WorkspaceRow.team_id == team_id))
    return None if sealed is None else dict(seals.SOURCE.open(vault, team_id, {"team_id": team_id}, sealed))


async def forget_source(session: AsyncSession, team_id: str) -> Workspace:
    """Erase the source's credentials; the account's name stays, for what is shown. Raises `NotFound`."""
    return await _update(session, team_id, source_credentials=None)


async def _differ(
    session: AsyncSession, vault: Vault, team_id: str, credentials: Mapping[str, str], account_id: str
) -> bool:
    row = await _row(session, team_id, lock=True)
    if row.source_credentials is None or row.source_account_id != account_id:
        return True
    try:
        known = seals.SOURCE.open(vault, team_id, {"team_id": team_id}, row.source_credentials)
        return bool(known != dict(credentials))
    except (Unreadable, WrongOwner):
        return True


async def _update(session: AsyncSession, team_id: str, **values: Any) -> Workspace:
    result = await session.execute(
        sa.update(table(WorkspaceRow)).where(WorkspaceRow.team_id == team_id).values(**values, updated_at=utc_now())
    )
    if not touched(result):
        raise NotFound("workspace", team_id)
    return _read(await _row(session, team_id))


async def _row(session: AsyncSession, team_id: str, *, lock: bool = False) -> WorkspaceRow:
    statement = sa.select(WorkspaceRow).where(WorkspaceRow.team_id == team_id)
    row = await session.scalar(statement.with_for_update() if lock else statement)
    if row is None:
        raise NotFound("workspace", team_id)
    return row


def _read(row: WorkspaceRow) -> Workspace:
    return Workspace(
        team_id=row.team_id,
        name=row.name,
        enterprise_id=row.enterprise_id,
        settings=dict(row.settings),
        source_connected=row.source_credentials is not None,
        source_account_id=row.source_account_id,
        source_account_name=row.source_account_name,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
