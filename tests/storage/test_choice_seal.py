"""What was chosen of an integration holds as it was chosen through the bot: what else stands there is put back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from storage import audit, choice_seal, integrations, kept_plans, workspaces
from storage.adoption import adopt
from storage.choice_seal import PARTS
from storage.database import Database
from storage.errors import ChoicesAltered, StaleVersion
from storage.integrations import Integration
from storage.models import IntegrationRow, table
from tests.storage.conftest import TEAM, new_integration

ROWS = table(IntegrationRow)
OTHER: dict[str, Any] = {
    "scope": {"kind": "everyone"},
    "settings": {"pay": "gross"},
    "thresholds": {"creates_people": 1_000_000},
    "attention": {"four_eyes": False},
    "provider": "paxml",
    "target_account_id": "other",
    "environment": "test",
    "basis": 7,
    "synced_basis": 0,
}


def test_every_part_is_tried() -> None:
    assert set(OTHER) == set(PARTS)


async def _now(database: Database, integration_id: str) -> Integration:
    async with database.reading() as s:
        found = await integrations.get(s, integration_id)
    assert found is not None
    return found


async def _written(database: Database, **values: Any) -> None:
    """As somebody who can write the database."""
    async with database.session() as s:
        await s.execute(sa.update(ROWS).values(values))


@pytest.mark.parametrize("part", PARTS)
async def test_what_was_changed_from_outside_is_found_and_put_back(
    database: Database, integration: Integration, part: str
) -> None:
    choice_seal.require(database.vault, integration)
    await _written(database, **{part: OTHER[part]})
    altered = await _now(database, integration.id)
    with pytest.raises(ChoicesAltered) as refused:
        choice_seal.require(database.vault, altered)
    assert (refused.value.parts, refused.value.lost) == ((part,), False)
    async with database.session() as s:
        assert list(await integrations.put_back(s, integration.id)) == [part]
    after = await _now(database, integration.id)
    choice_seal.require(database.vault, after)
    kept = [each for each in PARTS if each not in ("basis", "synced_basis")]
    assert [getattr(after, each) for each in kept] == [getattr(integration, each) for each in kept]
    assert not after.has_synced_as_is, "what was shown before counts no more"
    assert after.version == integration.version + 1
    async with database.session() as s:
        assert list(await integrations.put_back(s, integration.id)) == [], "once"
        entries = await audit.page(s, TEAM)
    assert [entry.new for entry in entries if entry.action == integrations.ALTERED] == [{"parts": [part]}]


@pytest.mark.parametrize("token", [None, b"gAAAAA"])
async def test_without_its_seal_nothing_tells_what_was_chosen(
    database: Database, integration: Integration, token: bytes | None
) -> None:
    await _written(database, choices=token)
    altered = await _now(database, integration.id)
    with pytest.raises(ChoicesAltered) as refused:
        choice_seal.require(database.vault, altered)
    assert refused.value.lost
    with pytest.raises(ChoicesAltered):
        async with database.session() as s:
            await integrations.put_back(s, integration.id)


async def test_a_seal_is_no_other_integrations_or_workspaces(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        loose = new_integration(target_account_id="other", scope={"kind": "everyone"})
        other = await integrations.create(s, database.vault, loose)
        await workspaces.ensure(s, "T0200")
    assert other.choices is not None
    copied = {part: getattr(other, part) for part in PARTS} | {"target_account_id": "77", "choices": other.choices}
    async with database.session() as s:
        await s.execute(sa.update(ROWS).where(ROWS.c.id == integration.id).values(copied))
        await s.execute(sa.update(ROWS).where(ROWS.c.id == other.id).values(team_id="T0200"))
    for each in (integration, other):
        with pytest.raises(ChoicesAltered):
            choice_seal.require(database.vault, await _now(database, each.id))


async def test_all_that_changes_through_the_bot_stays_genuine(database: Database, integration: Integration) -> None:
    vault = database.vault
    changes: list[dict[str, Any]] = [
        {part: OTHER[part]} for part in ("scope", "settings", "thresholds", "attention", "environment")
    ]
    changes += [{"name": "other"}, {}, {"attention": {}}, {"scope": {"kind": "people", "ids": ["å", "e1"]}}]
    changes.append({"thresholds": {"creates_share": 0.1, "limit": 1e-07}})
    for change in changes:
        async with database.session() as s:
            before = await integrations.locked(s, integration.id)
            changed = await integrations.update(s, before.id, before.version, **change)
        choice_seal.require(vault, changed)
        choice_seal.require(vault, await _now(database, integration.id))
    async with database.session() as s:
        at_first = (await integrations.locked(s, integration.id)).basis
        await integrations.replace_credentials(s, vault, integration.id, {"employee_token": "new"})
        await workspaces.set_settings(s, TEAM, {"drift": "report"})
        await kept_plans.record_synced(s, integration.id, at_first + 2)
    after = await _now(database, integration.id)
    choice_seal.require(vault, after)
    assert after.basis == at_first + 2
    assert after.has_synced_as_is


async def test_nothing_that_the_bot_does_makes_an_alteration_genuine(
    database: Database, integration: Integration
) -> None:
    await _written(database, scope=OTHER["scope"])
    with pytest.raises(ChoicesAltered):
        async with database.session() as s:
            await integrations.update(s, integration.id, integration.version, thresholds={"creates_people": 1})
    async with database.session() as s:
        await integrations.replace_credentials(s, database.vault, integration.id, {"employee_token": "new"})
        await kept_plans.change_basis(s, TEAM)
        await kept_plans.record_synced(s, integration.id, 2)
        now = await integrations.locked(s, integration.id)
        await integrations.update(s, integration.id, now.version, name="other")
        await integrations.set_state(s, integration.id, integrations.IntegrationState.TESTED)
    altered = await _now(database, integration.id)
    with pytest.raises(ChoicesAltered):
        choice_seal.require(database.vault, altered)
    async with database.session() as s:
        await integrations.put_back(s, integration.id)
    after = await _now(database, integration.id)
    assert after.scope == integration.scope
    assert after.basis > altered.basis, "nothing that was planned meanwhile counts"
    assert not after.has_synced_as_is
    with pytest.raises(StaleVersion):
        async with database.session() as s:
            await integrations.update(s, integration.id, altered.version, name="third")


async def test_what_was_chosen_before_choices_were_sealed_is_taken_over_once(
    database: Database, integration: Integration
) -> None:
    async def brought_up_from(version: str) -> None:
        await _written(database, choices=None)
        async with database.session() as s:
            await s.run_sync(lambda session: adopt(database.vault, session.connection(), version))

    await brought_up_from("0032_problem_mutes")
    choice_seal.require(database.vault, await _now(database, integration.id))
    await brought_up_from("0034_choice_seals")
    with pytest.raises(ChoicesAltered):
        choice_seal.require(database.vault, await _now(database, integration.id))


async def test_what_two_change_at_once_is_sealed_as_it_is_in_the_end(
    database: Database, replica: Database, integration: Integration
) -> None:
    async def synced() -> None:
        async with replica.session() as s:
            await kept_plans.record_synced(s, integration.id, 0)

    async with database.session() as s:
        await integrations.update(s, integration.id, integration.version, attention={"noise": "daily"})
        other = asyncio.create_task(synced())
        for _ in range(20):
            await asyncio.sleep(0)
    await other
    after = await _now(database, integration.id)
    choice_seal.require(database.vault, after)
    assert (after.attention, after.synced_basis) == ({"noise": "daily"}, 0)
