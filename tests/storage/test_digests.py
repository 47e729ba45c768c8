"""When a day or a week is summed up: each digest moves on once, whoever looks first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage import digests, integrations, runs
from storage.database import Database
from storage.delivery import DeliveryState
from storage.digests import Digest, Period
from storage.integrations import Integration
from storage.runs import RunState
from tests.storage.conftest import new_run
from tests.support.run_walk import walk

MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)


def weekly(integration: Integration, period: Period = Period.WEEK) -> Digest:
    return Digest(
        integration_id=integration.id,
        period=period,
        weekdays=("mon",),
        hour=8,
        minute=0,
        timezone="Europe/Oslo",
        next_at=MONDAY,
    )


async def test_it_is_due_until_one_process_moves_it_on(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        await digests.replace(s, integration.id, [weekly(integration)])
        assert await digests.due(s, MONDAY - timedelta(seconds=1)) == []
        assert await digests.due(s, MONDAY) == [weekly(integration)]
        following = MONDAY + timedelta(days=7)
        assert await digests.advance(s, integration.id, Period.WEEK, MONDAY, following)
        assert not await digests.advance(s, integration.id, Period.WEEK, MONDAY, following)
        assert await digests.due(s, MONDAY) == []


async def test_another_time_keeps_what_was_told_and_another_choice_removes_it(
    database: Database, integration: Integration
) -> None:
    both = [weekly(integration), weekly(integration, Period.DAY)]
    async with database.session() as s:
        await digests.replace(s, integration.id, both)
        await digests.note(s, integration.id, Period.WEEK, DeliveryState(id="digest:1", ts="1.2"))
        await digests.replace(s, integration.id, both[:1])
        kept = await digests.get(s, integration.id, Period.WEEK)
        assert kept is not None
        assert kept.told == DeliveryState(id="digest:1", ts="1.2")
        assert await digests.get(s, integration.id, Period.DAY) is None
        await integrations.remove(s, integration.id)
        assert await digests.get(s, integration.id, Period.WEEK) is None


async def test_the_runs_of_a_period_are_those_that_ended_in_it(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        for name, at in (("before", -1), ("first", 0), ("last", 6), ("after", 7)):
            await runs.create(s, new_run(integration, name))
            await runs.update(s, name, finished_at=MONDAY + timedelta(days=at))
            await walk(s, name, RunState.DONE)
        await runs.create(s, new_run(integration, "under way"))
        found = await runs.between(s, integration.id, MONDAY, MONDAY + timedelta(days=7))
    assert [run.id for run in found] == ["first", "last"]


async def test_the_words_of_a_refusal_are_sealed_and_go_after_a_time(
    database: Database, integration: Integration
) -> None:
    async with database.session() as s:
        await runs.create(s, new_run(integration, "refused"))
        await runs.keep_refusal(s, database.vault, "refused", "Ingrid is on leave")
        await runs.advance(s, "refused", RunState.CANCELLED)
        run = await runs.get(s, "refused")
        assert run is not None
        assert run.finished_at is not None
        assert await runs.refusal(s, database.vault, "refused") == "Ingrid is on leave"
        assert await runs.erase_refusals(s, run.finished_at) == 0
        assert await runs.erase_refusals(s, run.finished_at + timedelta(seconds=1)) == 1
        assert await runs.refusal(s, database.vault, "refused") is None
