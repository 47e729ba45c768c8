"""A key or session that ends in the middle of a run: renewed where that works, else the run stops and says so, once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.jobs.runs.result import result_of
from bot.jobs.runs.service import RunRequest
from storage.integrations import IntegrationState
from storage.runs import RunKind, RunState
from tests.jobs.runs.test_replan import integration_now
from tests.support.replica import POLICY
from tests.support.replica_world import TOKEN, World, until

CREATE: dict[str, Any] = {"method": "POST", "path": "/employee$", "nth": 3}


@pytest.mark.parametrize("where", ["writing", "writing, and no new one at once", "reading"])
async def test_a_session_that_ends_is_renewed_and_nobody_is_written_twice_or_left_out(
    on_sqlite: World, where: str
) -> None:
    integration = await on_sqlite.connect()
    faults = on_sqlite.tripletex.faults

    def end() -> None:
        on_sqlite.tripletex.sessions.end_all()
        if where.endswith("at once"):
            faults.status(503, path="/token/session/:create", times=3)

    faults.meanwhile(end, **({"method": "GET", "path": "/employee$", "nth": 2} if where == "reading" else CREATE))
    async with on_sqlite.working(policy=replace(POLICY, writers=2)) as jobs:
        run = await on_sqlite.ended((await jobs.runs.start(_sync(integration.id))).id)
    assert (run.state, run.counts) == (RunState.DONE, {"created": 12})
    assert on_sqlite.numbers() == {person["number"]: 1 for person in on_sqlite.people}


@pytest.mark.parametrize("side", ["target", "source"])
async def test_a_key_that_is_withdrawn_stops_the_run_and_the_rest_is_told_as_not_done(
    on_sqlite: World, side: str
) -> None:
    integration = await on_sqlite.connect()

    def withdrawn() -> None:
        if side == "target":
            on_sqlite.tripletex.revoke(TOKEN)
            on_sqlite.tripletex.sessions.end_all()
        else:
            on_sqlite.simployer.revoke()

    async def told() -> bool:
        return bool(on_sqlite.tellings.of("trouble"))

    on_sqlite.tripletex.faults.meanwhile(withdrawn, **CREATE)
    async with on_sqlite.working(policy=replace(POLICY, writers=1, batch=4)) as jobs:
        run = await on_sqlite.ended((await jobs.runs.start(_sync(integration.id))).id)
        await until(told)
    # Whoever was being written as the key went is not there, and told as failed, not as unknown.
    made = 2 if side == "target" else 4
    assert (run.state, run.counts) == (RunState.FAILED, {"created": made, "failed": 12 - made})
    assert sum(on_sqlite.numbers()[person["number"]] for person in on_sqlite.people) == made
    said = result_of(run).text
    assert said is not None
    assert "refused" in said.key or "token" in said.key
    assert (await integration_now(on_sqlite, integration.id)).state is IntegrationState.NEEDS_RECONNECT
    assert on_sqlite.tellings.of("finished") == [[run.id]]
    assert [line[0] for line in on_sqlite.tellings.of("trouble")] == [run.id]


def _sync(integration_id: str) -> RunRequest:
    return RunRequest(integration_id, RunKind.SYNC, "U1", "press-1")
