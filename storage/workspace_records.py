"""What is stored of one workspace, row by row and opened; but for what opens a door, and for hashes and proofs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import seals
from storage.errors import Unreadable, WrongOwner
from storage.json_codec import Json
from storage.models import (
    AuditAnchorRow,
    Base,
    ExecutorRow,
    IntegrationRow,
    OAuthStateRow,
    RunRow,
    SealStateRow,
    SlackDeliveryRow,
    table,
)
from storage.person_records import KEYED
from storage.seals import SealedColumn
from storage.upsert import CHUNK
from storage.vault import Vault

WITHHELD = frozenset(
    {
        *(seals.SOURCE, seals.INSTALLATION, seals.CREDENTIALS, seals.DRAFT),
        *(seals.APPROVAL, seals.PLAN_DIGEST, seals.CHOICES, seals.LEAVE_CHOICES, seals.VERDICTS),
    }
)
"""Credentials, tokens, set-ups that may hold some, and the bot's own proofs: that they are there is told, no more."""

HASHES = KEYED | {"content_digest", "digest"}
"""Columns that tell nobody anything; of the audit, `audit export` gives those that prove it."""

INSTALLATIONS_OWN: frozenset[str] = frozenset(
    str(model.__tablename__) for model in (OAuthStateRow, SlackDeliveryRow, SealStateRow, ExecutorRow, AuditAnchorRow)
)
"""Tables in which no workspace has anything to be given: hashes, keys, and processes."""


async def read(session: AsyncSession, vault: Vault, team_id: str) -> AsyncIterator[dict[str, Json]]:
    """Every row of a workspace: `table`, and the columns. It holds private data.

    `withheld` names columns whose value is there and not given, `unreadable` those that no key opens.
    """
    for rows in Base.metadata.sorted_tables:
        if rows.name in INSTALLATIONS_OWN:
            continue
        sealed = [column for column in seals.COLUMNS if column.rows is rows]
        mine = sa.select(rows).where(_of(rows, team_id)).order_by(*rows.primary_key.columns)
        found = await session.stream(mine.execution_options(yield_per=CHUNK))
        async for row in found.mappings():
            yield _told(vault, team_id, rows.name, sealed, row)


def _of(rows: sa.Table, team_id: str) -> sa.ColumnElement[bool]:
    """That a row is the workspace's: by its own word, by its run's, or by its integration's."""
    if "team_id" in rows.c:
        return rows.c.team_id == team_id
    runs, integrations = table(RunRow).c, table(IntegrationRow).c
    if "run_id" in rows.c:
        return rows.c.run_id.in_(sa.select(runs.id).where(runs.team_id == team_id))
    return rows.c.integration_id.in_(sa.select(integrations.id).where(integrations.team_id == team_id))


def _told(vault: Vault, team_id: str, name: str, sealed: Sequence[SealedColumn], row: Any) -> dict[str, Json]:
    told: dict[str, Json] = {"table": name}
    told |= {key: value for key, value in row.items() if key not in HASHES and not isinstance(value, bytes)}
    there = [column for column in sealed if row[column.name] is not None]
    unreadable = []
    for column in there:
        if column in WITHHELD:
            continue
        try:
            told[column.name] = column.open(vault, team_id, row, row[column.name])
        except (Unreadable, WrongOwner):
            unreadable.append(column.name)
    if withheld := [column.name for column in there if column in WITHHELD]:
        told["withheld"] = withheld
    if unreadable:
        told["unreadable"] = unreadable
    return told
