"""What a system said of a run is sealed, opened for its run alone, and erased by age, in clear columns too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from storage import integrations, outcomes, run_words, runs
from storage.database import Database
from storage.integrations import Integration
from storage.models import RunRow
from storage.runs import NewRun, RunKind, RunTrigger
from tests.storage.conftest import ADMIN, TEAM

NOW = datetime(2026, 11, 30, tzinfo=UTC)
WORDS = "Ola 01017012345 is not known"


async def test_words_are_sealed_and_erased_by_age(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        for number, (age, reason) in enumerate([(1, None), (100, None), (100, {"state": "failed", "verbatim": WORDS})]):
            new = NewRun(
                id=f"r{number}", integration_id=integration.id, team_id=TEAM, kind=RunKind.SYNC,
                trigger=RunTrigger.MANUAL, requested_by=ADMIN,
            )  # fmt: skip
            await runs.create(s, new)
            await runs.update(s, new.id, finished_at=NOW - timedelta(days=age), reason=reason)
            if reason is None:
                await run_words.keep(s, database.vault, new.id, WORDS)
    async with database.reading() as s:
        assert await run_words.get(s, database.vault, "r1") == WORDS
        assert b"01017012345" not in (await s.scalar(sa.select(RunRow.words).where(RunRow.id == "r1")) or b"")
        assert await run_words.get(s, database.vault, "r2") is None
    async with database.session() as s:
        await run_words.erase(s, NOW - timedelta(days=90))
    async with database.reading() as s:
        assert [await run_words.get(s, database.vault, f"r{n}") for n in range(3)] == [WORDS, None, None]
        old = await runs.get(s, "r2")
    assert old is not None
    assert old.reason == {"state": "failed", "verbatim": None}


async def test_words_go_with_the_outcomes_of_an_integration_that_keeps_them_for_less(
    database: Database, integration: Integration
) -> None:
    async with database.session() as s:
        new = NewRun(
            id="r1", integration_id=integration.id, team_id=TEAM, kind=RunKind.SYNC, trigger=RunTrigger.MANUAL,
            requested_by=ADMIN,
        )  # fmt: skip
        await runs.create(s, new)
        await runs.update(s, "r1", finished_at=NOW - timedelta(days=30))
        await run_words.keep(s, database.vault, "r1", WORDS)
        await outcomes.erase_sooner(s, NOW)
        assert await run_words.get(s, database.vault, "r1") == WORDS
        await integrations.update(s, integration.id, integration.version, retention_days=7)
        await outcomes.erase_sooner(s, NOW)
        assert await run_words.get(s, database.vault, "r1") is None
