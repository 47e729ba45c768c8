"""A run as durable work: read and plan, ask where the guard says so, apply, close. Reporting is work of its own.

What happened is in storage; the engine's tables only know how far the work is. A step that is done twice finds in
storage what the first one did, so that an interrupted run is finished, not started again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog

from bot.connections import Connections, OpenConnections
from bot.core.clock import Clock
from bot.jobs.cluster.lease import Heartbeat
from bot.jobs.engine.engine import Engine, StepFailed, Steps
from bot.jobs.notifications.file_recipient import FileRecipient
from bot.jobs.notifications.notifier import Notifier
from bot.jobs.policy import Policy
from bot.jobs.runs.finish import BROKEN, RunFinisher
from bot.jobs.runs.monitor import RunMonitor
from bot.jobs.runs.queue import ApplyWork, WorkQueue, run_work_from_json
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
    Proceed,
    RetryLater,
    StepResult,
    step_result_from_json,
)
from storage.database import Database
from storage.json_codec import Json

log = structlog.get_logger(__name__)

_LONGEST_PAUSE = 900.0


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
        self._queue = WorkQueue(engine)
        self._finisher = RunFinisher(database, clock)
        self._replanner = Replanner(database, self._finisher)

    async def body(self, steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        """The engine's body for `bot.jobs.runs.queue.RUNS`."""
        work = run_work_from_json(arguments)
        with structlog.contextvars.bound_contextvars(run_id=work.run_id):
            try:
                async with OpenConnections(self._connections) as connections:
                    run_steps = self._steps_of(work.run_id, work_id, connections)
                    workflow = RunWorkflow(steps, run_steps, self._queue, self._policy)
                    await workflow.carry_out(approved=isinstance(work, ApplyWork))
            finally:
                self._heartbeat.forget(work_id)

    def _steps_of(self, run_id: str, work_id: str, connections: OpenConnections) -> RunSteps:
        return RunSteps(
            run_id=run_id,
            database=self._database,
            connections=connections,
            monitor=RunMonitor(
                self._database,
                self._reporter,
                self._heartbeat,
                self._clock,
                self._policy.progress_every,
                run_id,
                work_id,
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

    def __init__(self, steps: Steps, run: RunSteps, queue: WorkQueue, policy: Policy) -> None:
        self._steps = steps
        self._run = run
        self._queue = queue
        self._policy = policy

    async def carry_out(self, *, approved: bool) -> None:
        """From the start, or from where somebody has approved the plan, to the end as far as it can be reached now."""
        await self._run.note_interruption()
        try:
            result = await (self._from_approval() if approved else self._from_start())
        except StepFailed as error:
            log.error("run_broken", error=str(error))
            result = Ended(BROKEN)
        match result:
            case Ended():
                await self._end(result)
            case RetryLater(ending):
                await self._end(Ended(ending))

    async def _from_start(self) -> StepResult:
        begun = await self._begin()
        for other in begun.superseded:
            await self._queue.enqueue_report(other, begun.integration_id)
        planned = await self._patiently("plan", self._run.plan) if isinstance(begun.result, GoOn) else begun.result
        if begun.shown is not None and await self._release(begun.shown):
            await self._queue.enqueue_report(begun.shown, begun.integration_id)
        match planned:
            case Proceed(NextPhase.ASK):
                await self._queue.enqueue_approval_request(self._run.run_id, begun.integration_id)
                return Overtaken()
            case Proceed(NextPhase.REPORT):
                return Ended(DONE)
            case Proceed(NextPhase.APPLY):
                return await self._apply()
        return planned

    async def _from_approval(self) -> StepResult:
        resumed = await self._step("resume", self._run.resume)
        return await self._apply() if isinstance(resumed, GoOn) else resumed

    async def _apply(self) -> StepResult:
        noted = await self._attempt("note", self._run.record_quiet)
        if not isinstance(noted, Proceed):
            return noted
        while True:
            match await self._patiently("apply", self._run.batch):
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
        if ended.reconnect and ended.ending.text is not None:
            await self._queue.enqueue_trouble(self._run.run_id, integration_id, ended.ending.text)
        await self._queue.enqueue_report(self._run.run_id, integration_id)

    async def _patiently(self, name: str, work: Callable[[], Awaitable[StepResult]]) -> StepResult:
        """Repeat a step while a system is unavailable, with growing pauses; anew whenever somebody got through."""
        tried, reached = 0, -1
        while True:
            result = await self._attempt(name, work)
            if not isinstance(result, RetryLater):
                return result
            if result.reached > reached:
                tried, reached = 0, result.reached
            if tried >= len(self._policy.retry_after):
                return result
            pause = max(self._policy.retry_after[tried], result.after)
            tried += 1
            await self._steps.sleep(min(pause, _LONGEST_PAUSE))

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
