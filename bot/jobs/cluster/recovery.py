"""Recovery: takes over the work of dead processes, and enqueues what was stored and never enqueued."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from bot.core.clock import Clock
from bot.jobs.engine.engine import Engine, Progress, WorkStatus
from bot.jobs.policy import Policy
from bot.jobs.runs.finish import BROKEN, RunFinisher
from bot.jobs.runs.queue import WorkQueue, owner_of_run
from bot.jobs.runs.result import RunResult
from bot.jobs.runs.service import RunService
from bot.jobs.runs.states import awaited_work, waits_for_people
from storage import executors, integrations, runs
from storage.database import Database
from storage.errors import RunEnded
from storage.runs import Run, RunState

log = structlog.get_logger(__name__)

_AT_ONCE = 200
"""Runs looked at in one go: after a rush thousands wait in the queue, and the event loop has others to answer."""

_GIVEN_UP = (Progress.FAILED, Progress.CANCELLED)


class Recovery:
    """Run by every replica; all at once is safe."""

    def __init__(
        self, database: Database, engine: Engine, runs: RunService, desk: WorkQueue, clock: Clock, policy: Policy
    ) -> None:
        self._database = database
        self._engine = engine
        self._runs = runs
        self._desk = desk
        self._clock = clock
        self._policy = policy
        self._closing = RunFinisher(database, clock)
        self._adrift: set[str] = set()

    async def recover_from_dead(self) -> list[str]:
        """Take over the work of processes whose lease has run out; gives their ids."""
        await self._register_unknown()
        await self._requeue_orphaned()
        async with self._database.reading() as session:
            silent = await executors.silent(session, self._policy.dead_after)
        dead = [name for name in silent if name != self._engine.executor_id]
        if not dead:
            return []
        if left := await self._engine.unfinished(dead):
            log.warning("taking_over", work=left, of=dead)
            await self._engine.recover_from(dead)
        for name in dead:
            if not await self._engine.unfinished([name]):
                async with self._database.session() as session:
                    await executors.remove(session, name)
        return dead

    async def _requeue_orphaned(self) -> None:
        """Requeue what this process has lost without an end, once it has been orphaned for a whole round."""
        seen, self._adrift = self._adrift, await self._engine.orphaned()
        if caught := seen & self._adrift:
            log.warning("work_adrift", work=sorted(caught))
            await self._engine.requeue(caught)

    async def _register_unknown(self) -> None:
        """A process that froze and was forgotten may take up work when it thaws, and die before its next sign of life.

        Whoever has work is known from here on, and counts as silent if no sign follows.
        """
        owners = await self._engine.owners()
        async with self._database.reading() as session:
            strangers = owners - await executors.known(session)
        if strangers:
            async with self._database.session() as session:
                await executors.register_unknown(session, sorted(strangers))

    async def reconcile_runs(self) -> int:
        """Enqueue again what was stored but not enqueued, and end what the engine has given up; says how many."""
        settled = self._clock() - self._policy.heal_after
        healed, last = 0, None
        while True:
            async with self._database.reading() as session:
                old = await runs.unended(session, settled, _AT_ONCE, after=last)
            if not old:
                return healed
            last = old[-1]
            standings = await self._engine.statuses([name for run in old for name in awaited_work(run)])
            for run in old:
                healed += await self._reconcile_page(run, [standings.get(name) for name in awaited_work(run)])

    async def _reconcile_page(self, run: Run, standings: Sequence[WorkStatus | None]) -> bool:
        known = [standing for standing in standings if standing is not None]
        # Done, and the run is as it was: its body saw it in a state that it is not in any more.
        over = _GIVEN_UP if waits_for_people(run) else (*_GIVEN_UP, Progress.DONE)
        if any(standing.progress not in over for standing in known):
            return False
        async with self._database.reading() as session:
            integration = await integrations.get(session, run.integration_id, team_id=run.team_id)
        if integration is None:
            return False
        if known:
            return await self._give_up(run)
        match run.state:
            case RunState.QUEUED:
                await self._desk.enqueue_plan(run.id, integration)
            case RunState.WAITING_APPROVAL if waits_for_people(run):
                await self._desk.enqueue_approval_request(run.id, owner_of_run(run))
            case RunState.WAITING_APPROVAL:
                await self._runs.carry_on_approved(run, integration)
            case RunState.REPORTING:
                await self._desk.enqueue_report(run.id, owner_of_run(run))
            case _:
                return False
        log.warning("enqueued_again", run_id=run.id, state=run.state.value)
        return True

    async def _give_up(self, run: Run) -> bool:
        """The engine has tried a run too often, or is done with it: end it, so that people hear of it."""
        if run.state is RunState.REPORTING:
            state = RunResult.from_json(run.reason).state if run.reason else RunState.DONE
            try:
                async with self._database.session() as session:
                    await runs.advance(session, run.id, state)
            except RunEnded:
                return False
            log.error("run_given_up", run_id=run.id, state=run.state.value)
            return True
        async with self._database.session() as session:
            ended = await self._closing.end_waiting(session, run.id, BROKEN, {run.state})
        if ended:
            log.error("run_given_up", run_id=run.id, state=run.state.value)
            await self._desk.enqueue_report(run.id, owner_of_run(run))
        return ended
