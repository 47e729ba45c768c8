"""What cannot be told now waits without a place, is told in the end, and is looked after meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.jobs.notifications.notifier import NotTold
from bot.jobs.runs.service import RunRequest
from storage import runs
from storage.runs import RunKind, RunState
from tests.support.recording_notifier import Tellings
from tests.support.replica import POLICY
from tests.support.replica_world import World, until

ONE_PLACE = replace(POLICY, reports_at_once=1, report_after=(3600.0,), heal_after=timedelta(0))


async def waiting(world: World, run_id: str, turns: int = 1) -> None:
    """Until the telling of the run has been set for another time."""

    async def there() -> bool:
        async with world.database.reading() as s:
            run = await runs.get(s, run_id)
        return run is not None and run.state is RunState.REPORTING and run.thread.turn >= turns

    await until(there)


async def test_what_waits_holds_no_place_and_is_not_given_up(anywhere: World) -> None:
    mute, heard = await anywhere.connect("T1"), await anywhere.connect("T2", target_account_id="another")
    anywhere.tellings.deaf = True
    async with anywhere.working(policy=ONE_PLACE) as jobs:
        first = await jobs.runs.start(RunRequest(mute.id, RunKind.PREVIEW, "U1", "press-1"))
        await waiting(anywhere, first.id)
        anywhere.tellings.deaf = False
        second = await jobs.runs.start(RunRequest(heard.id, RunKind.PREVIEW, "U1", "press-2"))
        await anywhere.ended(second.id)
        await jobs.sweep.reconcile_runs()
        await waiting(anywhere, first.id)
    assert [run_id for [run_id] in anywhere.tellings.of("finished")] == [second.id]


async def test_the_next_result_of_the_same_integration_does_not_wait_for_ever(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    on_sqlite.tellings.deaf = True
    async with on_sqlite.working(policy=replace(POLICY, report_after=(0.1, 3600.0))) as jobs:
        first = await jobs.runs.start(RunRequest(integration.id, RunKind.PREVIEW, "U1", "press-1"))
        await waiting(on_sqlite, first.id, turns=2)
        on_sqlite.tellings.deaf = False
        second = await jobs.runs.start(RunRequest(integration.id, RunKind.PREVIEW, "U1", "press-2"))
        await on_sqlite.ended(second.id)
        await waiting(on_sqlite, first.id)


class OutOfReach(Tellings):
    """Whoever was to be told is gone for good."""

    tries = 0

    async def finished(self, run_id: str) -> None:
        self.tries += 1
        raise NotTold("account_inactive", final=True)


async def test_a_run_that_nobody_can_hear_of_ends_at_once(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    on_sqlite.tellings = gone = OutOfReach(on_sqlite.folder / "tellings")
    async with on_sqlite.working() as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.PREVIEW, "U1", "press-1"))
        assert (await on_sqlite.ended(run.id)).state is RunState.DONE
    assert gone.tries == 1
