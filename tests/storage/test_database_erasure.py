"""What is erased is gone from SQLite's files at once, its log included."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import drafts, installations, integrations, outcomes, plans, rotation, runs, workspaces
from storage.database import Database, Session
from storage.installations import Bundle, BundleKind
from storage.integrations import Integration
from storage.outcomes import StoredOutcome
from storage.runs import RunState
from storage.vault import Vault
from tests.storage.conftest import ADMIN, TEAM, new_integration, new_run
from tests.support.run_walk import walk

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def lies_about(address: str, sealed: bytes) -> list[str]:
    """Which of the files have it."""
    file = Path(address.removeprefix("sqlite:///"))
    return [found.name for found in sorted(file.parent.iterdir()) if found.is_file() and sealed in found.read_bytes()]


async def sealed_in(database: Database, query: str) -> bytes:
    async with database.reading() as s:
        found = await s.scalar(sa.text(query))
        assert isinstance(found, bytes)
        return found


async def test_credentials_that_were_replaced(
    database: Database, address: str, vault: Vault, integration: Integration
) -> None:
    old = await sealed_in(database, "SELECT credentials FROM integrations")
    assert lies_about(address, old) != []
    async with database.session() as s:
        await integrations.replace_credentials(s, vault, integration.id, {"token": "new"})
    assert lies_about(address, old) == []


async def test_an_integration_that_was_removed(database: Database, address: str, integration: Integration) -> None:
    old = await sealed_in(database, "SELECT credentials FROM integrations")
    async with database.session() as s:
        await integrations.remove(s, integration.id)
    assert lies_about(address, old) == []


async def test_while_others_read_it_waits_for_the_next_time(
    database: Database, address: str, vault: Vault, integration: Integration
) -> None:
    old = await sealed_in(database, "SELECT credentials FROM integrations")
    other = sa.create_engine(address)
    with other.connect() as reader:
        reader.execute(sa.text("BEGIN"))
        reader.execute(sa.text("SELECT count(*) FROM integrations"))
        async with database.session() as s:
            await integrations.replace_credentials(s, vault, integration.id, {"token": "new"})
    other.dispose()
    async with database.session() as s:
        await s.execute(sa.text("SELECT 1"))
    assert lies_about(address, old) == []


@dataclass
class World:
    """What was made, to be erased."""

    address: str
    run: str


Erase = Callable[[Database, World], Awaitable[object]]


async def _session(database: Database, work: Callable[[Session], Awaitable[object]]) -> None:
    async with database.session() as s:
        await work(s)


ERASED: dict[str, tuple[str, Erase]] = {
    "a draft that has expired": (
        "SELECT sealed FROM drafts",
        lambda d, _: _session(d, lambda s: drafts.purge(s, datetime.now(UTC) + timedelta(days=9))),
    ),
    "a draft whose place another takes": (
        "SELECT sealed FROM drafts",
        lambda d, _: _session(d, lambda s: drafts.open(s, d.vault, TEAM, ADMIN, "setup", {}, timedelta(days=1))),
    ),
    "the token of an app that is gone": (
        "SELECT sealed FROM installations",
        lambda d, _: _session(d, lambda s: installations.delete_team(s, TEAM)),
    ),
    "the source's credentials": (
        "SELECT source_credentials FROM workspaces",
        lambda d, _: _session(d, lambda s: workspaces.forget_source(s, TEAM)),
    ),
    "the plan of a run that ends": (
        "SELECT sealed FROM plan_changes",
        lambda d, w: _session(d, lambda s: walk(s, w.run, RunState.DONE)),
    ),
    "the head of that plan": (
        "SELECT sealed FROM plans",
        lambda d, w: _session(d, lambda s: walk(s, w.run, RunState.DONE)),
    ),
    "outcomes that are too old": (
        "SELECT sealed FROM outcomes",
        lambda d, _: _session(d, lambda s: outcomes.erase_older(s, datetime.now(UTC) + timedelta(days=9))),
    ),
    "what a run was refused with": (
        "SELECT refusal FROM runs",
        lambda d, w: _session(d, lambda s: _end_and_erase(s, w.run)),
    ),
    "what was sealed by the key before": (
        "SELECT credentials FROM integrations",
        lambda d, w: _rotate(w.address, d),
    ),
}


async def _end_and_erase(s: Session, run_id: str) -> None:
    await walk(s, run_id, RunState.DONE)
    await runs.erase_refusals(s, datetime.now(UTC) + timedelta(days=9))


async def _rotate(address: str, old: Database) -> None:
    await old.close()
    both = Database(address, Vault([Vault.generate_key(), KEY]))
    await rotation.rotate(both)
    await both.close()


KEY = Vault.generate_key()


@pytest.mark.parametrize("what", ERASED)
async def test_what_is_erased_is_in_no_file(address: str, what: str) -> None:
    database = Database(address, Vault([KEY]))
    vault = database.vault
    async with database.session() as s:
        await workspaces.ensure(s, TEAM)
        await workspaces.set_source(s, vault, TEAM, {"token": "source"}, "77", "Fjell")
        bundle = Bundle(
            team_id=TEAM, enterprise_id=None, kind=BundleKind.BOT, user_id=None, data={"bot_token": "t"},
            installed_at=datetime(2026, 3, 2, tzinfo=UTC),
        )  # fmt: skip
        await installations.save(s, vault, bundle)
        integration = await integrations.create(s, vault, new_integration())
        await drafts.open(s, vault, TEAM, ADMIN, "setup", {"token": "draft"}, timedelta(days=1))
        run, _ = await runs.create(s, new_run(integration))
        await runs.keep_refusal(s, vault, run.id, "Ingrid is on leave")
        await plans.store(s, vault, run.id, {}, [("p0", "create", {"pay": 1})])
        row = StoredOutcome(position=0, source_id="p0", person_number="1", kind="created", person_name="Ingrid")
        await outcomes.record(s, vault, run.id, [row])
    query, erase = ERASED[what]
    sealed = await sealed_in(database, query)
    assert lies_about(address, sealed) != []
    await erase(database, World(address, run.id))
    assert lies_about(address, sealed) == []
    await database.close()
