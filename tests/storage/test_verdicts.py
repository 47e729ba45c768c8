"""Verdicts in the database: pages of people, sealed in their place, and erased whole."""

from __future__ import annotations

import sqlalchemy as sa

from storage import integrations, people, person_records, verdicts
from storage.clock import utc_now
from storage.database import Database
from storage.integrations import Integration
from storage.models import VerdictRow, table
from storage.people import PersonState

ROWS = table(VerdictRow)


async def pages(database: Database, integration: Integration, first: str = "a", last: str = "z") -> dict[str, str]:
    async with database.reading() as s:
        return await verdicts.around(s, integration.id, first, last)


async def kept(database: Database, integration: Integration, *firsts: str) -> None:
    async with database.session() as s:
        for first in firsts:
            await verdicts.put(s, integration.id, first, f"page of {first}")


async def test_a_page_is_found_by_whoever_may_stand_in_it(database: Database, integration: Integration) -> None:
    await kept(database, integration, "b", "d", "f")
    assert await pages(database, integration, "c", "c9") == {"b": "page of b"}
    assert await pages(database, integration, "c", "e") == {"b": "page of b", "d": "page of d"}
    assert set(await pages(database, integration)) == {"b", "d", "f"}
    async with database.session() as s:
        await verdicts.put(s, integration.id, "d", "another")
        await verdicts.keep_only(s, integration.id, {"d", "f"})
    assert await pages(database, integration) == {"d": "another", "f": "page of f"}


async def test_nothing_of_a_page_is_in_clear_and_one_in_another_place_counts_for_nothing(
    database: Database, integration: Integration
) -> None:
    await kept(database, integration, "b", "d")
    async with database.session() as s:
        sealed = await s.scalar(sa.select(ROWS.c.sealed).where(ROWS.c.first_id == "b"))
        assert sealed is not None
        assert b"page of" not in sealed
        await s.execute(sa.update(ROWS).where(ROWS.c.first_id == "d").values(sealed=sealed))
    assert await pages(database, integration) == {"b": "page of b"}


async def test_whoever_is_erased_takes_the_pages_along(database: Database, integration: Integration) -> None:
    await kept(database, integration, "b")
    async with database.session() as s:
        known = PersonState(source_id="c", seen_at=utc_now(), number="17", target_id="t1")
        await people.upsert(s, integration.id, [known])
    async with database.session() as s:
        await person_records.erase(s, await person_records.find(s, integration.team_id, "17"))
    assert await pages(database, integration) == {}
    await kept(database, integration, "b")
    async with database.session() as s:
        await integrations.remove(s, integration.id)
    assert await pages(database, integration) == {}
