"""Places in the queue of runs: no workspace has all of them, and what waits has none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.jobs.runs.queue import FIRST_TURN, ApplyWork, PlanWork, RunTurn, run_work_from_json
from bot.jobs.runs.service import RunRequest
from bot.jobs.service import Jobs
from storage import run_order, runs
from storage.integrations import Integration
from storage.models import RunRow
from storage.run_options import RunOptions
from storage.runs import NewRun, Run, RunKind, RunState, RunTrigger
from tests.support.replica import POLICY
from tests.support.replica_world import World, empty_books, until

AT_ONCE = replace(POLICY, runs_at_once=4, place_after=0.0, heal_after=timedelta(0))
PATIENT = replace(POLICY, runs_at_once=1, retry_after=(3600.0,), place_after=0.0, heal_after=timedelta(0))


async def connected(world: World, team_id: str, number: int) -> Integration:
    """An integration of a company of its own."""
    books = empty_books(world.tripletex, 50_000_000 + number, f"token-{number}")
    credentials = {"employee_token": f"token-{number}", "environment": "test"}
    division = str(next(iter(books.rows["Division"])))
    settings = {"division": division, "occupation_code": "5223102"}
    return await world.connect(
        team_id, target_account_id=str(books.id), credentials=credentials, settings=settings, name=f"Company {number}"
    )


async def started(jobs: Jobs, integration: Integration, kind: RunKind = RunKind.PREVIEW, key: str = "press") -> Run:
    return await jobs.runs.start(RunRequest(integration.id, kind, "U1", key))


async def set_aside(world: World, run_id: str, turns: int = 1) -> None:
    async def waits() -> bool:
        return (await world.run(run_id)).turn >= turns

    await until(waits)


async def test_of_four_places_a_workspaces_runs_have_three(on_sqlite: World) -> None:
    crowd = [await connected(on_sqlite, "T1", number) for number in range(5)]
    other = await connected(on_sqlite, "T2", 9)
    held = on_sqlite.tripletex.faults.slow(path="/token/session/:create", times=3)
    async with on_sqlite.working(policy=AT_ONCE) as jobs:
        ids = [(await started(jobs, one)).id for one in crowd]
        await until(lambda: _are(held.hits == 3))
        preview = await started(jobs, other)
        assert (await on_sqlite.ended(preview.id)).state is RunState.DONE
        turns = [(await on_sqlite.run(run_id)).turn for run_id in ids]
        assert sum(turn > 0 for turn in turns) == 2
        await jobs.sweep.reconcile_runs()
        held.release()
        assert {(await on_sqlite.ended(run_id)).state for run_id in ids} == {RunState.DONE}


async def _are(true: bool) -> bool:
    return true


async def test_a_run_that_waits_for_a_system_holds_no_place(anywhere: World) -> None:
    broken, sound = await connected(anywhere, "T1", 1), await connected(anywhere, "T2", 2)
    anywhere.tripletex.faults.status(503, times=2)
    async with anywhere.working(policy=PATIENT) as jobs:
        first = await started(jobs, broken)
        await set_aside(anywhere, first.id)
        second = await started(jobs, sound)
        assert (await anywhere.ended(second.id)).state is RunState.DONE
        await jobs.sweep.reconcile_runs()
        assert (await anywhere.run(first.id)).state in (RunState.READING, RunState.PLANNING)


@pytest.mark.parametrize("when", ["reading", "writing"])
async def test_what_was_set_aside_goes_on_and_nothing_of_its_account_begins_meanwhile(
    on_sqlite: World, when: str
) -> None:
    one = await connected(on_sqlite, "T1", 1)
    another = await on_sqlite.connect(
        "T2",
        target_account_id=one.target_account_id,
        credentials={"employee_token": "token-1", "environment": "test"},
        settings=one.settings,
    )
    faults = on_sqlite.tripletex.faults
    if when == "reading":
        faults.status(503, times=None)
    else:
        faults.meanwhile(lambda: faults.status(503, method="GET", times=None), method="POST", path="/employee$", nth=3)
    policy = replace(PATIENT, retry_after=(2.0,))
    async with on_sqlite.working(policy=policy) as jobs:
        first = await started(jobs, one, RunKind.SYNC)
        await set_aside(on_sqlite, first.id)
        told = [words for run_id, *words in on_sqlite.tellings.of("progress") if run_id == first.id]
        assert told[-1] == ["waits", 0, None, "provider.broken"], "people are told what the run waits for"
        faults.clear()
        second = await started(jobs, another)
        await set_aside(on_sqlite, second.id)
        assert (await on_sqlite.run(second.id)).state is RunState.QUEUED
        done = await on_sqlite.ended(first.id)
        after = await on_sqlite.ended(second.id)
    assert (done.state, after.state) == (RunState.DONE, RunState.DONE)
    assert after.started_at is not None
    assert done.finished_at is not None
    assert after.started_at >= done.finished_at
    assert sum(done.counts.values()) == len(on_sqlite.people)


def test_the_turns_of_a_runs_work_have_one_form() -> None:
    for work in (PlanWork("r"), PlanWork("r", RunTurn(3, 1, 2, 7, applying=True)), ApplyWork("r", RunTurn(1))):
        assert run_work_from_json(work.to_json()) == work
    # As a version before wrote it, and as one after may.
    assert run_work_from_json({"run_id": "r", "phase": "plan"}) == PlanWork("r", FIRST_TURN)
    assert run_work_from_json({"run_id": "r", "phase": "plan", "turn": {"number": 2, "more": 1}}).turn.number == 2


@pytest.mark.parametrize(
    ("state", "turn", "is_behind"),
    [
        (RunState.QUEUED, None, False), (RunState.QUEUED, 1, True), (RunState.READING, None, True),
        (RunState.APPLYING, 1, True), (RunState.WAITING_APPROVAL, 1, False), (RunState.REPORTING, 1, False),
    ],
)  # fmt: skip
async def test_who_waits_for_another_run_of_the_account(
    on_sqlite: World, state: RunState, turn: int | None, is_behind: bool
) -> None:
    one = await connected(on_sqlite, "T1", 1)
    elsewhere = await on_sqlite.connect("T2", target_account_id=one.target_account_id)
    made = []
    for number, integration in enumerate((elsewhere, one)):
        new = NewRun(
            id=f"r{number}", integration_id=integration.id, team_id="T", kind=RunKind.SYNC, trigger=RunTrigger.MANUAL
        )
        async with on_sqlite.database.session() as s:
            made.append((await runs.create(s, new))[0])
    async with on_sqlite.database.session() as s:
        values = {"state": state.value, "turn": turn, "created_at": made[1].created_at - timedelta(minutes=1)}
        await s.execute(sa.update(RunRow).where(RunRow.id == "r0").values(**values))
        assert await run_order.is_behind(s, made[1]) is is_behind
        assert not await run_order.is_behind(s, replace(made[1], integration_id="another"))


async def test_a_run_that_is_planned_anew_does_not_wait_for_the_one_that_was_approved(on_sqlite: World) -> None:
    one = await connected(on_sqlite, "T1", 1)
    new = NewRun(id="r", integration_id=one.id, team_id="T1", kind=RunKind.SYNC, trigger=RunTrigger.MANUAL)
    async with on_sqlite.database.session() as s:
        await runs.create(s, new)
        await runs.advance(s, "r", RunState.READING)
        await runs.advance(s, "r", RunState.WAITING_APPROVAL, turn=3)
        assert await runs.approve(s, "r", "U1") is not None
        again, _ = await runs.create(s, replace(new, id="again", trigger=RunTrigger.APPROVAL))
        assert not await run_order.is_behind(s, again)
        # Its work was set for another time once, before what its plan was made with was found to have changed.
        await runs.update(s, "r", turn=2)
        assert await run_order.is_behind(s, again)
        assert not await run_order.is_behind(s, replace(again, options=RunOptions(shown_run="r")))
