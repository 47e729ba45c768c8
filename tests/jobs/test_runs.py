"""Runs from the button press to the end, against the stand-ins."""

from __future__ import annotations

from storage.integrations import IntegrationState
from storage.runs import RunKind, RunState
from tests.jobs.world import World


async def test_a_sync_creates_everyone_and_says_so_once(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    async with on_sqlite.working() as jobs:
        run = await jobs.runs.start(integration.id, RunKind.SYNC, "U1", "press-1")
        ended = await on_sqlite.ended(run.id)
    assert ended.state is RunState.DONE, ended
    assert ended.counts == {"created": 12}
    assert on_sqlite.numbers() == {person["number"]: 1 for person in on_sqlite.people}
    assert on_sqlite.tellings.of("finished") == [[run.id]]
    assert IntegrationState
