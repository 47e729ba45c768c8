"""A preview's plan is kept for the sync that applies it, and erased when it is of no more use."""

from __future__ import annotations

from datetime import timedelta

from storage import integrations, kept_plans, plans, runs, workspaces
from storage.clock import utc_now
from storage.database import Database
from storage.integrations import Integration
from storage.run_options import RunOptions
from storage.runs import NewRun, Run, RunKind, RunState, RunTrigger
from tests.storage.conftest import TEAM, new_run
from tests.support.run_walk import walk

SOURCE = {"access_token": "tok-source"}


async def previewed(database: Database, integration: Integration, run_id: str, **options: bool) -> Run:
    """A preview that is over, with its plan of one person."""
    async with database.session() as s:
        made = NewRun(
            id=run_id,
            integration_id=integration.id,
            team_id=TEAM,
            kind=RunKind.PREVIEW,
            trigger=RunTrigger.MANUAL,
            options=RunOptions.from_json(options),
        )
        run, _ = await runs.create(s, made)
        await plans.store(s, database.vault, run.id, {"people": 1}, [("p1", "create", {"bank": "8601.11.17947"})])
        await runs.advance(s, run.id, RunState.REPORTING)
    async with database.session() as s:
        return await runs.advance(s, run.id, RunState.DONE)


async def is_kept(database: Database, run: Run) -> bool:
    async with database.reading() as s:
        header = await plans.header(s, database.vault, run.id)
        assert (header is not None) == bool(await plans.counts(s, run.id)), "whole or gone"
        assert (await kept_plans.latest(s, run.integration_id) == run.id) is (header is not None)
    return header is not None


async def test_the_latest_preview_keeps_its_plan_and_no_other(database: Database, integration: Integration) -> None:
    first = await previewed(database, integration, "preview:1")
    assert await is_kept(database, first)
    second = await previewed(database, integration, "preview:2")
    assert await is_kept(database, second)
    assert not await is_kept(database, first)


async def test_told_of_twice_it_is_kept(database: Database, integration: Integration) -> None:
    preview = await previewed(database, integration, "preview:1")
    async with database.session() as s:
        await walk(s, preview.id, RunState.DONE)
    assert await is_kept(database, preview)


async def test_one_that_is_told_of_late_does_not_come_back(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        late, _ = await runs.create(s, new_run(integration, "preview:late", RunKind.PREVIEW))
        await plans.store(s, database.vault, late.id, {"people": 1}, [("p1", "create", {})])
        await walk(s, late.id, RunState.REPORTING)
    newer = await previewed(database, integration, "preview:2")
    async with database.session() as s:
        await walk(s, late.id, RunState.DONE)
    assert await is_kept(database, newer)
    assert not await is_kept(database, late)


async def test_a_preview_of_everyone_or_one_that_failed_keeps_none(
    database: Database, integration: Integration
) -> None:
    scope = await previewed(database, integration, "preview:1")
    whole = await previewed(database, integration, "preview:2", everyone=True)
    assert not await is_kept(database, whole)
    assert await is_kept(database, scope), "what was shown of the scope still holds"
    async with database.session() as s:
        failed, _ = await runs.create(s, new_run(integration, "preview:3", RunKind.PREVIEW))
        await plans.store(s, database.vault, failed.id, {"people": 1}, [("p1", "create", {})])
        await walk(s, failed.id, RunState.FAILED)
    assert not await is_kept(database, failed)


async def test_a_sync_that_writes_erases_it(database: Database, integration: Integration) -> None:
    preview = await previewed(database, integration, "preview:1")
    async with database.session() as s:
        sync, _ = await runs.create(s, new_run(integration))
        await walk(s, sync.id, RunState.PLANNING)
    assert await is_kept(database, preview)
    async with database.session() as s:
        await walk(s, sync.id, RunState.APPLYING)
    assert not await is_kept(database, preview)


async def test_one_that_is_still_being_told_of_has_its_plan_until_then(
    database: Database, integration: Integration
) -> None:
    async with database.session() as s:
        preview, _ = await runs.create(s, new_run(integration, "preview:1", RunKind.PREVIEW))
        await plans.store(s, database.vault, preview.id, {"people": 1}, [("p1", "create", {})])
        await runs.advance(s, preview.id, RunState.REPORTING, basis=integration.basis)
        await integrations.update(s, integration.id, integration.version, scope={"kind": "everyone"})
    assert await is_kept(database, preview)
    async with database.session() as s:
        await runs.advance(s, preview.id, RunState.DONE)
    assert not await is_kept(database, preview)


async def test_it_is_erased_when_its_time_is_over(database: Database, integration: Integration) -> None:
    preview = await previewed(database, integration, "preview:1")
    for ago, erased in ((timedelta(hours=1), 0), (timedelta(0), 1)):
        async with database.session() as s:
            assert await kept_plans.erase_older(s, utc_now() - ago) == erased
        assert await is_kept(database, preview) is not bool(erased)


async def test_it_is_erased_with_its_integration(database: Database, integration: Integration) -> None:
    preview = await previewed(database, integration, "preview:1")
    async with database.session() as s:
        await integrations.remove(s, integration.id)
    assert not await is_kept(database, preview)


async def test_what_plans_are_made_with_grows_and_erases_what_was_shown(
    database: Database, integration: Integration
) -> None:
    async def basis() -> int:
        async with database.reading() as s:
            found = await integrations.get(s, integration.id)
        assert found is not None
        return found.basis

    async def updated(**changes: object) -> None:
        async with database.session() as s:
            now = await integrations.locked(s, integration.id)
            await integrations.update(s, now.id, now.version, **changes)  # type: ignore[arg-type]

    before = await basis()
    for changes in (
        {"scope": {"kind": "everyone"}},
        {"settings": {"division": "7"}},
        {"thresholds": {"creates_people": 3}},
        {"environment": "test"},
    ):
        preview = await previewed(database, integration, f"preview:{before}")
        await updated(**changes)
        before += 1
        assert await basis() == before
        assert not await is_kept(database, preview)
        await updated(**changes)
        assert await basis() == before, "the same again is no change"
    await updated(name="Another name", channel_id="C2", attention={"responsible": "U7"})
    assert await basis() == before
    async with database.session() as s:
        await integrations.replace_credentials(s, database.vault, integration.id, {"employee_token": "tok-other"})
    assert await basis() == before + 1


async def test_the_sources_credentials_count_for_all_integrations(database: Database, integration: Integration) -> None:
    async def basis_after(token: str) -> int:
        async with database.session() as s:
            await workspaces.set_source(s, database.vault, TEAM, {"access_token": token}, "4711", "Nordlind")
            return (await integrations.locked(s, integration.id)).basis

    first = await basis_after("tok-1")
    preview = await previewed(database, integration, "preview:1")
    assert await basis_after("tok-1") == first
    assert await is_kept(database, preview)
    assert await basis_after("tok-2") == first + 1
    assert not await is_kept(database, preview)


async def test_it_is_known_with_what_it_has_synced(database: Database, integration: Integration) -> None:
    assert not integration.has_synced_as_is
    async with database.session() as s:
        await kept_plans.record_synced(s, integration.id, integration.basis)
        now = await integrations.locked(s, integration.id)
        assert now.has_synced_as_is
        assert now.version == integration.version, "no form is overtaken by it"
        changed = await integrations.update(s, now.id, now.version, scope={"kind": "everyone"})
    assert not changed.has_synced_as_is
