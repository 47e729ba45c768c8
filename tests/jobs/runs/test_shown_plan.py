"""Nothing is written before it has been shown: a sync applies a preview, or asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from bot.core.clock import SetClock
from bot.jobs.runs.replan import plan_diff_of
from bot.jobs.runs.service import RunRequest
from bot.jobs.runs.shown_plan import UNSHOWN, PreviewState, ShownPlan
from bot.jobs.service import Jobs
from bot.sync.plan.plan_diff import DiffKind
from storage import integrations, kept_plans
from storage.integrations import Integration
from storage.run_options import RunOptions
from storage.runs import Run, RunKind, RunState
from tests.jobs.runs.test_replan import kept
from tests.jobs.runs.test_service import plan_is_there, reached
from tests.support.replica_world import World
from tests.support.slots import start_slot


@asynccontextmanager
async def previewed(world: World) -> AsyncIterator[tuple[Jobs, SetClock, Integration, Run]]:
    """A new integration that has been previewed once."""
    integration = await world.connect(synced=False)
    clock = SetClock(datetime.now(UTC))
    async with world.working(clock) as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.PREVIEW, "U1", "press-1"))
        preview = await world.ended(run.id)
        assert preview.counts == {"created": 12}
        yield jobs, clock, integration, preview


async def shown(world: World, jobs: Jobs, integration_id: str) -> ShownPlan:
    async with world.database.reading() as s:
        integration = await integrations.get(s, integration_id)
    assert integration is not None
    return await jobs.runs.shown(integration)


async def applied(jobs: Jobs, preview: Run, key: str = "press-2") -> Run:
    return await jobs.runs.start(
        RunRequest(preview.integration_id, RunKind.SYNC, "U1", key, RunOptions(preview_run=preview.id))
    )


def codes(run: Run) -> list[str]:
    return [reason["code"] for reason in (run.guard or {}).get("reasons", ())]


async def test_what_was_shown_is_written_and_what_follows_is_under_the_guard(anywhere: World) -> None:
    async with previewed(anywhere) as (jobs, _, integration, preview):
        assert (await shown(anywhere, jobs, integration.id)).preview == preview
        run = await anywhere.ended((await applied(jobs, preview)).id)
        assert (run.state, run.counts) == (RunState.DONE, {"created": 12})
        diff = plan_diff_of(run)
        assert diff is not None
        assert (diff.people, diff.approved_by) == (0, None)
        assert not await plan_is_there(anywhere, preview.id)
        assert (await shown(anywhere, jobs, integration.id)).state is PreviewState.USED
        anywhere.simployer.admin.change(anywhere.people[3]["number"], lastName="Nyberg")
        slot = await start_slot(jobs, anywhere.database, integration, datetime(2026, 11, 30, 6, tzinfo=UTC))
        later = await anywhere.ended(slot.id)
        assert (later.state, later.counts["updated"]) == (RunState.DONE, 1)
        assert anywhere.tellings.of("needs_approval") == []


async def test_what_differs_is_asked_about_and_not_written(anywhere: World) -> None:
    async with previewed(anywhere) as (jobs, _, integration, preview):
        changed, removed = (person["number"] for person in anywhere.people[3:5])
        anywhere.simployer.admin.change(changed, lastName="Nyberg")
        anywhere.simployer.admin.remove(removed)
        run = await reached(anywhere, (await applied(jobs, preview)).id, RunState.WAITING_APPROVAL)
        assert anywhere.tripletex.requests.writes() == []
        assert codes(run) == []
        assert await kept(anywhere, run.id) == {DiffKind.DIFFERS: 1, DiffKind.DROPPED_OUT: 1}
        assert (await shown(anywhere, jobs, integration.id)).preview == preview, "nothing has taken its place yet"
        await jobs.runs.approve(run.id, "U2")
        assert (await anywhere.ended(run.id)).counts == {"created": 11}
        assert not await plan_is_there(anywhere, preview.id)


async def test_somebody_who_came_in_is_asked_about(on_sqlite: World) -> None:
    number = on_sqlite.people[5]["number"]
    on_sqlite.simployer.admin.change(number, firstName="")
    integration = await on_sqlite.connect(synced=False)
    async with on_sqlite.working() as jobs:
        preview = await on_sqlite.ended(
            (await jobs.runs.start(RunRequest(integration.id, RunKind.PREVIEW, "U1", "press-1"))).id
        )
        assert preview.counts["created"] == 11
        on_sqlite.simployer.admin.change(number, firstName="Siv")
        run = await reached(on_sqlite, (await applied(jobs, preview)).id, RunState.WAITING_APPROVAL)
        assert await kept(on_sqlite, run.id) == {DiffKind.CAME_IN: 1}
        assert on_sqlite.tripletex.requests.writes() == []


async def test_what_is_done_by_now_is_no_difference(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    first, second = (person["number"] for person in on_sqlite.people[3:5])
    async with on_sqlite.working() as jobs:
        await on_sqlite.ended((await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))).id)
        on_sqlite.simployer.admin.change(first, lastName="Nyberg")
        on_sqlite.simployer.admin.change(second, lastName="Aasen")
        preview = await on_sqlite.ended(
            (await jobs.runs.start(RunRequest(integration.id, RunKind.PREVIEW, "U1", "press-2"))).id
        )
        assert preview.counts["updated"] == 2
        for row in on_sqlite.books.rows["Employee"].values():
            if row["employeeNumber"] == first:
                row["lastName"] = "Nyberg"
        run = await on_sqlite.ended((await applied(jobs, preview)).id)
        assert (run.state, run.counts["updated"]) == (RunState.DONE, 1)


@pytest.mark.parametrize("change", ["scope", "settings", "credentials"])
async def test_the_first_scheduled_sync_after_a_change_asks(on_sqlite: World, change: str) -> None:
    integration = await on_sqlite.connect()
    async with on_sqlite.database.session() as s:
        now = await integrations.locked(s, integration.id)
        if change == "scope":
            ids = [person["number"] for person in on_sqlite.people[:2]]
            await integrations.update(s, now.id, now.version, scope={"kind": "everyone", "ids": [], "excluded": ids})
        elif change == "settings":
            await integrations.update(s, now.id, now.version, settings={**now.settings, "employment_type": "ORDINARY"})
        else:
            old = await integrations.credentials(s, on_sqlite.database.vault, now.id)
            await integrations.replace_credentials(s, on_sqlite.database.vault, now.id, old)
    async with on_sqlite.working() as jobs:
        slot = await start_slot(jobs, on_sqlite.database, integration, datetime(2026, 11, 30, 6, tzinfo=UTC))
        run = await reached(on_sqlite, slot.id, RunState.WAITING_APPROVAL)
        assert codes(run) == [UNSHOWN]
        assert on_sqlite.tripletex.requests.writes() == []
        await jobs.runs.approve(run.id, "U2")
        assert (await on_sqlite.ended(run.id)).state is RunState.DONE
        on_sqlite.simployer.admin.change(on_sqlite.people[5]["number"], lastName="Nyberg")
        later = await start_slot(jobs, on_sqlite.database, integration, datetime(2026, 12, 1, 6, tzinfo=UTC))
        assert (await on_sqlite.ended(later.id)).counts["updated"] == 1


async def test_a_preview_is_not_applied_once_it_is_old_or_made_with_something_else(on_sqlite: World) -> None:
    async with previewed(on_sqlite) as (jobs, clock, integration, preview):
        clock.forward(hours=13)
        assert (await shown(on_sqlite, jobs, integration.id)) == ShownPlan(PreviewState.OLD)
        clock.forward(hours=-13)
        assert (await shown(on_sqlite, jobs, integration.id)).preview == preview
        async with on_sqlite.database.session() as s:
            now = await integrations.locked(s, integration.id)
            await integrations.update(s, now.id, now.version, settings={**now.settings, "other": "1"})
        assert (await shown(on_sqlite, jobs, integration.id)) == ShownPlan(PreviewState.CHANGED)


async def test_a_preview_that_is_gone_by_the_time_it_is_compared_is_asked_about(on_sqlite: World) -> None:
    async with previewed(on_sqlite) as (jobs, _, integration, preview):
        async with on_sqlite.database.session() as s:
            await kept_plans.erase(s, integration.id)
        run = await reached(on_sqlite, (await applied(jobs, preview)).id, RunState.WAITING_APPROVAL)
        assert codes(run) == [UNSHOWN]
        assert on_sqlite.tripletex.requests.writes() == []


async def test_a_sync_that_nothing_was_shown_of_says_nothing_for_the_next_one(on_sqlite: World) -> None:
    integration = await on_sqlite.connect(synced=False)
    async with on_sqlite.working() as jobs:
        first = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        await reached(on_sqlite, first.id, RunState.WAITING_APPROVAL)
        await jobs.runs.reject(first.id, "U2")
        await on_sqlite.ended(first.id)
        second = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-2"))
        assert codes(await reached(on_sqlite, second.id, RunState.WAITING_APPROVAL)) == [UNSHOWN]
        assert (await shown(on_sqlite, jobs, integration.id)).state is PreviewState.NEVER
        assert on_sqlite.tripletex.requests.writes() == []
