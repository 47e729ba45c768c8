"""Sealing anew: under the vault's first key, so that older keys can be dropped; and what versions before have sealed.

Both go through every sealed value, some hundred in a transaction. The bot may run meanwhile, and either may be repeated
after an interruption: what is as it should be is left alone.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import seal_state
from storage.database import Database
from storage.errors import Misplaced, WrongOwner
from storage.models import Base
from storage.seals import COLUMNS, SealedColumn
from storage.upsert import CHUNK

SEALED: tuple[tuple[type[Base], str], ...] = tuple((column.model, column.name) for column in COLUMNS)
"""Every column that holds a sealed value."""


async def rotate(database: Database) -> dict[str, int]:
    """Re-encrypt every sealed value that is not under the first key yet; says how many per table.

    Replicas must know the new key before. Raises `Unreadable` when a value fits no key; what was done until then stays
    done. Raises `Misplaced` at the end when values are in places that they were not sealed for; all others are done.
    """
    async with database.session() as session:
        for name in (seal_state.RENEWED, seal_state.ENGINE_RENEWED):
            if await seal_state.is_renewed(session, database.vault, name):
                await seal_state.note_renewed(session, database.vault, name)
    return await _all(database, rotate_keys=True)


async def renew_former(database: Database) -> dict[str, int]:
    """Seal for its whole place what versions before have sealed for less; says how many per table.

    Keys stay as they are. Raises as `rotate`.
    """
    return await _all(database, rotate_keys=False)


async def _all(database: Database, *, rotate_keys: bool) -> dict[str, int]:
    done: dict[str, int] = {}
    misplaced: list[str] = []
    for column in COLUMNS:
        done.setdefault(column.rows.name, 0)
        after: tuple[object, ...] | None = None
        while True:
            async with database.session() as session:
                chunk = _Chunk(session, database, column, misplaced, rotate_keys=rotate_keys)
                after, changed = await chunk.renew(after)
            done[column.rows.name] += changed
            if after is None:
                break
    if misplaced:
        raise Misplaced(misplaced, sum(done.values()))
    return done


class _Chunk:
    """Some rows of a column, in one transaction."""

    def __init__(
        self,
        session: AsyncSession,
        database: Database,
        column: SealedColumn,
        misplaced: list[str],
        *,
        rotate_keys: bool,
    ) -> None:
        self._session = session
        self._vault = database.vault
        self._column = column
        self._misplaced = misplaced
        self._rotate_keys = rotate_keys

    async def renew(self, after: tuple[object, ...] | None) -> tuple[tuple[object, ...] | None, int]:
        """Those that follow a key; gives the last one's, None where there are no more, and how many were changed."""
        rows, name = self._column.rows, self._column.name
        key = [rows.c[part] for part in self._column.key]
        wanted = (*key, *(rows.c[part] for part in self._column.bound), rows.c[name].label("token"))
        statement = sa.select(*wanted, self._column.team.label("team"))
        statement = statement.where(rows.c[name].is_not(None)).order_by(*key).limit(CHUNK)
        if after is not None:
            statement = statement.where(sa.tuple_(*key) > sa.tuple_(*after))
        # Locked, so that nobody's newer value is overwritten with the older one.
        found = (await self._session.execute(statement.with_for_update(of=rows))).all()
        changed = [
            {f"key_{place}": row[place] for place in range(len(key))} | {"token": token}
            for row in found
            if (token := self._renewed(row)) != row.token
        ]
        if changed:
            matches = [part == sa.bindparam(f"key_{place}") for place, part in enumerate(key)]
            await self._session.execute(sa.update(rows).where(*matches).values({name: sa.bindparam("token")}), changed)
        return (tuple(found[-1][: len(key)]) if found else None), len(changed)

    def _renewed(self, row: Any) -> bytes:
        token: bytes = row.token
        try:
            return self._column.renew(self._vault, row.team, row._mapping, token, rotate=self._rotate_keys)
        except WrongOwner as error:
            self._misplaced.append(str(error))
            return token
