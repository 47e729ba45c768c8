"""What no key opens: after a key was lost, this is what is gone and who has to enter it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from storage import seals
from storage.database import Database
from storage.errors import Unreadable, WrongOwner
from storage.models import IntegrationRow, table
from storage.seals import COLUMNS, SealedColumn
from storage.upsert import CHUNK

ENTERED = (seals.INSTALLATION, seals.SOURCE, seals.CREDENTIALS)
"""The columns whose values somebody has entered; the bot makes all others."""


@dataclass(frozen=True, slots=True)
class LostSeal:
    """A value that somebody has to enter again. `name` and `provider` are those of an integration, else ""."""

    column: SealedColumn
    team_id: str
    name: str = ""
    provider: str = ""


@dataclass(frozen=True, slots=True)
class SealCheck:
    """`entered` is to be entered again; `made` counts by table what the bot has made and cannot read; `read` what
    opened."""

    entered: Sequence[LostSeal]
    made: dict[str, int]
    read: int


async def check(database: Database, columns: Sequence[SealedColumn] = COLUMNS) -> SealCheck:
    """Try every sealed value with the keys that there are; changes nothing. Reads some hundred at a time."""
    entered: list[LostSeal] = []
    made: Counter[str] = Counter()
    read = 0
    for column in columns:
        after: tuple[object, ...] | None = None
        while True:
            rows = await _page(database, column, after)
            for row in rows:
                if _opens(database, column, row):
                    read += 1
                elif column in ENTERED:
                    entered.append(await _lost(database, column, row))
                else:
                    made[column.rows.name] += 1
            if len(rows) < CHUNK:
                break
            after = tuple(rows[-1][: len(column.key)])
    return SealCheck(entered, dict(made), read)


async def _page(database: Database, column: SealedColumn, after: tuple[object, ...] | None) -> Sequence[Any]:
    rows = column.rows
    key = [rows.c[part] for part in column.key]
    wanted = (*key, *(rows.c[part] for part in column.bound), rows.c[column.name].label("token"))
    statement = sa.select(*wanted, column.team.label("team"))
    statement = statement.where(rows.c[column.name].is_not(None)).order_by(*key).limit(CHUNK)
    if after is not None:
        statement = statement.where(sa.tuple_(*key) > sa.tuple_(*after))
    async with database.reading() as session:
        found: Sequence[Any] = (await session.execute(statement)).all()
    return found


def _opens(database: Database, column: SealedColumn, row: Any) -> bool:
    try:
        column.open(database.vault, row.team, row._mapping, row.token)
    except WrongOwner:
        return True  # a key opens it; that it stands in the wrong place is told elsewhere
    except Unreadable:
        return False
    return True


async def _lost(database: Database, column: SealedColumn, row: Any) -> LostSeal:
    if column is not seals.CREDENTIALS:
        return LostSeal(column, row.team)
    columns = table(IntegrationRow).c
    async with database.reading() as session:
        found = (
            await session.execute(sa.select(columns.name, columns.provider).where(columns.id == row._mapping["id"]))
        ).one()
    return LostSeal(column, row.team, found.name, found.provider)
