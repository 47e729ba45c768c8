"""A person's records are erased beneath no run."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from storage import integrations, people, person_records, runs
from storage.database import Database
from storage.errors import RunUnderWay
from storage.integrations import Integration
from storage.people import PersonState
from tests.storage.conftest import TEAM, new_run

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
async def known(database: Database, integration: Integration) -> Integration:
    """An integration that remembers one person."""
    async with database.session() as s:
        await people.upsert(s, integration.id, [PersonState(source_id="e1", number="1005", seen_at=NOW)])
    return integration


async def test_an_erasure_beneath_a_run_is_refused_by_the_integrations_name(
    database: Database, known: Integration
) -> None:
    async with database.session() as s:
        await runs.create(s, new_run(known))
    with pytest.raises(RunUnderWay) as refused:
        async with database.session() as s:
            await person_records.erase(s, await person_records.find(s, TEAM, "1005"))
    assert refused.value.name == known.name
    async with database.reading() as s:
        assert list(await people.load(s, known.id)) == ["e1"]


async def test_no_run_begins_while_an_erasure_is_not_committed(database: Database, known: Integration) -> None:
    erased, others_turn = asyncio.Event(), asyncio.Event()

    async def erase() -> None:
        async with database.session() as s:
            await person_records.erase(s, await person_records.find(s, TEAM, "1005"))
            erased.set()
            await others_turn.wait()

    async def begin() -> list[str]:
        async with database.session() as s:
            return list(await integrations.lock_for_update(s, [known.id]))

    task = asyncio.create_task(erase())
    await erased.wait()
    if database.dialect == "postgresql":  # on SQLite there is one writer at a time
        assert await begin() == []
    others_turn.set()
    await task
    assert await begin() == [known.id]
