"""One person's data stops nobody else, and whatever is broken, a run ends in a state and a message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.core.rights_learnt import NOBODY_PASSED, SOME_PASSED
from bot.jobs.runs.result import result_of
from bot.jobs.runs.service import RunRequest
from storage import outcomes
from storage.runs import RunKind, RunState
from tests.support.replica import POLICY, TUNING
from tests.support.replica_world import World

ODD: list[dict[str, Any]] = [
    {"employeeNumber": "10\x0005"},
    {"employeeNumber": "10\ud83d05", "firstName": "Kari\ud83d"},
    {"ssn": {"value": 1}, "birthDate": "9999-12-31T23:59:59.999Z"},
    {"bankAccount": [None], "homeAddress": 7, "employeeNumber": 10**4_000},
    {"id": None, "employeeNumber": "\u202e5001"},
]


def sync_of(integration_id: str, key: str) -> RunRequest:
    return RunRequest(integration_id=integration_id, kind=RunKind.SYNC, requested_by="U1", idempotency_key=key)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ",".join(odd))
async def test_one_person_whose_data_cannot_be_read_is_named_and_everybody_else_is_synced(
    anywhere: World, odd: dict[str, Any]
) -> None:
    integration = await anywhere.connect()
    row = next(iter(anywhere.simployer.store.rows["employee"].values()))
    anywhere.simployer.store.oddities[row["id"]] = odd
    async with anywhere.working() as jobs:
        run = await anywhere.ended((await jobs.runs.start(sync_of(integration.id, "press-1"))).id)
        assert (run.state, run.counts) == (RunState.DONE, {"created": 11, "blocked": 1})
        async with anywhere.database.reading() as s:
            (blocked,) = await outcomes.page(s, anywhere.database.vault, run.id, ["blocked"])
        assert row["lastName"] in blocked.person_name
    assert anywhere.tellings.of("finished") == [[run.id]]


@pytest.mark.parametrize(
    ("times", "state", "counts"),
    [
        (1, RunState.DONE, {"created": 11, "failed": 1}),
        # The first two of a run, while Tripletex says that the key may write people: it is about them.
        # Who made the key doubtful is tried once more.
        (3, RunState.DONE, {"created": 10, "failed": 2}),
        (None, RunState.FAILED, {"failed": 12}),
    ],
)
@pytest.mark.parametrize("told", [True, False])
async def test_a_right_that_is_missing_for_one_person_stops_nobody_else_and_for_everybody_the_run(
    on_sqlite: World, times: int | None, state: RunState, counts: dict[str, int], *, told: bool
) -> None:
    integration = await on_sqlite.connect()
    if not told:
        if times == 3:
            state, counts = RunState.FAILED, {"failed": 12}
        on_sqlite.tripletex.faults.status(403, path="/employee/entitlement", times=None)
    no = {"status": 403, "code": 9000, "message": "You do not have permission to access this feature."}
    fault = on_sqlite.tripletex.faults.status(403, no, method="POST", path="/employee$", nth=1, times=times)
    async with on_sqlite.working(policy=replace(POLICY, writers=1)) as jobs:
        run = await on_sqlite.ended((await jobs.runs.start(sync_of(integration.id, "press-1"))).id)
        assert (run.state, run.counts) == (state, counts)
        async with on_sqlite.database.reading() as s:
            refused = await outcomes.page(s, on_sqlite.database.vault, run.id, ["failed"])
    most = SOME_PASSED if told else NOBODY_PASSED
    theirs = counts["failed"] if state is RunState.DONE else most - 1
    assert ["provider.person_refused" in str(one.detail) for one in refused].count(True) == theirs
    assert fault.hits == (times if state is RunState.DONE else most + int(told))


async def test_a_run_whose_outcomes_cannot_be_stored_ends_and_is_told(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    async with on_sqlite.database.session() as s:
        refuse = "CREATE TRIGGER full BEFORE INSERT ON outcomes BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        await s.execute(sa.text(refuse))
    # Nobody reads the many tracebacks, and it takes long to draw them; nor does it get better by waiting.
    with capture_logs() as logs:
        async with on_sqlite.working(tuning=replace(TUNING, step_attempts=2)) as jobs:
            run = await on_sqlite.ended((await jobs.runs.start(sync_of(integration.id, "press-1"))).id)
    assert "run_not_closed" in {entry["event"] for entry in logs}
    async with on_sqlite.working() as jobs:
        assert run.state is RunState.FAILED
        said = result_of(run).text
        assert said is not None
        assert said.key == "jobs.broken"
        async with on_sqlite.database.session() as s:
            await s.execute(sa.text("DROP TRIGGER full"))
        again = await on_sqlite.ended((await jobs.runs.start(sync_of(integration.id, "press-2"))).id)
        assert again.state is RunState.DONE
    assert on_sqlite.tellings.of("finished") == [[run.id], [again.id]]
