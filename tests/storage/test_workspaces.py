"""A workspace keeps its settings and, sealed, the one set of credentials for the source."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from storage import workspaces
from storage.database import Database
from storage.errors import NotFound, WrongOwner
from tests.storage.conftest import TEAM


async def test_a_workspace_is_made_once_and_takes_the_latest_name(database: Database) -> None:
    async with database.session() as s:
        first = await workspaces.ensure(s, TEAM, "Fjell")
        renamed = await workspaces.ensure(s, TEAM, "Fjell og Fjord")
        unnamed = await workspaces.ensure(s, TEAM)

    assert (first.name, renamed.name, unnamed.name) == ("Fjell", "Fjell og Fjord", "Fjell og Fjord")
    assert unnamed.created_at == first.created_at
    assert not first.source_connected


async def test_the_organisation_of_a_workspace_is_kept_once_known(database: Database) -> None:
    async with database.session() as s:
        await workspaces.ensure(s, TEAM, "Fjell")
        joined = await workspaces.ensure(s, TEAM, enterprise_id="E1")
        seen_again = await workspaces.ensure(s, TEAM, "Fjell og Fjord")

    assert (joined.name, joined.enterprise_id) == ("Fjell", "E1")
    assert seen_again.enterprise_id == "E1"


async def test_an_unknown_workspace_is_none_and_cannot_be_changed(database: Database) -> None:
    async with database.session() as s:
        assert await workspaces.get(s, "T9999") is None
        assert await workspaces.source_credentials(s, database.vault, "T9999") is None
        with pytest.raises(NotFound, match="T9999"):
            await workspaces.set_settings(s, "T9999", {"language": "sv"})


async def test_settings_are_merged_and_none_removes(database: Database) -> None:
    async with database.session() as s:
        await workspaces.ensure(s, TEAM)
        await workspaces.set_settings(s, TEAM, {"managers": ["U1"], "language": "sv"})
        changed = await workspaces.set_settings(s, TEAM, {"language": None, "share": Decimal("0.10")})

    assert changed.settings == {"managers": ["U1"], "share": Decimal("0.10")}
    assert isinstance(changed.settings["share"], Decimal)


async def test_the_source_s_credentials_are_kept_until_they_are_forgotten(database: Database) -> None:
    async with database.session() as s:
        await workspaces.ensure(s, TEAM)
        connected = await workspaces.set_source(s, database.vault, TEAM, {"token": "one"}, "77", "Fjell og Fjord")
        await workspaces.set_source(s, database.vault, TEAM, {"token": "two"}, "77", "Fjell og Fjord")

    assert connected.source_connected
    assert (connected.source_account_id, connected.source_account_name) == ("77", "Fjell og Fjord")
    async with database.session() as s:
        assert await workspaces.source_credentials(s, database.vault, TEAM) == {"token": "two"}
        forgotten = await workspaces.forget_source(s, TEAM)
        assert await workspaces.source_credentials(s, database.vault, TEAM) is None
    assert not forgotten.source_connected
    assert forgotten.source_account_name == "Fjell og Fjord"


async def test_credentials_that_were_copied_to_another_workspace_are_refused(database: Database) -> None:
    async with database.session() as s:
        for team in (TEAM, "T0200"):
            await workspaces.ensure(s, team)
            await workspaces.set_source(s, database.vault, team, {"token": team}, team, team)
        await s.execute(
            sa.text(
                "UPDATE workspaces SET source_credentials ="
                " (SELECT source_credentials FROM workspaces WHERE team_id = 'T0200') WHERE team_id = 'T0100'"
            )
        )

    async with database.reading() as s:
        with pytest.raises(WrongOwner):
            await workspaces.source_credentials(s, database.vault, TEAM)
