"""A person's records are erased beneath no run."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from storage import integrations, outcomes, people, person_records, run_words, runs
from storage.database import Database
from storage.errors import RunUnderWay
from storage.integrations import Integration
from storage.outcomes import StoredOutcome
from storage.people import PersonState
from storage.run_states import RunState
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


SAID = [
    ("met", "The row was refused.", None),
    ("named", "KARI  Haugland? kari haugland is not known", None),
    ("numbered", "employee (1005): no such department", None),
    ("refused-met", None, "Not today."),
    ("refused-named", None, "Kari Haugland has left"),
    ("other", "employee 10051: no such department", "Ola has left"),
]
"""Runs, what a system said of them, and what whoever refused them said."""


async def test_an_erasure_takes_what_was_said_of_runs_that_met_or_name_the_person(
    database: Database, known: Integration
) -> None:
    async with database.session() as s:
        for run_id, words, refused in SAID:
            await runs.create(s, new_run(known, run_id))
            met = [] if run_id not in ("met", "refused-met") else [outcome("e1", "1005", "Kari Haugland")]
            await outcomes.record(s, database.vault, run_id, [outcome("e2", "10051", "Ola Nordmann", 1), *met])
            if words:
                await run_words.keep(s, database.vault, run_id, words)
            if refused:
                await runs.keep_refusal(s, database.vault, run_id, refused)
            await runs.advance(s, run_id, RunState.CANCELLED, expected={RunState.QUEUED})
    async with database.session() as s:
        erased = await person_records.erase(s, await person_records.find(s, TEAM, "1005"))
    assert erased["words"] == 5
    async with database.reading() as s:
        left = {
            run_id: (await run_words.get(s, database.vault, run_id), await runs.refusal(s, database.vault, run_id))
            for run_id, *_ in SAID
        }
    assert {run_id: said for run_id, said in left.items() if said != (None, None)} == {"other": SAID[-1][1:]}


def outcome(source_id: str, number: str, name: str, position: int = 0) -> StoredOutcome:
    return StoredOutcome(
        position=position, source_id=source_id, person_number=number, kind="failed", person_name=name,
        fields=(), findings=(), target_id=None, detail={},
    )  # fmt: skip
