"""Where somebody who is erased is named in what is kept of others: among those who look alike, and in drafts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import seals
from storage.errors import Unreadable, WrongOwner
from storage.models import DraftRow, OutcomeRow, RunRow, table
from storage.session_vault import vault_of

LOOKALIKES, VALUES = "lookalikes", "values"
"""Of an outcome's detail: those whom the person might be, [target id, number, name, ...] each; and what a finding says,
with somebody's name as `other` and their number as `number`."""

_DOUBTFUL = "conflict"
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Mentioned:
    """By what somebody is named: ids in the source and the targets, numbers, names."""

    ids: Collection[str]
    target_ids: Collection[str]
    number: str
    names: Collection[str] = field(repr=False)

    def is_in(self, value: object) -> bool:
        """Whether a draft's value names them: an id or the number as it is, a name within other words."""
        if isinstance(value, Mapping):
            return any(self.is_in(part) for pair in value.items() for part in pair)
        if isinstance(value, list | tuple):
            return any(self.is_in(part) for part in value)
        if not isinstance(value, str):
            return False
        return value in self.ids or value == self.number or any(name in value for name in self.names)

    def without(self, value: Any) -> Any:
        """What is kept of another's outcome, without them."""
        if isinstance(value, Mapping):
            return {key: self._without_at(key, part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.without(part) for part in value]
        return value

    def _without_at(self, key: str, value: Any) -> Any:
        if key == LOOKALIKES and isinstance(value, list | tuple):
            return [one for one in value if not (isinstance(one, list | tuple) and self._is(one))]
        if key == VALUES and isinstance(value, Mapping) and "other" in value:
            said = {str(value.get("number", "")), str(value["other"])}
            if self.number in said or said & set(self.names):
                return {**value, **{name: "" for name in ("other", "number") if name in value}}
        return self.without(value)

    def _is(self, alike: Collection[Any]) -> bool:
        target_id, number = [*alike, "", ""][:2]
        return target_id in self.target_ids or number == self.number


async def forget(
    session: AsyncSession, team_id: str, mentioned: Mentioned, but_draft: str | None = None
) -> tuple[int, int]:
    """Take them out of others' outcomes, and erase unfinished conversations that name them, but for one.

    Says how many of each. What no key opens is left as it is.
    """
    return await _from_outcomes(session, team_id, mentioned), await _drafts(session, team_id, mentioned, but_draft)


async def _from_outcomes(session: AsyncSession, team_id: str, mentioned: Mentioned) -> int:
    rows, vault = table(OutcomeRow), vault_of(session)
    own = sa.select(RunRow.id).where(RunRow.team_id == team_id)
    # Nobody is named in what is told of no doubt at all.
    doubts = sa.or_(rows.c.kind == _DOUBTFUL, sa.cast(rows.c.findings, sa.Text) != "[]")
    changed, after = 0, ("", -1)
    while True:
        page = await session.execute(
            sa.select(rows)
            .where(rows.c.run_id.in_(own), doubts, sa.tuple_(rows.c.run_id, rows.c.position) > sa.tuple_(*after))
            .order_by(rows.c.run_id, rows.c.position)
            .limit(_PAGE)
        )
        found = page.all()
        for row in found:
            try:
                name, detail = seals.OUTCOME.open(vault, team_id, row._mapping, row.sealed)
            except (Unreadable, WrongOwner):
                continue
            if (left := mentioned.without(detail)) != detail:
                sealed = seals.OUTCOME.seal(vault, team_id, row._mapping, [name, left])
                where = rows.c.run_id == row.run_id, rows.c.position == row.position
                await session.execute(sa.update(rows).where(*where).values(sealed=sealed))
                changed += 1
        if len(found) < _PAGE:
            return changed
        after = found[-1].run_id, found[-1].position


async def _drafts(session: AsyncSession, team_id: str, mentioned: Mentioned, but: str | None) -> int:
    rows, vault = table(DraftRow), vault_of(session)
    erased = 0
    for row in (
        await session.execute(sa.select(rows).where(rows.c.team_id == team_id, rows.c.id != (but or "")))
    ).all():
        try:
            data = seals.DRAFT.open(vault, team_id, row._mapping, row.sealed)
        except (Unreadable, WrongOwner):
            continue
        if mentioned.is_in(data):
            await session.execute(sa.delete(rows).where(rows.c.id == row.id))
            erased += 1
    return erased
