"""What an integration has chosen for absence, and what its runs have found out about the source.

What is chosen says which codes reach payroll. It lies in clear beside a sealed copy, which is what everybody is given;
a run of absence that finds the two to differ ends before it plans or writes (`require`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from storage import choice_seal, json_codec
from storage.clock import utc_now
from storage.errors import ChoicesAltered, Unreadable, WrongOwner
from storage.models import IntegrationRow, LeaveSettingsRow, table
from storage.seals import LEAVE_CHOICES
from storage.session_vault import vault_of
from storage.upsert import insert, touched
from storage.vault import Vault

log = structlog.get_logger(__name__)

PART = "absence"
"""What `ChoicesAltered` calls it."""

_SYNCED = "synced_basis"
"""Beside the choices, so that whoever changes them takes it away with the same statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLeaveSettings:
    """`settings` is the JSON form of `bot.domain.leave_settings.LeaveSettings`. `extent` is how the source writes a
    whole day, as far as it is known; `last_rows` are the rows that the last run read; `version` grows with a change.
    `synced_basis` is the integration's basis with which a plan of these very choices was shown and carried out.
    `is_altered` where the row says something else than what was chosen through the bot, `is_lost` where nothing tells
    what that was."""

    integration_id: str
    settings: Mapping[str, Any]
    extent: str | None = None
    last_rows: int | None = None
    version: int = 1
    updated_at: datetime | None = None
    synced_basis: int | None = None
    is_altered: bool = False
    is_lost: bool = False


async def get(session: AsyncSession, integration_id: str) -> StoredLeaveSettings | None:
    """An integration's choices; None where absence was never set up."""
    rows = await session.execute(_ALL.where(table(LeaveSettingsRow).c.integration_id == integration_id))
    row = rows.one_or_none()
    return _read(vault_of(session), row) if row is not None else None


def require(stored: StoredLeaveSettings | None) -> None:
    """Raises `ChoicesAltered` where what is chosen is not what was chosen through the bot."""
    if stored is not None and (stored.is_altered or stored.is_lost):
        raise ChoicesAltered(stored.integration_id, (PART,), lost=stored.is_lost)


async def put_back(session: AsyncSession, integration_id: str) -> bool:
    """Have the row say again what was chosen through the bot; False where it does. Raises `ChoicesAltered`."""
    stored = await get(session, integration_id)
    if stored is None or not (stored.is_altered or stored.is_lost):
        return False
    if stored.is_lost:
        require(stored)
    await put(session, integration_id, stored.settings)
    return True


async def take_lost(session: AsyncSession) -> Sequence[str]:
    """Seal what no key tells any more as it stands; gives the integrations. Nothing of it has been synced then."""
    lost = [one for one in await everyone(session) if one.is_lost]
    for one in lost:
        await _keep(session, one.integration_id, one.settings)
    return [one.integration_id for one in lost]


async def everyone(session: AsyncSession) -> Sequence[StoredLeaveSettings]:
    """The choices of all integrations."""
    rows = await session.execute(_ALL.order_by(table(LeaveSettingsRow).c.integration_id))
    return [_read(vault_of(session), row) for row in rows]


async def of(session: AsyncSession, integration_ids: Collection[str]) -> dict[str, StoredLeaveSettings]:
    """The choices of these integrations, by id; those where absence was never set up are left out."""
    found = await session.execute(_ALL.where(table(LeaveSettingsRow).c.integration_id.in_(integration_ids)))
    return {row.integration_id: _read(vault_of(session), row) for row in found}


async def put(
    session: AsyncSession, integration_id: str, settings: Mapping[str, Any], *, expected: int | None = None
) -> StoredLeaveSettings | None:
    """Set the choices. With `expected` only where that is the version that somebody saw (0: none); else None.

    Of other choices nothing has been carried out yet: `synced_basis` is None afterwards. Raises `ChoicesAltered` in
    place of choices of which nothing tells what they were.
    """
    before = await get(session, integration_id)
    if before is not None and before.is_lost:
        require(before)
    return await _keep(session, integration_id, settings, expected)


async def _keep(
    session: AsyncSession, integration_id: str, settings: Mapping[str, Any], expected: int | None = None
) -> StoredLeaveSettings | None:
    now = utc_now()
    rows = table(LeaveSettingsRow)
    own = sa.select(table(IntegrationRow).c.team_id).where(table(IntegrationRow).c.id == integration_id)
    sealed = _sealed(vault_of(session), await session.scalar(own) or "", integration_id, settings)
    chosen: dict[str, Any] = {"settings": dict(settings), "choices": sealed, "updated_at": now}
    statement = insert(session, rows).values(integration_id=integration_id, version=1, **chosen)
    if expected == 0:
        made = statement.on_conflict_do_nothing(index_elements=["integration_id"])
    else:
        made = statement.on_conflict_do_update(
            index_elements=["integration_id"],
            set_={**chosen, "version": rows.c.version + 1},
            where=rows.c.version == expected if expected is not None else None,
        )
    if (await session.execute(made.returning(rows.c.version))).one_or_none() is None:
        return None
    return await get(session, integration_id)


async def record_read(session: AsyncSession, integration_id: str, *, extent: str | None, rows_read: int) -> bool:
    """Note what a run has found out; False where absence was never set up. An extent that is not known stays."""
    values: dict[str, Any] = {"last_rows": rows_read}
    if extent is not None:
        values["extent"] = extent
    rows = table(LeaveSettingsRow)
    statement = sa.update(rows).where(rows.c.integration_id == integration_id).values(**values)
    return touched(await session.execute(statement)) > 0


async def record_synced(session: AsyncSession, integration_id: str, *, version: int, basis: int) -> bool:
    """Note that a plan of the choices of this version was shown, agreed to and carried out; False where others hold."""
    rows = table(LeaveSettingsRow)
    same = sa.and_(rows.c.integration_id == integration_id, rows.c.version == version)
    row = (await session.execute(_ALL.where(same).with_for_update(of=rows))).one_or_none()
    if row is None:
        return False
    vault = vault_of(session)
    stored = _read(vault, row)
    if stored.is_altered or stored.is_lost:
        return False
    chosen = {**stored.settings, _SYNCED: basis}
    sealed = _sealed(vault, row.team, integration_id, chosen)
    return touched(await session.execute(sa.update(rows).where(same).values(settings=chosen, choices=sealed))) > 0


def adopt(connection: sa.Connection, vault: Vault) -> None:
    """Seal what was chosen before choices were sealed: once, as the tables are brought up to date."""
    rows = table(LeaveSettingsRow)
    for row in connection.execute(_ALL).all():
        sealed = _sealed(vault, row.team, row.integration_id, row.settings)
        connection.execute(sa.update(rows).where(rows.c.integration_id == row.integration_id).values(choices=sealed))


_ALL: sa.Select[Any] = sa.select(*table(LeaveSettingsRow).c, LEAVE_CHOICES.team.label("team"))


def _sealed(vault: Vault, team_id: str, integration_id: str, settings: Mapping[str, Any]) -> bytes:
    return LEAVE_CHOICES.seal(vault, team_id, {"integration_id": integration_id}, choice_seal.as_text(dict(settings)))


def _read(vault: Vault, row: sa.Row[Any]) -> StoredLeaveSettings:
    lost, told = row.choices is None, ""
    if row.choices is not None:
        try:
            told = LEAVE_CHOICES.open(vault, row.team, row._mapping, row.choices)
        except (WrongOwner, Unreadable):
            lost = True
    altered = not lost and told != choice_seal.as_text(dict(row.settings))
    if altered or lost:
        log.error("absence_choices_altered", integration=row.integration_id)
    # Where it is lost, nothing is taken to have been synced: whoever looks through it may have it taken as it stands.
    chosen = {**row.settings, _SYNCED: None} if lost else dict(json_codec.loads(told))
    return StoredLeaveSettings(
        synced_basis=chosen.pop(_SYNCED, None),
        is_altered=altered,
        is_lost=lost,
        integration_id=row.integration_id,
        settings=chosen,
        extent=row.extent,
        last_rows=row.last_rows,
        version=row.version,
        updated_at=row.updated_at,
    )
