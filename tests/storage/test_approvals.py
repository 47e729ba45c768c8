"""The seal of an approval covers the run, its workspace, the plan, who and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from storage import approval_seal, approvals, plans, runs
from storage.database import Database
from storage.errors import ApprovalForged, PlanAltered, StorageError
from storage.models import RunRow, table
from storage.runs import Run, RunState
from storage.upsert import CHUNK
from storage.vault import Vault
from tests.storage.conftest import TEAM
from tests.support.run_walk import walk

AT = datetime(2026, 3, 2, 6, tzinfo=UTC)
SIZE = CHUNK + 3


@pytest.fixture
async def waiting(database: Database, run: Run) -> Run:
    """A run that waits for an approval, with a plan of several pages."""
    async with database.session() as s:
        await walk(s, run.id, RunState.WAITING_APPROVAL)
        maker = "a" * 32
        await plans.begin(s, run.id, maker)
    changes = ((f"p{n}", "create", {"pay": n}) for n in range(SIZE))
    await plans.store_large(database, run.id, maker, {"people": SIZE}, changes)
    async with database.session() as s:
        approved = await runs.approve(s, run.id, "U2", AT)
    assert approved is not None
    return approved


async def test_what_was_approved_is_proven(database: Database, waiting: Run) -> None:
    async with database.reading() as s:
        await approvals.require_plan(s, database.vault, waiting)
        again = await runs.get(s, waiting.id)
        assert again is not None
        assert len(await approvals.require(s, database.vault, again)) == 64


async def test_nothing_of_it_can_be_exchanged(database: Database, waiting: Run) -> None:
    async with database.reading() as s:
        for forged in (
            replace(waiting, team_id="T2"),
            replace(waiting, integration_id="another"),
            replace(waiting, approved_by="U3"),
            replace(waiting, approved_at=AT + timedelta(seconds=1)),
        ):
            with pytest.raises(ApprovalForged):
                await approvals.require(s, database.vault, forged)


async def test_an_approval_is_no_other_runs(database: Database, waiting: Run) -> None:
    other = approval_seal.seal(database.vault, TEAM, "sync:other", waiting.integration_id, "0" * 64, "U2", AT)
    for sealed in (None, b"made up", other):
        async with database.session() as s:
            await s.execute(sa.update(table(RunRow)).values(approval=sealed))
        async with database.reading() as s:
            with pytest.raises(ApprovalForged):
                await approvals.require(s, database.vault, waiting)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM plan_changes WHERE position = 3",
        f"DELETE FROM plan_changes WHERE position = {SIZE - 1}",
        "UPDATE plan_changes SET kind = 'update' WHERE position = 3",
        "UPDATE plan_changes SET person_key = 'p9' WHERE position = 3",
        "UPDATE plan_changes SET sealed = (SELECT sealed FROM plan_changes o WHERE o.position = 4) WHERE position = 3",
        "UPDATE plans SET size = 3",
        "DELETE FROM plans",
    ],
)
async def test_a_plan_that_was_altered_is_not_the_approved_one(
    database: Database, waiting: Run, statement: str
) -> None:
    async with database.session() as s:
        await s.execute(sa.text(statement))
    async with database.reading() as s:
        with pytest.raises(StorageError):
            await approvals.require_plan(s, database.vault, waiting)


async def test_an_older_change_of_the_same_place_is_noticed(database: Database, waiting: Run) -> None:
    async with database.session() as s:
        # Sealed for this place, by the bot itself, and of another making of the plan.
        await plans.append(s, database.vault, waiting.id, 0, [("p0", "create", {"pay": 99})])
    async with database.reading() as s:
        with pytest.raises(PlanAltered):
            await approvals.require_plan(s, database.vault, waiting)


async def test_a_plan_of_a_version_before_is_approved_as_it_is(database: Database, run: Run) -> None:
    async with database.session() as s:
        await walk(s, run.id, RunState.WAITING_APPROVAL)
        await plans.store(s, database.vault, run.id, {}, [("p0", "create", {})])
        await s.execute(sa.text("UPDATE plans SET digest = NULL"))
        approved = await runs.approve(s, run.id, "U2", AT)
        assert approved is not None
        await approvals.require_plan(s, database.vault, approved)


async def test_what_was_approved_before_approvals_were_sealed_is_taken_over_once(
    database: Database, waiting: Run
) -> None:
    async with database.session() as s:
        await s.execute(sa.update(table(RunRow)).values(approval=None))
        connection = await s.connection()
        await connection.run_sync(approval_seal.adopt, database.vault)
    async with database.reading() as s:
        await approvals.require_plan(s, database.vault, waiting)


async def test_another_key_proves_nothing(database: Database, waiting: Run) -> None:
    async with database.reading() as s:
        with pytest.raises(ApprovalForged):
            await approvals.require(s, Vault([Vault.generate_key()]), waiting)
