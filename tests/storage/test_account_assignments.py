"""Whose an account is: one workspace's at a time, on both databases, and as the version before left it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from storage import account_assignments, audit, integrations, workspaces
from storage.account_assignments import account_key, assigned_key
from storage.database import Database
from storage.errors import AccountTaken
from storage.integrations import Integration, NewIntegration

FIRST, SECOND = "T01FIRST", "T02SECOND"


async def connect(database: Database, team_id: str, provider: str, account: str, **more: Any) -> Integration:
    async with database.session() as s:
        await workspaces.ensure(s, team_id)
        new = NewIntegration(
            team_id=team_id, provider=provider, target_account_id=account, target_account_name="A", name=account,
            owner_user_id="U1", channel_id="C1", language="nb", credentials={"tenant_id": account}, **more,
        )  # fmt: skip
        return await integrations.create(s, database.vault, new)


async def test_of_two_that_claim_at_once_one_has_it(database: Database) -> None:
    async def claim(team_id: str) -> bool:
        async with database.session() as s:
            return await account_assignments.claim(s, "paxml", "folder:acme", team_id, "U1")

    got = await asyncio.gather(claim(FIRST), claim(SECOND), return_exceptions=True)
    assert sorted(type(one).__name__ for one in got) == ["AccountTaken", "bool"]


async def test_what_another_has_is_neither_claimed_nor_released_and_whose_it_is_is_not_said(database: Database) -> None:
    async with database.session() as s:
        assert await account_assignments.assign(s, "paxml", "folder:acme", FIRST, "operator", "command")
        assert not await account_assignments.assign(s, "paxml", "folder:acme", FIRST, "operator", "command")
        await account_assignments.release(s, "paxml", "folder:acme", SECOND)
        assert await account_assignments.holder(s, "paxml", "folder:acme") == FIRST
        assert len(await audit.page(s, FIRST)) == 1
        with pytest.raises(AccountTaken) as taken:
            await account_assignments.claim(s, "paxml", "folder:acme", SECOND, "U1")
    assert FIRST not in str(taken.value)


async def test_removing_an_integration_frees_the_account_and_not_what_was_assigned(database: Database) -> None:
    made = await connect(database, FIRST, "visma_net", "t-1")
    proven, assigned = account_key(made.environment, "t-1"), assigned_key("tenant_id", "t-1")
    async with database.session() as s:
        for key in (proven, assigned):
            await account_assignments.claim(s, "visma_net", key, FIRST, "U1")
        await integrations.remove(s, made.id)
        assert await account_assignments.holder(s, "visma_net", proven) is None
        assert await account_assignments.holder(s, "visma_net", assigned) == FIRST


async def test_what_was_connected_before_goes_on_with_the_workspace_that_was_first(database: Database) -> None:
    gone = await connect(database, SECOND, "tripletex", "7", environment="test")
    async with database.session() as s:
        await integrations.remove(s, gone.id)
    await connect(database, FIRST, "visma_net", "t-1")
    await connect(database, SECOND, "visma_net", "t-1")
    await connect(database, FIRST, "paxml", "acme/5560360793")
    await connect(database, FIRST, "paxml", "user@host:22/5560360793")
    await connect(database, SECOND, "tripletex", "1", environment="test")
    async with database.session() as s:
        await s.execute(sa.text("DROP TABLE account_assignments"))
        # Of later versions, as the columns are.
        if database.dialect == "sqlite":
            triggers = [f"audit_no_{event}" for event in ("UPDATE", "DELETE", "REPLACE")]
        else:
            triggers = ["audit_append_only ON audit", "audit_no_truncate ON audit"]
        for later in (
            *(f"TRIGGER {trigger}" for trigger in triggers),
            *("INDEX uq_audit_team_id_position", "TABLE run_files", "TABLE seal_states", "TABLE audit_anchors"),
        ):
            await s.execute(sa.text(f"DROP {later}"))
        for column in (
            "plans.digest", "runs.approval", "audit.position", "audit.digest",
            "runs.words", "runs.basis", "integrations.basis", "integrations.synced_basis", "schedules.changed_by"
        ):  # fmt: skip
            table, name = column.split(".")
            await s.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN {name}"))
        await s.execute(sa.text("UPDATE alembic_version SET version_num = '0010_slack_deliveries'"))
    await database.migrate()
    async with database.reading() as s:
        kept = {(one.provider, one.account_key): one.team_id for one in await account_assignments.list_all(s)}
    assert kept == {
        ("visma_net", "account:production:t-1"): FIRST,
        ("visma_net", "tenant_id:t-1"): FIRST,
        ("paxml", "account:production:acme/5560360793"): FIRST,
        ("paxml", "folder:acme"): FIRST,
        ("paxml", "account:production:user@host:22/5560360793"): FIRST,
        ("tripletex", "account:test:1"): SECOND,
    }
