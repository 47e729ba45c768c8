"""A process is killed at every named step: before its work, between work and checkpoint, and before it hands on."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sync.plan.guard import Thresholds
from storage import integrations, runs
from storage.runs import RunState
from tests.chaos.scene import Stage, stage
from tests.support.kill_points import FIRING, STEPS, dooms

pytestmark = [pytest.mark.chaos, pytest.mark.long]

UNTIL_ASKED = ("begin", "plan", "tell")
SIZE = 6
A_DAY = 86_400.0
"""So long nothing is healed: else a process that is to die on handing something over finds it done."""


async def die_everywhere(made: Stage) -> None:
    """One slot that has to be approved, carried on by one doomed process after the other."""
    ((integration, books),) = made.integrations[:1]
    made.crowd(10, books)
    async with made.database.session() as s:
        strict = Thresholds(creates_share=0, creates_people=1).to_json()
        await integrations.update(s, integration.id, integration.version, thresholds=strict)
    del made.integrations[1:]
    (run_id,) = await made.fire()
    for doom in dooms(UNTIL_ASKED):
        await made.doomed(doom, heal_after=A_DAY)
    assert (await made.run(run_id)).state is RunState.WAITING_APPROVAL
    async with made.database.session() as s:
        assert await runs.approve(s, run_id, "U02HENRIK")
    # Nobody enqueues it: a sweep does, of a process that dies at each place on the way.
    first, *others = dooms(STEPS[STEPS.index("resume") :])
    await made.doomed(first)
    for doom in others:
        await made.doomed(doom, heal_after=A_DAY)
    (second,) = await made.fire()
    for doom in FIRING:
        await made.doomed(doom)
    await made.replica()
    await made.all_ended([second])
    await made.comes_true(made.nothing_under_way)
    await made.mend_and_check()
    run = await made.run(run_id)
    assert (run.state, run.counts) == (RunState.DONE, {"created": SIZE})
    assert run.interrupted_at is not None
    tally = await made.examine()
    tally.assert_nothing_lost_or_doubled()
    assert tally.failed == 0


async def test_on_sqlite(tmp_path: Path) -> None:
    async with stage(f"sqlite:///{tmp_path}/bot.sqlite3", tmp_path, size=SIZE, companies=1) as made:
        await die_everywhere(made)
