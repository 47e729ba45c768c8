"""Credentials of an integration that the other system replaces by itself: refresh tokens that are good once.

What is held is swapped for what came of it by comparing the sealed bytes: of several who read the same, one swaps. That
is no change that a person makes, so neither version nor basis grows, and plans that were shown stay good. Nothing is
audited either: nobody has done a deed, and it happens every hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from storage import seals
from storage.errors import NotFound
from storage.models import IntegrationRow, table
from storage.upsert import touched
from storage.vault import Vault

DatabaseAway = SQLAlchemyError
"""What any call raises while the database cannot be read or written to."""


@dataclass(frozen=True, slots=True)
class HeldCredentials:
    """Credentials as they stand, and the sealed bytes that tell whether they still do."""

    team_id: str
    values: Mapping[str, str] = field(repr=False)
    sealed: bytes = field(repr=False)


async def held(session: AsyncSession, vault: Vault, integration_id: str) -> HeldCredentials:
    """What is kept now. Raises `NotFound` where there is none any more, `WrongOwner`, `Unreadable`."""
    rows = table(IntegrationRow).c
    wanted = sa.select(rows.id, rows.team_id, rows.credentials).where(rows.id == integration_id)
    row = (await session.execute(wanted)).one_or_none()
    if row is None or row.credentials is None:
        raise NotFound("integration with credentials", integration_id)
    opened = seals.CREDENTIALS.open(vault, row.team_id, row._mapping, row.credentials)
    return HeldCredentials(row.team_id, dict(opened), row.credentials)


async def swap(
    session: AsyncSession, vault: Vault, integration_id: str, before: HeldCredentials, values: Mapping[str, str]
) -> HeldCredentials | None:
    """Keep other values in the place of exactly those that were held; None where these are not there any more."""
    sealed = seals.CREDENTIALS.seal(vault, before.team_id, {"id": integration_id}, dict(values))
    rows = table(IntegrationRow)
    result = await session.execute(
        sa.update(rows)
        .where(rows.c.id == integration_id, rows.c.removed_at.is_(None), rows.c.credentials == before.sealed)
        .values(credentials=sealed)
    )
    return HeldCredentials(before.team_id, dict(values), sealed) if touched(result) else None
