"""What a whole plan says, as one digest: made while it is stored, sealed beside its header, and compared before it is
carried out. Changes are bound to their places one by one; this shows that all of them are there, and of this plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import json_codec, seals
from storage.errors import PlanAltered
from storage.models import PlanChangeRow, PlanRow, table
from storage.upsert import CHUNK
from storage.vault import Vault


class PlanDigest:
    """Takes changes in the plan's order, and then the header."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._size = 0

    def add(self, person_key: str, kind: str, change: Any) -> None:
        """The next change."""
        self._put([self._size, person_key, kind, change])
        self._size += 1

    def counted(self, changes: Iterable[tuple[str, str, Any]]) -> Iterator[tuple[str, str, Any]]:
        """The changes, each added as it passes."""
        for change in changes:
            self.add(*change)
            yield change

    def of(self, header: Any) -> str:
        """The digest of all that was added, under this header: 64 hexadecimal digits."""
        whole = self._hash.copy()
        whole.update(_bytes([self._size, header]))
        return whole.hexdigest()

    def _put(self, value: Any) -> None:
        self._hash.update(_bytes(value))


async def stored(session: AsyncSession, vault: Vault, run_id: str) -> str | None:
    """The digest that was stored with the run's plan; None for one that a version before has stored, or none at all.

    Raises `WrongOwner`, `Unreadable`.
    """
    rows = table(PlanRow)
    wanted = sa.select(rows.c.run_id, rows.c.size, rows.c.digest, seals.PLAN_DIGEST.team.label("team"))
    found = (await session.execute(wanted.where(rows.c.run_id == run_id))).one_or_none()
    if found is None or found.digest is None:
        return None
    return str(seals.PLAN_DIGEST.open(vault, found.team, found._mapping, found.digest))


async def is_there(session: AsyncSession, run_id: str) -> bool:
    """Whether the run has a whole plan."""
    return await session.scalar(sa.select(PlanRow.run_id).where(PlanRow.run_id == run_id)) is not None


async def computed(session: AsyncSession, vault: Vault, run_id: str) -> str:
    """The digest of the run's plan as it is there now, read through.

    Raises `PlanAltered` where it is not whole, `WrongOwner`, `Unreadable`.
    """
    heads = table(PlanRow)
    head = (
        await session.execute(
            sa.select(heads.c.run_id, heads.c.size, heads.c.sealed, seals.PLAN.team.label("team")).where(
                heads.c.run_id == run_id
            )
        )
    ).one_or_none()
    if head is None:
        raise PlanAltered(run_id)
    header = seals.PLAN.open(vault, head.team, head._mapping, head.sealed)
    digest, position, rows = PlanDigest(), 0, table(PlanChangeRow)
    wanted = sa.select(rows.c.run_id, rows.c.position, rows.c.person_key, rows.c.kind, rows.c.sealed)
    while True:
        page = await session.execute(
            wanted.where(rows.c.run_id == run_id, rows.c.position >= position).order_by(rows.c.position).limit(CHUNK)
        )
        part = page.all()
        if not part:
            break
        for row in part:
            if row.position != position:
                raise PlanAltered(run_id)
            digest.add(row.person_key, row.kind, seals.CHANGE.open(vault, head.team, row._mapping, row.sealed))
            position += 1
    if position != head.size:
        raise PlanAltered(run_id)
    return digest.of(header)


def _bytes(value: Any) -> bytes:
    return json_codec.dumps(value).encode("utf-8", "surrogatepass") + b"\n"
