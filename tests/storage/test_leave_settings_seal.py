"""What is chosen for absence holds as it was chosen through the bot, whatever else stands in its row."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from storage import integrations, leave_settings, lost_choices
from storage.adoption import adopt
from storage.database import Database
from storage.errors import ChoicesAltered
from storage.integrations import Integration
from storage.leave_settings import StoredLeaveSettings
from storage.models import LeaveSettingsRow, table

ROWS = table(LeaveSettingsRow)
CHOSEN: dict[str, Any] = {"enabled": True, "routes": {"sick": {"code": "801"}}}
OTHER: dict[str, Any] = {"enabled": True, "routes": {"sick": {"code": "999"}}, "synced_basis": 0}


async def _written(database: Database, **values: Any) -> None:
    async with database.session() as s:
        await s.execute(sa.update(ROWS).values(values))


async def _now(database: Database, integration: Integration) -> StoredLeaveSettings:
    async with database.reading() as s:
        found = await leave_settings.get(s, integration.id)
        (same,) = await leave_settings.everyone(s)
        assert {integration.id: found} == await leave_settings.of(s, [integration.id])
    assert found is not None
    assert found == same
    return found


@pytest.fixture
async def chosen(database: Database, integration: Integration) -> StoredLeaveSettings:
    async with database.session() as s:
        await leave_settings.put(s, integration.id, CHOSEN, expected=0)
        assert await leave_settings.record_synced(s, integration.id, version=1, basis=0)
    stored = await _now(database, integration)
    leave_settings.require(stored)
    assert (dict(stored.settings), stored.synced_basis) == (CHOSEN, 0)
    return stored


async def test_another_code_that_was_written_into_the_row_is_given_to_nobody(
    database: Database, integration: Integration, chosen: StoredLeaveSettings
) -> None:
    await _written(database, settings=OTHER)
    altered = await _now(database, integration)
    assert altered.settings == chosen.settings
    with pytest.raises(ChoicesAltered) as refused:
        leave_settings.require(altered)
    assert (refused.value.parts, refused.value.lost) == (("absence",), False)
    async with database.session() as s:
        assert not await leave_settings.record_synced(s, integration.id, version=1, basis=0)
        assert list(await integrations.put_back(s, integration.id)) == ["absence"]
        assert list(await integrations.put_back(s, integration.id)) == []
    after = await _now(database, integration)
    leave_settings.require(after)
    assert (after.settings, after.synced_basis) == (CHOSEN, None)


@pytest.mark.parametrize("token", [None, b"gAAAAA"])
async def test_without_its_seal_it_is_refused_until_it_is_taken_as_it_stands(
    database: Database, integration: Integration, chosen: StoredLeaveSettings, token: bytes | None
) -> None:
    await _written(database, choices=token)
    lost = await _now(database, integration)
    assert lost.is_lost
    assert lost.synced_basis is None, "nothing of it was shown"
    with pytest.raises(ChoicesAltered):
        async with database.session() as s:
            await leave_settings.put(s, integration.id, lost.settings, expected=chosen.version)
    assert await lost_choices.take(database) == 1
    after = await _now(database, integration)
    leave_settings.require(after)
    assert after.settings == CHOSEN


async def test_what_was_chosen_before_it_was_sealed_is_taken_over_once(
    database: Database, integration: Integration, chosen: StoredLeaveSettings
) -> None:
    async def brought_up_from(version: str) -> StoredLeaveSettings:
        await _written(database, choices=None)
        async with database.session() as s:
            await s.run_sync(lambda session: adopt(database.vault, session.connection(), version))
        return await _now(database, integration)

    assert await brought_up_from("0032_problem_mutes") == chosen
    assert (await brought_up_from("0034_choice_seals")).is_lost
