"""Putting everything that is sealed under the vault's first key, so that older keys can be dropped afterwards."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import Database
from storage.models import (
    Base,
    DraftRow,
    InstallationRow,
    IntegrationRow,
    OutcomeRow,
    PlanChangeRow,
    PlanDifferenceRow,
    PlanRow,
    RunRow,
    WorkspaceRow,
    table,
)
from storage.upsert import CHUNK

SEALED: tuple[tuple[type[Base], str], ...] = (
    (WorkspaceRow, "source_credentials"),
    (InstallationRow, "sealed"),
    (IntegrationRow, "credentials"),
    (DraftRow, "sealed"),
    (RunRow, "refusal"),
    (RunRow, "words"),
    (PlanRow, "sealed"),
    (PlanChangeRow, "sealed"),
    (PlanDifferenceRow, "sealed"),
    (OutcomeRow, "sealed"),
)
"""Every column that holds a sealed value."""


async def rotate(database: Database) -> dict[str, int]:
    """Re-encrypt every sealed value that is not under the first key yet; says how many per table.

    The bot may run meanwhile, and the command may be repeated after an interruption. Replicas must know the new key
    before. Raises `Unreadable` when a value fits no key; what was done until then stays done.
    """
    done: dict[str, int] = {}
    for model, column in SEALED:
        rows = table(model)
        done.setdefault(rows.name, 0)
        after: tuple[object, ...] | None = None
        while True:
            async with database.session() as session:
                after, changed = await _rotate_chunk(session, database, rows, column, after)
            done[rows.name] += changed
            if after is None:
                break
    return done


async def _rotate_chunk(
    session: AsyncSession, database: Database, rows: sa.Table, column: str, after: tuple[object, ...] | None
) -> tuple[tuple[object, ...] | None, int]:
    key = list(rows.primary_key.columns)
    statement = sa.select(*key, rows.c[column]).where(rows.c[column].is_not(None)).order_by(*key).limit(CHUNK)
    if after is not None:
        statement = statement.where(sa.tuple_(*key) > sa.tuple_(*after))
    # Locked, so that nobody's newer value is overwritten with the older one.
    found = (await session.execute(statement.with_for_update())).all()
    changed = [
        {f"key_{place}": value for place, value in enumerate(row[:-1])} | {"token": token}
        for row in found
        if (token := database.vault.rotate(row[-1])) != row[-1]
    ]
    if changed:
        matches = [part == sa.bindparam(f"key_{place}") for place, part in enumerate(key)]
        await session.execute(sa.update(rows).where(*matches).values({column: sa.bindparam("token")}), changed)
    return (tuple(found[-1][:-1]) if found else None), len(changed)
