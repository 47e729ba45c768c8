"""How a plan differs from an older one that was approved: sealed under the run, one entry per person, erased with the
plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import seals
from storage.json_codec import Json
from storage.models import PlanDifferenceRow, table
from storage.upsert import CHUNK, insert
from storage.vault import Vault

START = -1
"""The position before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDifference:
    """An entry; `position` is its place, from 0, and `difference` names a person."""

    position: int
    kind: str
    difference: Any = field(repr=False)


async def append(
    session: AsyncSession, vault: Vault, run_id: str, start: int, entries: Sequence[tuple[str, Json]]
) -> None:
    """Keep entries (kind, and what is sealed) at the positions from `start` on; the same positions are replaced."""
    if not entries:
        return
    team_id = await seals.team_of_run(session, run_id)
    statement = insert(session, table(PlanDifferenceRow))
    replaced = {name: statement.excluded[name] for name in ("kind", "sealed")}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["run_id", "position"], set_=replaced),
        [
            row | {"sealed": seals.DIFFERENCE.seal(vault, team_id, row, entry)}
            for row, entry in (
                ({"run_id": run_id, "position": position, "kind": kind}, entry)
                for position, (kind, entry) in enumerate(entries, start)
            )
        ],
    )


async def following(session: AsyncSession, vault: Vault, run_id: str, after: int = START) -> Sequence[KeptDifference]:
    """The next some hundred entries in their order, after those up to a position; none when there are no more."""
    columns = table(PlanDifferenceRow).c
    wanted = sa.select(
        columns.run_id, columns.position, columns.kind, columns.sealed, seals.DIFFERENCE.team.label("team")
    ).where(columns.run_id == run_id, columns.position > after)
    rows = await session.execute(wanted.order_by(columns.position).limit(CHUNK))
    return [
        KeptDifference(
            position=row.position,
            kind=row.kind,
            difference=seals.DIFFERENCE.open(vault, row.team, row._mapping, row.sealed),
        )
        for row in rows
    ]


async def erase(session: AsyncSession, run_id: str) -> None:
    """Erase all entries of a run."""
    await session.execute(sa.delete(table(PlanDifferenceRow)).where(PlanDifferenceRow.run_id == run_id))
