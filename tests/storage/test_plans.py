"""A plan exists when it is whole, is worked through in its order, and is gone when it is erased."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from storage import plan_differences, plans, runs, workspaces
from storage.database import Database
from storage.errors import PlanTaken, WrongOwner
from storage.integrations import Integration
from storage.json_codec import Json
from storage.plans import NewChange
from storage.runs import Run
from storage.upsert import CHUNK
from tests.storage.conftest import TEAM, new_run

CHANGES: list[NewChange] = [
    ("p1", "create", {"salary": Decimal("41500.50"), "from": date(2026, 3, 1)}),
    ("p2", "unchanged", {}),
    ("p3", "update", {"bank": "8601.11.17947"}),
    ("p4", "blocked", {"findings": ["no_bank"]}),
    ("p5", "update", {"bank": "8601.11.17948"}),
]


@pytest.fixture
async def planned(database: Database, run: Run) -> Run:
    """A run with a plan of five changes."""
    async with database.session() as s:
        assert await plans.store(s, database.vault, run.id, {"people": 5}, CHANGES) == 5
    return run


async def test_a_plan_comes_back_as_it_was_made(database: Database, planned: Run) -> None:
    async with database.reading() as s:
        assert await plans.header(s, database.vault, planned.id) == {"people": 5}
        assert await plans.counts(s, planned.id) == {"create": 1, "unchanged": 1, "update": 2, "blocked": 1}
        page = await plans.page(s, database.vault, planned.id)

    assert [(one.person_key, one.kind, one.change) for one in page] == CHANGES
    assert [one.position for one in page] == [0, 1, 2, 3, 4]
    assert "41500" not in repr(page)


async def test_a_page_is_cut_from_the_kinds_that_were_asked_for(database: Database, planned: Run) -> None:
    async with database.reading() as s:
        page = await plans.page(s, database.vault, planned.id, ["update", "blocked"], offset=1, limit=1)
        nothing = await plans.page(s, database.vault, planned.id, [])

    assert [one.person_key for one in page] == ["p4"]
    assert nothing == []


async def test_a_plan_is_gone_through_by_kind_and_by_person(database: Database, planned: Run) -> None:
    async with database.reading() as s:
        first = await plans.following(s, database.vault, planned.id, kinds=["update"])
        rest = await plans.following(s, database.vault, planned.id, first[0].position, ["update"])
        found = await plans.of_people(s, database.vault, planned.id, ["p5", "p1", "p9"])

    assert [one.person_key for one in first] == ["p3", "p5"]
    assert [one.person_key for one in rest] == ["p5"]
    assert {key: one.kind for key, one in found.items()} == {"p1": "create", "p5": "update"}


async def test_differences_are_erased_with_their_plan(database: Database, planned: Run) -> None:
    entries: list[tuple[str, Json]] = [("came_in", {"name": f"Ingrid {n}"}) for n in range(CHUNK + 1)]
    async with database.session() as s:
        await plan_differences.append(s, database.vault, planned.id, 0, entries)
    async with database.reading() as s:
        first = await plan_differences.following(s, database.vault, planned.id)
        rest = await plan_differences.following(s, database.vault, planned.id, first[-1].position)
        assert [one.difference for one in (*first, *rest)] == [entry for _, entry in entries]
        assert {one.kind for one in (*first, *rest)} == {"came_in"}
        assert "Ingrid" not in repr(first)
    async with database.session() as s:
        await runs.advance(s, planned.id, runs.RunState.CANCELLED)
    async with database.reading() as s:
        assert await plan_differences.following(s, database.vault, planned.id) == []


async def test_the_plan_is_worked_through_in_its_order(database: Database, planned: Run) -> None:
    worked: list[str] = []
    while True:
        async with database.session() as s:
            batch = await plans.pending(s, database.vault, planned.id, 2, kinds=["create", "update"])
            if not batch:
                break
            worked += [one.person_key for one in batch]
            assert await plans.mark_applied(s, planned.id, [one.position for one in batch]) == len(batch)

    assert worked == ["p1", "p3", "p5"]
    async with database.session() as s:
        assert await plans.mark_applied(s, planned.id, [0, 1]) == 1
        left = await plans.pending(s, database.vault, planned.id, 10, kinds=["update", "blocked", "unchanged"])
    assert [one.person_key for one in left] == ["p4"]


async def test_a_plan_that_is_made_again_replaces_the_first(database: Database, planned: Run) -> None:
    async with database.session() as s:
        await plans.mark_applied(s, planned.id, [0])
        await plans.store(s, database.vault, planned.id, {"people": 1}, [("p9", "create", {})])

    async with database.reading() as s:
        (only,) = await plans.page(s, database.vault, planned.id)
        assert await plans.header(s, database.vault, planned.id) == {"people": 1}
    assert (only.person_key, only.applied) == ("p9", False)


async def test_an_erased_plan_is_gone_from_the_tables(database: Database, planned: Run) -> None:
    async with database.session() as s:
        await plans.erase(s, planned.id)

    async with database.reading() as s:
        assert await plans.header(s, database.vault, planned.id) is None
        assert await s.scalar(sa.text("SELECT count(*) FROM plan_changes")) == 0
        assert await s.scalar(sa.text("SELECT count(*) FROM plans")) == 0


async def begun(database: Database, run: Run, maker: str = "maker") -> str:
    """A maker who has begun the run's plan."""
    async with database.session() as s:
        await plans.begin(s, run.id, maker)
    return maker


@pytest.mark.parametrize("before", [True, False], ids=["before it stores", "while it stores"])
async def test_who_made_a_plan_that_another_has_begun_since_stores_no_more(
    database: Database, run: Run, before: bool
) -> None:
    slow = await begun(database, run, "slow")
    others: list[asyncio.Task[int]] = []

    async def take_over() -> int:
        maker = await begun(database, run, "quick")
        return await plans.store_large(database, run.id, maker, {"by": "quick"}, CHANGES)

    def changes() -> Iterator[NewChange]:
        for place in range(12 * CHUNK + 1):
            if place == CHUNK + 1 and not before:
                others.append(asyncio.get_running_loop().create_task(take_over()))
            yield f"p{place}", "create", {}

    if before:
        await take_over()
    with pytest.raises(PlanTaken):
        await plans.store_large(database, run.id, slow, {"by": "slow"}, changes())
    await asyncio.gather(*others)
    async with database.reading() as s:
        assert await plans.header(s, database.vault, run.id) == {"by": "quick"}
        assert [one.kind for one in await plans.page(s, database.vault, run.id)] == [kind for _, kind, _ in CHANGES]


async def test_a_large_plan_lets_other_writers_in_between(database: Database, run: Run) -> None:
    size = 12 * CHUNK + 1  # long after the writer comes: on a busy machine it may be slow to connect
    seen: list[int] = []
    writers: list[asyncio.Task[None]] = []

    async def write() -> None:
        async with database.session() as s:
            await workspaces.set_settings(s, TEAM, {"during": True})
            seen.append(sum((await plans.counts(s, run.id)).values()))

    def changes() -> Iterator[NewChange]:
        for place in range(size):
            if place == CHUNK + 1:
                writers.append(asyncio.get_running_loop().create_task(write()))
            yield f"p{place}", "create", {"place": place}

    assert await plans.store_large(database, run.id, await begun(database, run), {"people": size}, changes()) == size

    await asyncio.gather(*writers)
    (then,) = seen
    assert 0 < then < size
    async with database.reading() as s:
        assert await plans.counts(s, run.id) == {"create": size}
        (last,) = await plans.page(s, database.vault, run.id, offset=size - 1)
    assert (last.person_key, last.change) == (f"p{size - 1}", {"place": size - 1})


async def test_a_plan_whose_making_was_interrupted_is_not_there(database: Database, run: Run) -> None:
    def killed() -> Iterator[NewChange]:
        for place in range(CHUNK + 1):
            yield f"p{place}", "create", {}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await plans.store_large(database, run.id, await begun(database, run), {}, killed())

    async with database.reading() as s:
        assert await plans.header(s, database.vault, run.id) is None
    await plans.store_large(database, run.id, await begun(database, run), {"again": True}, CHANGES)
    async with database.reading() as s:
        assert sum((await plans.counts(s, run.id)).values()) == len(CHANGES)


async def test_a_change_that_was_copied_from_another_run_is_refused(
    database: Database, integration: Integration, planned: Run
) -> None:
    async with database.session() as s:
        other, _ = await runs.create(s, new_run(integration, "sync:2"))
        await plans.store(s, database.vault, other.id, {}, CHANGES)
        await s.execute(
            sa.text(
                "UPDATE plan_changes SET sealed = (SELECT sealed FROM plan_changes WHERE run_id = 'sync:2'"
                " AND position = 0) WHERE run_id = 'sync:1'"
            )
        )

    async with database.reading() as s:
        with pytest.raises(WrongOwner):
            await plans.page(s, database.vault, planned.id)
