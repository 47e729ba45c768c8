"""What is read of many integrations in one statement, on both databases."""

from __future__ import annotations

from datetime import date

from storage import expiries, integrations, overview, runs
from storage.database import Database
from storage.expiries import SOURCE, Expiry
from storage.integrations import Integration
from storage.model_base import EMPLOYEES
from storage.runs import RunKind, RunState
from tests.storage.conftest import TEAM, new_integration, new_run


async def test_the_newest_of_each_is_found_at_once(database: Database, integration: Integration) -> None:
    until = date(2026, 12, 24)
    async with database.session() as s:
        other = await integrations.create(s, database.vault, new_integration("other"))
        for one in (integration, other):
            for number in range(4):
                kind = RunKind.FILE if number == 3 else RunKind.SYNC
                await runs.create(s, new_run(one, f"{one.id}:{number}", kind))
                if number != 2:
                    await runs.advance(s, f"{one.id}:{number}", RunState.CANCELLED)
        await expiries.replace(
            s, TEAM, other.id, Expiry(team_id=TEAM, integration_id=other.id, until=until, warn_at=None)
        )
    both = (integration.id, other.id)
    async with database.reading() as s:
        ended = await overview.last_ended(s, TEAM, EMPLOYEES)
        syncs = await overview.latest_syncs(s, both, EMPLOYEES, 2)
        active = await overview.active(s, TEAM)
        assert await overview.credentials_until(s, TEAM) == {other.id: until}
        assert SOURCE not in await overview.credentials_until(s, TEAM)
        assert await overview.files_in(s, TEAM, ("waiting",)) == {}
        assert await overview.schedules_of(s, both) == {}
        assert await overview.last_ended(s, "T0200", EMPLOYEES) == {}
    assert {name: run.id for name, run in ended.items()} == {each: f"{each}:1" for each in both}
    assert {name: [run.id for run in found] for name, found in syncs.items()} == {
        each: [f"{each}:2", f"{each}:1"] for each in both
    }
    assert {name: [run.id for run in found] for name, found in active.items()} == {each: [f"{each}:2"] for each in both}
