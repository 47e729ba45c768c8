"""Whose secrets are erased after an uninstallation: who has not come back, and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage import audit, installations, integrations, uninstalled, workspace_end, workspaces
from storage.database import Database
from storage.installations import Bundle, BundleKind
from storage.integrations import IntegrationState
from tests.storage.conftest import TEAM, new_integration

LATER = datetime.now(UTC) + timedelta(days=1)


async def gone(database: Database, *, paused: bool = True) -> str:
    async with database.session() as s:
        await workspaces.ensure(s, TEAM, enterprise_id="E0100")
        one = await integrations.create(s, database.vault, new_integration())
        if paused:
            await integrations.set_state(s, one.id, IntegrationState.PAUSED)
        await audit.write(s, TEAM, "slack", uninstalled.UNINSTALLED)
    return one.id


async def found(database: Database, before: datetime = LATER) -> list[str]:
    async with database.reading() as s:
        return list(await uninstalled.since(s, before))


async def test_who_has_not_come_back_is_found_once(database: Database) -> None:
    one = await gone(database)
    assert await found(database, datetime.now(UTC) - timedelta(days=1)) == []
    assert await found(database) == [TEAM]
    async with database.session() as s:
        await workspace_end.cut_off(s, TEAM)
    assert await found(database) == []
    async with database.reading() as s:
        kept = await integrations.get(s, one)
    assert kept is not None


async def test_who_syncs_is_left_alone(database: Database) -> None:
    await gone(database, paused=False)
    assert await found(database) == []


@pytest.mark.parametrize(("team_id", "enterprise_id"), [(TEAM, "E0100"), (None, "E0100")])
async def test_who_has_a_token_again_is_left_alone(database: Database, team_id: str | None, enterprise_id: str) -> None:
    await gone(database)
    async with database.session() as s:
        bundle = Bundle(
            team_id=team_id,
            enterprise_id=enterprise_id,
            kind=BundleKind.BOT,
            user_id=None,
            data={"bot_token": "slack"},
            installed_at=LATER,
        )
        await installations.save(s, database.vault, bundle)
    assert await found(database) == []
