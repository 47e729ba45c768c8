"""A system that answers each call just in time does not keep a run's place for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core.clock import system_clock
from bot.jobs.runs.result import RunResult
from bot.jobs.runs.service import RunRequest
from storage import outcomes
from storage.runs import Run, RunKind, RunState
from tests.support.replica import POLICY
from tests.support.replica_world import World

DAY = timedelta(days=1)


class LeapingClock:
    """The system's clock, and a day more once somebody has it leap."""

    def __init__(self) -> None:
        self.more = timedelta(0)

    def __call__(self) -> datetime:
        return system_clock() + self.more

    def leap(self) -> None:
        self.more = DAY


def reason_of(run: Run) -> str | None:
    text = RunResult.from_json(run.reason).text if run.reason is not None else None
    return text.key if text is not None else None


@pytest.mark.parametrize("kind", [RunKind.PREVIEW, RunKind.SYNC])
async def test_reading_that_lasts_too_long_ends_the_run_with_nothing_written(on_sqlite: World, kind: RunKind) -> None:
    integration = await on_sqlite.connect()
    async with on_sqlite.working(policy=replace(POLICY, lasts=timedelta(0))) as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, kind, "U1", "press"))
        ended = await on_sqlite.ended(run.id)
    assert (ended.state, reason_of(ended)) == (RunState.FAILED, "jobs.too_slow")
    assert on_sqlite.tripletex.requests.writes() == []


async def test_writing_that_lasts_too_long_stops_between_two_people_and_goes_on_with_the_next_run(
    on_sqlite: World,
) -> None:
    integration = await on_sqlite.connect()
    clock = LeapingClock()
    on_sqlite.tripletex.faults.meanwhile(clock.leap, method="POST", path="/employee$", nth=3)
    async with on_sqlite.working(clock, replace(POLICY, lasts=timedelta(hours=6), writers=1)) as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press"))
        ended = await on_sqlite.ended(run.id)
        async with on_sqlite.database.reading() as s:
            counts = await outcomes.counts(s, run.id)
        again = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-again"))
        assert (await on_sqlite.ended(again.id)).state is RunState.DONE
    assert (ended.state, reason_of(ended)) == (RunState.FAILED, "jobs.too_slow")
    assert counts == {"created": 3, "failed": len(on_sqlite.people) - 3}
    assert sorted(on_sqlite.numbers().values()) == [1] * len(on_sqlite.people)
