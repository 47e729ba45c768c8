"""Where somebody who is erased is named in what is kept of others, of runs as a whole, and in drafts."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import seals
from storage.errors import Unreadable, WrongOwner
from storage.models import DraftRow, OutcomeRow, RunRow, table
from storage.seals import SealedColumn
from storage.session_vault import vault_of
from storage.vault import Vault

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

    def is_told_in(self, words: str) -> bool:
        """Whether somebody's sentence names them: by name however it is written, by an id or the number on its own."""
        said = words.casefold()
        whole = (one.casefold() for one in {*self.ids, *self.target_ids, self.number} if one)
        return any(name.casefold() in said for name in self.names) or any(
            re.search(rf"(?<!\w){re.escape(one)}(?!\w)", said) for one in whole
        )

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


async def forget_words(session: AsyncSession, team_id: str, mentioned: Mentioned) -> int:
    """Erase what a system, or whoever refused it, said of runs that have them among their people, or that names them.

    Says of how many runs. To be done before their outcomes are gone. A run that failed early has no people: there the
    words decide, and what no key opens goes too, as nobody can say whom it names.
    """
    rows, vault = table(RunRow), vault_of(session)
    kept = sa.select(rows).where(
        rows.c.team_id == team_id, sa.or_(rows.c.words.is_not(None), rows.c.refusal.is_not(None))
    )
    with_words = (await session.execute(kept)).all()
    met = {row.id for row in with_words} & await _runs_that_met(session, team_id, mentioned)
    erased = 0
    for row in with_words:
        gone = [
            column
            for column, seal in (("words", seals.WORDS), ("refusal", seals.REFUSAL))
            if (sealed := row._mapping[column]) is not None
            and (row.id in met or _names(vault, seal, team_id, row, sealed, mentioned))
        ]
        if gone:
            await session.execute(sa.update(rows).where(rows.c.id == row.id).values(dict.fromkeys(gone)))
            erased += 1
    return erased


async def _runs_that_met(session: AsyncSession, team_id: str, mentioned: Mentioned) -> set[str]:
    people = table(OutcomeRow)
    own = sa.select(RunRow.id).where(RunRow.team_id == team_id)
    met = sa.select(people.c.run_id).where(people.c.run_id.in_(own), people.c.source_id.in_(mentioned.ids))
    return set(await session.scalars(met))


def _names(vault: Vault, seal: SealedColumn, team_id: str, row: Any, sealed: bytes, mentioned: Mentioned) -> bool:
    try:
        return mentioned.is_told_in(str(seal.open(vault, team_id, row._mapping, sealed)))
    except (Unreadable, WrongOwner):
        return True


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
