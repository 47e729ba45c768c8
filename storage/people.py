"""What an integration remembers of each person between runs: ids and keyed fingerprints, no personal data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.json_codec import storable
from storage.model_base import EMPLOYEES
from storage.models import PersonRow, table
from storage.upsert import chunked, insert

_REMEMBERED = ("number", "target_id", "fingerprint", "trace", "last_outcome", "seen_at")
_WRITTEN = ("number", "target_id")
"""Those that others have written: they may hold anything."""

_KEY = ("integration_id", "resource", "source_id")
_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonState:
    """A person as last seen. `number` is the employee number, `fingerprint` `Vault.fingerprint` of what was sent.

    `trace` is what the person is recognised by in the source; somebody outside the scope has nothing else.
    """

    source_id: str
    seen_at: datetime
    number: str | None = None
    target_id: str | None = None
    fingerprint: str | None = None
    trace: str | None = None
    last_outcome: str | None = None


async def load(session: AsyncSession, integration_id: str, *, resource: str = EMPLOYEES) -> dict[str, PersonState]:
    """Everyone the integration knows, by source id."""
    columns = table(PersonRow).c
    statement = sa.select(columns.source_id, *(columns[name] for name in _REMEMBERED))
    known: dict[str, PersonState] = {}
    after = ""
    while True:
        # By key, a page at a time: the event loop stays free with 100,000 people.
        rows = await session.execute(
            statement.where(_own(integration_id, resource), columns.source_id > after)
            .order_by(columns.source_id)
            .limit(_PAGE)
        )
        part = [
            PersonState(
                source_id=source_id,
                number=number,
                target_id=target_id,
                fingerprint=fingerprint,
                trace=trace,
                last_outcome=last_outcome,
                seen_at=seen_at,
            )
            for source_id, number, target_id, fingerprint, trace, last_outcome, seen_at in rows
        ]
        known.update((person.source_id, person) for person in part)
        if len(part) < _PAGE:
            return known
        after = part[-1].source_id


async def count(session: AsyncSession, integration_id: str, *, resource: str = EMPLOYEES) -> int:
    """How many people the integration knows."""
    return await session.scalar(sa.select(sa.func.count()).where(_own(integration_id, resource))) or 0


async def target_ids(
    session: AsyncSession, integration_id: str, source_ids: Iterable[str], *, resource: str = EMPLOYEES
) -> dict[str, str]:
    """The ids in the target of these people, by source id; of whoever has none, nothing."""
    columns = table(PersonRow).c
    found: dict[str, str] = {}
    for chunk in chunked(source_ids):
        rows = await session.execute(
            sa.select(columns.source_id, columns.target_id).where(
                _own(integration_id, resource), columns.source_id.in_(chunk), columns.target_id.is_not(None)
            )
        )
        found.update((source_id, target_id) for source_id, target_id in rows)
    return found


async def upsert(
    session: AsyncSession, integration_id: str, people: Sequence[PersonState], *, resource: str = EMPLOYEES
) -> None:
    """Remember people as they are given, new or known."""
    statement = insert(session, table(PersonRow))
    replace = statement.on_conflict_do_update(
        index_elements=_KEY,
        set_={name: statement.excluded[name] for name in _REMEMBERED},
    )
    for chunk in chunked(people):
        await session.execute(
            replace,
            [
                {"integration_id": integration_id, "resource": resource, "source_id": person.source_id}
                | {name: getattr(person, name) for name in _REMEMBERED}
                | {name: value and storable(value) for name in _WRITTEN if (value := getattr(person, name)) is not None}
                for person in chunk
            ],
        )


async def note_outside(
    session: AsyncSession, integration_id: str, traces: Mapping[str, str], seen_at: datetime
) -> None:
    """Keep traces of people outside the scope; an empty one takes the former away. What else is known of them stays."""
    statement = insert(session, table(PersonRow))
    replace = statement.on_conflict_do_update(index_elements=_KEY, set_={"trace": statement.excluded["trace"]})
    for chunk in chunked(traces):
        rows = [
            {
                "integration_id": integration_id,
                "resource": EMPLOYEES,
                "source_id": source_id,
                "seen_at": seen_at,
                "trace": traces[source_id],
            }
            for source_id in chunk
        ]
        await session.execute(replace, rows)
    columns = table(PersonRow).c
    await session.execute(
        sa.delete(table(PersonRow)).where(
            _own(integration_id, EMPLOYEES), columns.target_id.is_(None), columns.trace == ""
        )
    )


async def unsettle(
    session: AsyncSession, integration_id: str, outcomes: Mapping[str, str], *, resource: str = EMPLOYEES
) -> None:
    """Note that a run could not bring people into step, by source id and outcome; unknown ids are passed over."""
    columns = table(PersonRow).c
    for outcome in sorted(set(outcomes.values())):
        for chunk in chunked([source_id for source_id, found in outcomes.items() if found == outcome]):
            await session.execute(
                sa.update(table(PersonRow))
                .where(
                    _own(integration_id, resource),
                    columns.source_id.in_(chunk),
                    columns.target_id.is_not(None),
                )
                .values(last_outcome=outcome, trace=None)
            )


def _own(integration_id: str, resource: str) -> sa.ColumnElement[bool]:
    columns = table(PersonRow).c
    return sa.and_(columns.integration_id == integration_id, columns.resource == resource)
