"""An outcome is recorded once; what was unknown may be settled; everything goes after its time."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from storage import integrations, outcomes, runs
from storage.clock import utc_now
from storage.database import Database
from storage.errors import WrongOwner
from storage.integrations import Integration
from storage.outcomes import StoredOutcome
from storage.runs import Run
from storage.upsert import CHUNK
from tests.storage.conftest import new_run


def outcome(position: int = 0, kind: str = "created", name: str = "Ingrid Dahl") -> StoredOutcome:
    return StoredOutcome(
        position=position,
        source_id=f"p{position}",
        person_number=f"{1000 + position}",
        kind=kind,
        person_name=name,
        fields=("first_name", "salary"),
        findings=("bank_account_missing",),
        target_id=f"{position}",
        detail={"verbatim": "Startdato er for tidlig", "from": date(2026, 3, 1)},
    )


async def record(database: Database, run: Run, *rows: StoredOutcome) -> None:
    async with database.session() as s:
        await outcomes.record(s, database.vault, run.id, rows)


async def recorded(database: Database, run: Run) -> list[StoredOutcome]:
    async with database.reading() as s:
        return list(await outcomes.all(s, database.vault, run.id))


async def test_an_outcome_comes_back_as_it_was_recorded(database: Database, run: Run) -> None:
    await record(database, run, outcome())

    (found,) = await recorded(database, run)
    assert dataclasses.replace(found, created_at=None) == outcome()
    assert found.created_at is not None
    assert "Ingrid" not in repr(found)
    assert "Startdato" not in repr(found)


async def test_a_step_that_is_done_twice_changes_nothing(database: Database, run: Run) -> None:
    await record(database, run, outcome(0), outcome(1))
    first = await recorded(database, run)

    # The second time the person is there already, so it looks unchanged; created is what happened.
    await record(database, run, outcome(0, kind="unchanged"), outcome(1), outcome(2))

    assert (await recorded(database, run))[:2] == first
    async with database.reading() as s:
        assert await outcomes.counts(s, run.id) == {"created": 3}


@pytest.mark.parametrize("settled", ["created", "failed", "unknown"])
async def test_what_was_unknown_is_settled_by_a_later_read(database: Database, run: Run, settled: str) -> None:
    await record(database, run, dataclasses.replace(outcome(kind="unknown"), target_id=None, detail={}))

    await record(database, run, outcome(kind=settled, name="Ingrid Dahl Moe"))

    (found,) = await recorded(database, run)
    assert dataclasses.replace(found, created_at=None) == outcome(kind=settled, name="Ingrid Dahl Moe")


async def test_outcomes_are_paged_in_the_plan_s_order(database: Database, run: Run) -> None:
    kinds = ["created", "failed", "unchanged", "failed", "created"]
    await record(database, run, *(outcome(place, kind) for place, kind in reversed(list(enumerate(kinds)))))

    async with database.reading() as s:
        page = await outcomes.page(s, database.vault, run.id, ["failed", "created"], offset=1, limit=2)
        assert await outcomes.counts(s, run.id) == {"created": 2, "failed": 2, "unchanged": 1}
    assert [one.position for one in page] == [1, 3]


async def test_long_lists_are_streamed_in_parts(database: Database, run: Run) -> None:
    size = 2 * CHUNK + 3
    await record(database, run, *(outcome(place, "created" if place % 2 else "failed") for place in range(size)))

    async with database.reading() as s:
        parts = [part async for part in outcomes.stream(s, database.vault, run.id)]
        failed = [one async for part in outcomes.stream(s, database.vault, run.id, ["failed"]) for one in part]
    assert [len(part) for part in parts] == [CHUNK, CHUNK, 3]
    assert [one.position for part in parts for one in part] == list(range(size))
    assert [one.position for one in failed] == list(range(0, size, 2))


async def test_outcomes_of_runs_do_not_mix(database: Database, integration: Integration, run: Run) -> None:
    async with database.session() as s:
        other, _ = await runs.create(s, new_run(integration, "sync:2"))
    await record(database, run, outcome())
    await record(database, other, outcome(kind="failed"))

    assert [one.kind for one in await recorded(database, run)] == ["created"]
    assert [one.kind for one in await recorded(database, other)] == ["failed"]


async def test_a_name_that_was_copied_from_another_run_is_refused(
    database: Database, integration: Integration, run: Run
) -> None:
    async with database.session() as s:
        other, _ = await runs.create(s, new_run(integration, "sync:2"))
    await record(database, run, outcome())
    await record(database, other, outcome())
    async with database.session() as s:
        await s.execute(
            sa.text("UPDATE outcomes SET sealed = (SELECT sealed FROM outcomes WHERE run_id = :other)"),
            {"other": other.id},
        )

    with pytest.raises(WrongOwner):
        await recorded(database, run)


async def test_after_their_time_outcomes_are_erased(database: Database, integration: Integration, run: Run) -> None:
    async with database.session() as s:
        other, _ = await runs.create(s, new_run(integration, "sync:2"))
    await record(database, run, outcome(0), outcome(1))
    between = utc_now()
    await record(database, other, outcome(0))

    async with database.session() as s:
        assert await outcomes.erase_older(s, between - timedelta(days=1)) == 0
        assert await outcomes.erase_older(s, between) == 2

    assert await recorded(database, run) == []
    assert len(await recorded(database, other)) == 1


async def test_an_integration_can_keep_them_for_a_shorter_time(
    database: Database, integration: Integration, run: Run
) -> None:
    async with database.session() as s:
        await runs.keep_refusal(s, database.vault, run.id, "Ola first")
        await runs.update(s, run.id, finished_at=utc_now())
    await record(database, run, outcome(0), outcome(1))
    in_a_week = utc_now() + timedelta(days=7)
    async with database.session() as s:
        assert await outcomes.erase_sooner(s, in_a_week + timedelta(days=365)) == 0
        await integrations.update(s, integration.id, integration.version, retention_days=7)
        assert await outcomes.erase_sooner(s, in_a_week - timedelta(minutes=1)) == 0
        assert await runs.refusal(s, database.vault, run.id) == "Ola first"
        assert await outcomes.erase_sooner(s, in_a_week) == 2
        assert await runs.refusal(s, database.vault, run.id) is None
    assert await recorded(database, run) == []


async def test_old_outcomes_can_be_erased_a_few_at_a_time(database: Database, run: Run) -> None:
    await record(database, run, *(outcome(place) for place in range(5)))
    later = utc_now() + timedelta(minutes=1)

    erased = []
    for _ in range(4):
        async with database.session() as s:
            erased.append(await outcomes.erase_older(s, later, limit=2))

    assert erased == [2, 2, 1, 0]
    assert await recorded(database, run) == []
