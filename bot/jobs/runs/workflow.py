"""A run as durable work: read and plan, ask where the guard says so, apply, close. Reporting is work of its own.

What happened is in storage; the engine's tables only know how far the work is. A step that is done twice finds in
storage what the first one did, so that an interrupted run is finished, not started again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from bot.connections import Connections, OpenConnections
from bot.core import traces
from bot.core.clock import Clock
from bot.core.fair_places import FairPlaces
from bot.jobs.cluster.lease import Heartbeat
from bot.jobs.engine.engine import Engine, StepFailed, Steps
from bot.jobs.engine.work_owner import WorkOwner
from bot.jobs.notifications.file_recipient import FileRecipient
from bot.jobs.notifications.notifier import Notifier
from bot.jobs.policy import Policy
from bot.jobs.runs.finish import BROKEN, RunFinisher
from bot.jobs.runs.monitor import RunMonitor
from bot.jobs.runs.queue import (
    FIRST_TURN,
    RUNS,
    ApplyWork,
    RunTurn,
    RunWork,
    TimedWorkSink,
    WorkQueue,
    owner_of_run,
    run_work_from_json,
)
from bot.jobs.runs.replan import Replanner
from bot.jobs.runs.result import DONE
from bot.jobs.runs.run_steps import RunSteps
from bot.jobs.runs.step_results import (
    Batch,
    Begun,
    Ended,
    GoOn,
    NextPhase,
    Overtaken,
    PlanAnew,
    Proceed,
    RetryLater,
    SetAside,
    StepResult,
    step_result_from_json,
)
from storage import runs
from storage.database import Database, reader
from storage.json_codec import Json
from storage.runs import Run

log = structlog.get_logger(__name__)

_LONGEST_PAUSE = 900.0
_SHORT = 1.0
"""Seconds: a pause that is not worth another place in the queue, which looks once in a second for what is due."""

_SET_ASIDE = "run_set_aside"
"""The change by which a run whose system is unavailable gives its place to others."""


class RunWorker:
    """Carries out runs for the engine."""

    def __init__(
        self,
        *,
        database: Database,
        connections: Connections,
        reporter: Notifier,
        engine: Engine,
        heartbeat: Heartbeat,
        clock: Clock,
        policy: Policy,
        hands: FileRecipient | None = None,
    ) -> None:
        self._database = database
        self._connections = connections
        self._reporter = reporter
        self._heartbeat = heartbeat
        self._clock = clock
        self._policy = policy
        self._recipient = hands
        self._engine = engine
        self._queue = WorkQueue(engine)
        self._places = FairPlaces(policy.runs_at_once)
        self._finisher = RunFinisher(database, clock)
        self._replanner = Replanner(database, self._finisher)

    async def body(self, steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        """The engine's body for `bot.jobs.runs.queue.RUNS`."""
        work = run_work_from_json(arguments)
        if work.work_id != work_id:
            # Sealed for the engine, and copied there from other work: the run whose work this is is given up and told.
            log.error("work_misplaced", work=work_id, run_id=work.run_id)
            return
        with structlog.contextvars.bound_contextvars(run_id=work.run_id):
            try:
                run = await self._run_of(work.run_id)
                # Its own share of the places where it cannot be found out whose it is.
                team_id = run.team_id if run is not None else work.run_id
                # A version before asked for work without saying whose it is.
                owner = steps.owner or (owner_of_run(run) if run is not None else None)
                if run is not None:
                    structlog.contextvars.bind_contextvars(integration_id=run.integration_id)
                    traces.note("integration_id", run.integration_id)
                reader.set(team_id)
                with self._places.claim(team_id) as has_place:
                    async with OpenConnections(self._connections) as connections:
                        run_steps = self._steps_of(work, work_id, owner, connections, has_place=has_place)
                        workflow = RunWorkflow(steps, run_steps, self._queue, self._engine, self._policy)
                        await workflow.carry_out(work)
            finally:
                self._heartbeat.forget(work_id)
                structlog.contextvars.unbind_contextvars("integration_id")

    async def _run_of(self, run_id: str) -> Run | None:
        """The run that the work is of; None where that cannot be found out now."""
        try:
            async with self._database.reading() as session:
                return await runs.get(session, run_id)
        except Exception as error:
            log.warning("workspace_unknown", error=type(error).__name__)
            return None

    def _steps_of(
        self,
        work: RunWork,
        work_id: str,
        owner: WorkOwner | None,
        connections: OpenConnections,
        *,
        has_place: bool,
    ) -> RunSteps:
        return RunSteps(
            run_id=work.run_id,
            owner=owner,
            turn=work.turn,
            approved=isinstance(work, ApplyWork),
            has_place=has_place,
            database=self._database,
            connections=connections,
            monitor=RunMonitor(
                self._database,
                self._reporter,
                self._heartbeat,
                self._clock,
                self._policy.progress_every,
                work.run_id,
                work_id,
                self._policy.lasts,
            ),
            replanner=self._replanner,
            finisher=self._finisher,
            recipient=self._recipient,
            clock=self._clock,
            policy=self._policy,
        )


class RunWorkflow:
    """One execution of a run's work, from its first line: which step follows from what the last one gave.

    Names and order of the steps are on record (docs/operations.md): a change to them is guarded by `Steps.patched`.
    """

    def __init__(self, steps: Steps, run: RunSteps, queue: WorkQueue, later: TimedWorkSink, policy: Policy) -> None:
        self._steps = steps
        self._run = run
        self._queue = queue
        self._later = later
        self._policy = policy
        self._next = FIRST_TURN

    async def carry_out(self, work: RunWork) -> None:
        """From the start, or from where somebody has approved the plan, to the end as far as it can be reached now.

        Work that has to wait is enqueued anew, and goes on from there.
        """
        await self._run.note_interruption()
        self._next = replace(work.turn, number=work.turn.number + 1, waits=work.turn.waits + 1)
        goes_on = isinstance(work, ApplyWork) or work.turn.applying
        try:
            result = await (self._from_plan() if goes_on else self._from_start())
        except StepFailed as error:
            log.error("run_broken", error=str(error))
            result = Ended(BROKEN)
        match result:
            case Ended():
                await self._end(result)
            case RetryLater(ending):
                await self._end(Ended(ending))
            case SetAside(wait, partition):
                again = replace(work, turn=self._next)
                owner = self._run.owner
                await self._later.enqueue(RUNS, again.work_id, partition, again.to_json(), owner, delay=wait)

    async def _from_start(self) -> StepResult:
        begun = await self._begin()
        for other in begun.superseded:
            await self._queue.enqueue_report(other, self._owner(begun.integration_id))
        while True:
            planned = await self._patiently("plan", self._run.plan) if isinstance(begun.result, GoOn) else begun.result
            if isinstance(planned, SetAside):
                return planned
            result = await self._let_go(begun, planned)
            # What was planned is out of date before anything was written of it: the same run plans once more.
            if not isinstance(result, PlanAnew):
                return result

    async def _let_go(self, begun: Begun, planned: StepResult) -> StepResult:
        """Let go the run that was made again, if this is one, and do what follows from the plan."""
        if begun.shown is not None and await self._release(begun.shown):
            await self._queue.enqueue_report(begun.shown, self._owner(begun.integration_id))
        match planned:
            case Proceed(NextPhase.ASK):
                owner = self._owner(begun.integration_id)
                await self._queue.enqueue_approval_request(self._run.run_id, owner)
                return Overtaken()
            case Proceed(NextPhase.REPORT):
                return Ended(DONE)
            case Proceed(NextPhase.APPLY):
                return await self._apply()
        return planned

    async def _from_plan(self) -> StepResult:
        resumed = await self._step("resume", self._run.resume)
        return await self._apply() if isinstance(resumed, GoOn) else resumed

    async def _apply(self) -> StepResult:
        noted = await self._attempt("note", self._run.record_quiet)
        if isinstance(noted, PlanAnew) and noted.run_id is not None:
            # Before its turns are forgotten: a run that waits for work which nobody knows is given up.
            owner = self._run.owner
            assert owner is not None
            await self._queue.enqueue_plan_anew(noted.run_id, noted.partition, owner)
            await self._steps.step("forget_turns", partial(self._run.replanner.forget_turns, self._run.run_id))
            return Overtaken()
        if not isinstance(noted, Proceed):
            return noted
        while True:
            match await self._patiently("apply", self._run.batch, applying=True):
                case Batch(over=False):
                    continue
                case Batch():
                    return Ended(DONE)
                case result:
                    return result

    async def _end(self, ended: Ended) -> None:
        try:
            integration_id = await self._close("close", partial(self._run.close, ended))
        except StepFailed as error:
            # Whatever was stored of people: a run ends in a state and a message, or its integration could run no more.
            log.error("run_not_closed", error=str(error))
            integration_id = await self._close("close_bare", self._run.close_bare)
        if integration_id is None:
            return
        owner = self._owner(integration_id)
        if ended.reconnect and ended.ending.text is not None:
            await self._queue.enqueue_trouble(self._run.run_id, owner, ended.ending.text)
        await self._queue.enqueue_report(self._run.run_id, owner)

    def _owner(self, integration_id: str) -> WorkOwner:
        return self._run.owner or WorkOwner("", integration_id)

    async def _patiently(
        self, name: str, work: Callable[[], Awaitable[StepResult]], *, applying: bool = False
    ) -> StepResult:
        """Repeat a step while a system is unavailable, with growing pauses; anew whenever somebody got through.

        But for a short pause, the work is set for another time, and its place is others' meanwhile.
        """
        turn = self._run.turn if self._run.turn.applying == applying else FIRST_TURN
        tried, reached = turn.tried, turn.reached
        while True:
            result = await self._attempt(name, work)
            if not isinstance(result, RetryLater):
                return result
            if result.reached > reached:
                tried, reached = 0, result.reached
            if tried >= len(self._policy.retry_after):
                return result
            pause = min(max(self._policy.retry_after[tried], result.after), _LONGEST_PAUSE)
            tried += 1
            # A version before slept, and so does what it has begun.
            if pause > _SHORT and await self._steps.patched(_SET_ASIDE):
                self._next = RunTurn(self._next.number, 0, tried, reached, applying)
                return await self._step("set_aside", partial(self._run.set_aside, pause))
            await self._steps.sleep(pause)

    async def _attempt(self, name: str, work: Callable[[], Awaitable[StepResult]]) -> StepResult:
        return await self._step(name, lambda: self._run.attempt(work))

    async def _step(self, name: str, work: Callable[[], Awaitable[StepResult]]) -> StepResult:
        async def recorded() -> Json:
            return (await work()).to_json()

        return step_result_from_json(await self._steps.step(name, recorded))

    async def _begin(self) -> Begun:
        async def recorded() -> Json:
            return (await self._run.begin()).to_json()

        return Begun.from_json(await self._steps.step("begin", recorded))

    async def _release(self, shown: str) -> bool:
        async def recorded() -> Json:
            return await self._run.release(shown)

        return bool(await self._steps.step("release", recorded))

    async def _close(self, name: str, work: Callable[[], Awaitable[str | None]]) -> str | None:
        async def recorded() -> Json:
            return await work()

        integration_id: str | None = await self._steps.step(name, recorded)
        return integration_id
