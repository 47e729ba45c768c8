"""Whether the audit is as the bot has written it: every chain is read from its cut to its anchor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import audit, audit_chain
from storage.audit_chain import Anchor
from storage.audit_models import AuditRow
from storage.database import Database
from storage.errors import Unreadable, WrongOwner
from storage.model_base import table

_PAGE = 500
_TURNS = 5


class FaultKind(StrEnum):
    """What is wrong with a chain."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    TRUNCATED = "truncated"
    UNCHAINED = "unchained"
    ANCHOR = "anchor"


@dataclass(frozen=True, slots=True)
class AuditFault:
    """What is wrong, in which workspace ("" for the installation's own), and at which positions, first and last."""

    team_id: str
    kind: FaultKind
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class ChainState:
    """A chain that was read: how many entries it has, where it was cut by age and where it ends, and its faults.

    `waiting` are entries of a version before that are still to be taken into it.
    """

    team_id: str
    entries: int
    cut: int
    position: int
    waiting: int
    faults: Sequence[AuditFault]


async def check(database: Database, team_id: str | None = None) -> list[ChainState]:
    """Read the chain of one workspace, or all of them, the installation's own first."""
    async with database.reading() as session:
        known = await _known(session) if team_id is None else {team_id}
        return [await _settled(session, database, each) for each in sorted(known)]


async def _known(session: AsyncSession) -> set[str]:
    """All workspaces that have entries, an anchor, or that the installation's chain says have had one."""
    known = await audit_chain.teams(session) | set(await session.scalars(sa.select(AuditRow.team_id).distinct()))
    begun = sa.select(AuditRow.new).where(AuditRow.team_id == audit.INSTALLATION, AuditRow.action == audit.BEGUN)
    known |= {str(new["workspace"]) for new in await session.scalars(begun) if new and "workspace" in new}
    if known:
        known.add(audit.INSTALLATION)
    return known


async def _settled(session: AsyncSession, database: Database, team_id: str) -> ChainState:
    """A chain, read again where it seems to have faults and has grown, or was cut by age, meanwhile."""
    for _ in range(_TURNS):
        reading = _Reading(session, database, team_id)
        state = await reading.read()
        if not state.faults or await reading.is_as_it_was():
            break
    return state


class _Reading:
    """One chain, from its cut on."""

    def __init__(self, session: AsyncSession, database: Database, team_id: str) -> None:
        self._session = session
        self._vault = database.vault
        self._team_id = team_id
        self._faults: list[AuditFault] = []
        self._anchor: Anchor | None = None

    async def read(self) -> ChainState:
        unchained = await self._unchained()
        anchor = self._anchor = await self._read_anchor()
        waiting = unchained if self._vault.takes_former else 0
        if unchained and not waiting:
            self._note(FaultKind.UNCHAINED, None, None)
        entries = 0
        if anchor is not None:
            entries = await self._follow(anchor)
        elif not waiting:
            self._note(FaultKind.ANCHOR, None, None)
        at = anchor or Anchor(key=b"")
        return ChainState(self._team_id, entries, at.cut, at.position, waiting, tuple(self._faults))

    async def is_as_it_was(self) -> bool:
        """Whether the chain has still the end that it had."""
        return self._anchor == await self._read_anchor()

    async def _read_anchor(self) -> Anchor | None:
        try:
            return await audit_chain.read(self._session, self._vault, self._team_id)
        except (WrongOwner, Unreadable):
            return None

    async def _follow(self, anchor: Anchor) -> int:
        position, digest, entries = anchor.cut, anchor.cut_digest, 0
        async for row in chained(self._session, self._team_id):
            entries += 1
            if row["position"] <= position or row["position"] > anchor.position:
                self._note(FaultKind.INSERTED, row["position"], row["position"])
                continue
            if row["position"] > position + 1:
                self._note(FaultKind.REMOVED, position + 1, row["position"] - 1)
            elif anchor.link(digest, row["position"], row) != row["digest"]:
                self._note(FaultKind.CHANGED, row["position"], row["position"])
            position, digest = row["position"], row["digest"]
        if position < anchor.position:
            self._note(FaultKind.TRUNCATED, position + 1, anchor.position)
        elif digest != anchor.digest and not self._faults:
            self._note(FaultKind.CHANGED, position, position)
        return entries

    async def _unchained(self) -> int:
        counted = sa.select(sa.func.count()).where(AuditRow.team_id == self._team_id, AuditRow.position.is_(None))
        return await self._session.scalar(counted) or 0

    def _note(self, kind: FaultKind, first: int | None, last: int | None) -> None:
        self._faults.append(AuditFault(self._team_id, kind, first, last))


async def chained(session: AsyncSession, team_id: str) -> AsyncIterator[Mapping[str, Any]]:
    """The entries of a chain in their order, by the names of their columns."""
    rows = table(AuditRow)
    after: tuple[int, int] = (-1 << 62, 0)
    while True:
        wanted = sa.select(*rows.c).where(
            rows.c.team_id == team_id, rows.c.position.is_not(None), sa.tuple_(rows.c.position, rows.c.id) > after
        )
        page = (await session.execute(wanted.order_by(rows.c.position, rows.c.id).limit(_PAGE))).mappings().all()
        for row in page:
            yield dict(row)
        if len(page) < _PAGE:
            return
        after = (page[-1]["position"], page[-1]["id"])
