"""What an integration remembers of each person between runs: ids and a keyed fingerprint, no personal data."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import PersonRow, table
from storage.upsert import chunked, insert, touched

_REMEMBERED = ("number", "target_id", "fingerprint", "last_outcome", "seen_at")
_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonState:
    """A person as last seen. `number` is the employee number, `fingerprint` `Vault.fingerprint` of what was sent."""

    source_id: str
    seen_at: datetime
    number: str | None = None
    target_id: str | None = None
    fingerprint: str | None = None
    last_outcome: str | None = None


async def load(s: AsyncSession, integration_id: str) -> dict[str, PersonState]:
    """Everyone the integration knows, by source id."""
    columns = table(PersonRow).c
    statement = sa.select(columns.source_id, *(columns[name] for name in _REMEMBERED))
    known: dict[str, PersonState] = {}
    after = ""
    while True:
        # By key, a page at a time: the event loop stays free with 100,000 people.
        rows = await s.execute(
            statement.where(columns.integration_id == integration_id, columns.source_id > after)
            .order_by(columns.source_id)
            .limit(_PAGE)
        )
        part = [
            PersonState(
                source_id=source_id,
                number=number,
                target_id=target_id,
                fingerprint=fingerprint,
                last_outcome=last_outcome,
                seen_at=seen_at,
            )
            for source_id, number, target_id, fingerprint, last_outcome, seen_at in rows
        ]
        known.update((person.source_id, person) for person in part)
        if len(part) < _PAGE:
            return known
        after = part[-1].source_id


async def upsert(s: AsyncSession, integration_id: str, people: Sequence[PersonState]) -> None:
    """Remember people as they are given, new or known."""
    statement = insert(s, table(PersonRow))
    replace = statement.on_conflict_do_update(
        index_elements=["integration_id", "source_id"],
        set_={name: statement.excluded[name] for name in _REMEMBERED},
    )
    for chunk in chunked(people):
        await s.execute(
            replace,
            [
                {"integration_id": integration_id, "source_id": person.source_id}
                | {name: getattr(person, name) for name in _REMEMBERED}
                for person in chunk
            ],
        )


async def forget(s: AsyncSession, integration_id: str, source_ids: Collection[str]) -> int:
    """Forget people, so that the next run looks at them anew; says how many."""
    forgotten = 0
    for chunk in chunked(source_ids):
        statement = sa.delete(table(PersonRow)).where(
            PersonRow.integration_id == integration_id, PersonRow.source_id.in_(chunk)
        )
        forgotten += touched(await s.execute(statement))
    return forgotten
