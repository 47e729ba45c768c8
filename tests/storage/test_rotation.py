"""After a rotation the new key alone opens everything, and the old one nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import LargeBinary

from storage import (
    choice_seal,
    drafts,
    installations,
    integrations,
    leave_files,
    leave_ledger,
    leave_settings,
    outcomes,
    plan_differences,
    plans,
    resolutions,
    rotation,
    runs,
    seal_check,
    verdicts,
    workspaces,
)
from storage.database import Database
from storage.errors import Unreadable
from storage.installations import Bundle, BundleKind
from storage.models import Base
from storage.outcomes import StoredOutcome
from storage.upsert import CHUNK
from storage.vault import Vault
from tests.storage.conftest import ADMIN, TEAM, new_integration, new_run
from tests.storage.decisions import decision
from tests.storage.leave_rows import leave_entry, leave_file

OLD, NEW = Vault.generate_key(), Vault.generate_key()
MANY = CHUNK + 2
EVERYTHING = {
    "workspaces": 1,
    "installations": 1,
    "integrations": 2,
    "drafts": 1,
    "runs": 1,
    "plans": 2,
    "plan_changes": MANY,
    "plan_differences": 1,
    "outcomes": 1,
    "resolutions": 1,
    "audit_anchors": 0,
    "leave_settings": 1,
    "leave_ledger": 1,
    "leave_files": 1,
    "verdicts": 1,
}


@pytest.fixture
async def both(address: str) -> AsyncIterator[Database]:
    """A database whose contents are under the old key, opened with both."""
    old = Database(address, Vault([OLD]))
    async with old.session() as s:
        await workspaces.ensure(s, TEAM)
        await workspaces.ensure(s, "T0200", "has no source, so nothing to rotate")
        await workspaces.set_source(s, old.vault, TEAM, {"token": "source"}, "77", "Fjell")
        data = {"bot_token": "slack"}
        bundle = Bundle(
            team_id=TEAM,
            enterprise_id=None,
            kind=BundleKind.BOT,
            user_id=None,
            data=data,
            installed_at=datetime(2026, 3, 2, tzinfo=UTC),
        )
        await installations.save(s, old.vault, bundle)
        integration = await integrations.create(s, old.vault, new_integration())
        await drafts.open(s, old.vault, TEAM, ADMIN, "setup", {"token": "draft"}, timedelta(days=1))
        run, _ = await runs.create(s, new_run(integration))
        await runs.keep_refusal(s, old.vault, run.id, "Ingrid is on leave")
        await plans.store(s, old.vault, run.id, "header", [(f"p{n}", "create", n) for n in range(MANY)])
        await plan_differences.append(s, old.vault, run.id, 0, [("came_in", "Ingrid")])
        row = StoredOutcome(position=0, source_id="p0", person_number="1", kind="created", person_name="Ingrid")
        await outcomes.record(s, old.vault, run.id, [row])
        await resolutions.put(s, decision(integration.id))
        await leave_ledger.append(s, old.vault, integration.id, [leave_entry()])
        await leave_settings.put(s, integration.id, {"enabled": True})
        await leave_files.add(s, old.vault, leave_file(integration.id))
        await verdicts.put(s, integration.id, "e1", "page")
    await old.close()
    both = Database(address, Vault([NEW, OLD]))
    yield both
    await both.close()


async def read_all(address: str, key: str) -> list[object]:
    database = Database(address, Vault([key]))
    vault = database.vault
    try:
        async with database.reading() as s:
            (integration,) = await integrations.list_for(s, TEAM)
            draft = await drafts.current(s, vault, TEAM, ADMIN, "setup")
            leave_settings.require(await leave_settings.get(s, integration.id))
            (outcome,) = await outcomes.all(s, vault, "sync:1")
            return [
                await workspaces.source_credentials(s, vault, TEAM),
                await installations.find(s, vault, BundleKind.BOT, enterprise_id=None, team_id=TEAM),
                await integrations.credentials(s, vault, integration.id),
                choice_seal.require(vault, integration),
                draft and draft.data,
                await runs.refusal(s, vault, "sync:1"),
                await plans.header(s, vault, "sync:1"),
                [one.change for one in await plans.page(s, vault, "sync:1", limit=MANY)],
                outcome.person_name,
                [
                    leave_ledger.open_detail(vault, integration.id, entry)
                    for entry in await leave_ledger.latest(s, vault, integration.id)
                ],
                await leave_settings.get(s, integration.id),
                await leave_files.latest(s, vault, integration.id, "2026-11"),
                await verdicts.around(s, integration.id, "e1", "e1"),
            ]
    finally:
        await database.close()


async def test_every_sealed_value_moves_to_the_new_key(both: Database, address: str) -> None:
    before = await read_all(address, OLD)

    assert await rotation.rotate(both) == EVERYTHING

    assert await read_all(address, NEW) == before
    with pytest.raises(Unreadable):
        await read_all(address, OLD)


async def test_a_second_rotation_finds_nothing_to_do(both: Database) -> None:
    await rotation.rotate(both)

    assert await rotation.rotate(both) == dict.fromkeys(EVERYTHING, 0)


async def test_an_interruption_anywhere_leaves_everything_readable_and_the_next_one_goes_on(
    both: Database, address: str
) -> None:
    before = await read_all(address, OLD)
    for turns in (0, 3, 10, 30, 100):
        task = asyncio.create_task(rotation.rotate(both))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (await seal_check.check(both)).read == sum(EVERYTHING.values())
    await rotation.rotate(both)
    assert await read_all(address, NEW) == before


async def test_what_changes_meanwhile_is_not_overwritten(both: Database, address: str) -> None:
    async with both.reading() as s:
        (integration,) = await integrations.list_for(s, TEAM)

    async def reconnect() -> None:
        for turn in range(10):
            async with both.session() as s:
                await integrations.replace_credentials(s, both.vault, integration.id, {"turn": f"{turn}"})

    await asyncio.gather(reconnect(), rotation.rotate(both))

    assert {"turn": "9"} in await read_all(address, NEW)


async def test_without_the_old_key_it_stops(both: Database, address: str) -> None:
    new_only = Database(address, Vault([NEW]))

    with pytest.raises(Unreadable):
        await rotation.rotate(new_only)

    await new_only.close()
    assert len(await read_all(address, OLD)) == 13


def test_no_sealed_column_is_forgotten() -> None:
    sealed = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }

    assert {(model.__tablename__, column) for model, column in rotation.SEALED} == sealed
