"""Into whose record somebody's pay goes is decided by who has the key: what else stands there counts for nothing."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from storage import integrations, resolutions, workspaces
from storage.adoption import adopt
from storage.database import Database
from storage.integrations import Integration
from storage.models import IntegrationRow, ResolutionRow, table
from tests.storage.conftest import new_integration
from tests.storage.decisions import decision

ROWS = table(ResolutionRow)
FORGED: dict[str, dict[str, Any]] = {
    "another person of the target": {"target_id": "t9"},
    "another decision": {"decision": "different"},
    "more people": {"others": ["t3"]},
    "none of the others": {"others": None},
    "by somebody else": {"decided_by": "U9"},
    "without a seal": {"sealed": None},
    "a seal of nobody": {"sealed": b"gAAAAA"},
}


async def decided(database: Database, integration: Integration) -> bool:
    async with database.reading() as s:
        loaded = await resolutions.load(s, integration.id)
        got = await resolutions.get(s, integration.id, "e1")
    assert set(loaded.values()) == ({got} if got else set())
    assert got in (None, decision(integration.id))
    return got is not None


@pytest.mark.parametrize("what", FORGED)
async def test_a_decision_that_was_written_by_other_means_is_none(
    database: Database, integration: Integration, what: str
) -> None:
    async with database.session() as s:
        await resolutions.put(s, decision(integration.id))
    assert await decided(database, integration)
    async with database.session() as s:
        await s.execute(sa.update(ROWS).values(FORGED[what]))
    async with database.reading() as s:
        assert await resolutions.load(s, integration.id) == {}
        assert await resolutions.get(s, integration.id, "e1") is None
    # It is asked about anew, and what is answered then holds.
    async with database.session() as s:
        await resolutions.put(s, decision(integration.id))
    assert await decided(database, integration)


async def test_a_decision_is_no_other_employees_integrations_or_workspaces(
    database: Database, integration: Integration
) -> None:
    async with database.session() as s:
        other = await integrations.create(s, database.vault, new_integration(target_account_id="other"))
        await resolutions.put(s, decision(integration.id))
    for moved in ({"source_id": "e2"}, {"source_id": "e1", "integration_id": other.id}):
        async with database.session() as s:
            await s.execute(sa.update(ROWS).values(moved))
        async with database.reading() as s:
            assert await resolutions.load(s, integration.id) == {}
            assert await resolutions.load(s, other.id) == {}
    async with database.session() as s:
        await s.execute(sa.update(ROWS).values({"integration_id": integration.id}))
    assert await decided(database, integration)
    async with database.session() as s:
        await workspaces.ensure(s, "T0200")
        rows = table(IntegrationRow)
        await s.execute(sa.update(rows).where(rows.c.id == integration.id).values(team_id="T0200"))
    assert not await decided(database, integration)


async def test_what_was_decided_before_decisions_were_sealed_is_taken_over_once(
    database: Database, integration: Integration
) -> None:
    async def brought_up_from(version: str) -> None:
        async with database.session() as s:
            await s.execute(sa.update(ROWS).values(sealed=None))
        async with database.session() as s:
            await s.run_sync(lambda session: adopt(database.vault, session.connection(), version))

    async with database.session() as s:
        await resolutions.put(s, decision(integration.id))
    await brought_up_from("0025_run_remarks")
    assert await decided(database, integration)
    await brought_up_from("0028_decision_seals")
    assert not await decided(database, integration)
