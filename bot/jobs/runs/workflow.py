"""A run as durable work: read and plan, ask where the guard says so, apply, close. Reporting is work of its own.

What happened is in storage; the engine's tables only know how far the work is. A step that is done twice finds in
storage what the first one did, so that an interrupted run is finished, not started again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import uuid4

import structlog

from bot.connections import Connections, OpenConnections
from bot.core.clock import Clock
from bot.core.text import text
from bot.jobs.cluster.lease import Heartbeat
from bot.jobs.engine.engine import Engine, OwnershipLost, StepFailed, Steps
from bot.jobs.notifications.file_recipient import FileRecipient, Hand
from bot.jobs.notifications.notifier import Notifier
from bot.jobs.policy import Policy
from bot.jobs.runs.apply_plan import Cancelled, PlanApplier
from bot.jobs.runs.finish import CANCELLED_BY, RunFinisher
from bot.jobs.runs.guard_note import GuardNote
from bot.jobs.runs.monitor import RunMonitor
from bot.jobs.runs.plan_run import Planned, counts_of, header_of, keyed, plan_run, require, today
from bot.jobs.runs.queue import WorkQueue
from bot.jobs.runs.replan import Replanner
from bot.jobs.runs.result import DONE, RunResult
from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Unavailable, WrongAccount
from bot.providers.protocol import PackedFile
from bot.sync.plan.plan_summary import PlanSummary
from storage import plans, runs
from storage.database import Database
from storage.errors import PlanTaken, RunEnded, StaleRunState
from storage.integrations import Integration, IntegrationState
from storage.json_codec import Json
from storage.run_states import IN_PLANNING, UNDER_WAY
from storage.runs import Run, RunKind, RunState

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
        self.hands = hands
        self.database = database
        self.connections = connections
        self.reporter = reporter
        self.heartbeat = heartbeat
        self.clock = clock
        self.policy = policy
        self.desk = WorkQueue(engine)
        self.closing = RunFinisher(database, clock)
        self.again = Replanner(database, self.closing)

    async def body(self, steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        """The engine's body for `bot.jobs.runs.queue.RUNS`."""
        run_id = str(arguments["run_id"])
        with structlog.contextvars.bound_contextvars(run_id=run_id):
            try:
                async with OpenConnections(self.connections) as pair:
                    execution = RunWorkflow(self, steps, work_id, run_id, pair)
                    await execution.go(carry_out=arguments["phase"] == "apply")
            finally:
                self.heartbeat.forget(work_id)


class RunWorkflow:
    """One execution of a run's body, from its first line."""

    def __init__(self, all_runs: RunWorker, steps: Steps, work_id: str, run_id: str, pair: OpenConnections) -> None:
        self._all = all_runs
        self._steps = steps
        self._run_id = run_id
        self._pair = pair
        self._database = all_runs.database
        self._policy = all_runs.policy
        self._watcher = RunMonitor(
            all_runs.database,
            all_runs.reporter,
            all_runs.heartbeat,
            all_runs.clock,
            all_runs.policy.progress_every,
            run_id,
            work_id,
        )

    async def go(self, *, carry_out: bool) -> None:
        await self._note_interruption()
        try:
            result = await (self._resume() if carry_out else self._from_the_start())
        except StepFailed as error:
            log.error("run_broken", error=str(error))
            result = _end(RunResult(RunState.FAILED, text("jobs.broken"), text("jobs.broken.advice")))
        if "ending" not in result:
            return
        ending = RunResult.from_json(result["ending"])
        reconnect = bool(result.get("reconnect"))
        try:
            closed = await self._steps.step("close", partial(self._close, ending, reconnect))
        except StepFailed as error:
            # Whatever was stored of people: a run ends in a state and a message, or its integration could run no more.
            log.error("run_not_closed", error=str(error))
            closed = await self._steps.step("close_bare", self._close_bare)
        if closed is None:
            return
        if reconnect and ending.text is not None:
            await self._all.desk.enqueue_trouble(self._run_id, closed, ending.text)
        await self._all.desk.enqueue_report(self._run_id, closed)

    async def _from_the_start(self) -> dict[str, Any]:
        begun: dict[str, Any] = await self._steps.step("begin", self._begin)
        for other in begun.get("superseded", ()):
            await self._all.desk.enqueue_report(other, begun["integration_id"])
        planned = await self._patiently("plan", self._plan) if "go" in begun else begun
        if "shown" in begun and await self._steps.step("release", partial(self._release, begun["shown"])):
            await self._all.desk.enqueue_report(begun["shown"], begun["integration_id"])
        if "go" not in begun:
            return begun
        match planned.get("next"):
            case "ask":
                await self._all.desk.enqueue_approval_request(self._run_id, begun["integration_id"])
                return {}
            case "report":
                return _end(DONE)
            case "apply":
                return await self._apply()
        return planned

    async def _resume(self) -> dict[str, Any]:
        begun: dict[str, Any] = await self._steps.step("resume", self._approved)
        return await self._apply() if "go" in begun else begun

    async def _apply(self) -> dict[str, Any]:
        noted: dict[str, Any] = await self._steps.step("note", partial(self._tried, self._note))
        if "next" not in noted:
            return noted
        while True:
            result = await self._patiently("apply", self._batch)
            # What an older version recorded does not say whether it is over: its last batch was an empty one.
            if result.get("over") or result.get("done") == 0:
                return _end(DONE)
            if "done" not in result:
                return result

    async def _patiently(self, name: str, work: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """Repeat a step while a system is unavailable, with growing pauses; anew whenever somebody got through."""
        tried, reached = 0, -1
        while True:
            result: dict[str, Any] = await self._steps.step(name, partial(self._tried, work))
            if "retry_after" not in result:
                return result
            if result["reached"] > reached:
                tried, reached = 0, result["reached"]
            if tried >= len(self._policy.retry_after):
                return result
            pause = max(self._policy.retry_after[tried], result["retry_after"])
            tried += 1
            await self._steps.sleep(min(pause, _LONGEST_PAUSE))

    # What follows runs inside steps: everything in it may happen twice.

    async def _tried(self, work: Callable[[], Awaitable[dict[str, Any]]]) -> Json:
        """Do the work; failures that say something about the run become results, which the engine remembers."""
        try:
            return await work()
        except Cancelled:
            return _end(CANCELLED_BY)
        except (RunEnded, StaleRunState) as error:
            log.info("run_already_ended", state=error.state)
            return {}
        except PlanTaken:
            raise OwnershipLost from None
        except Unavailable as error:
            log.warning("system_unavailable", error=str(error), reference=error.reference)
            # The next try begins with fresh connections and sessions.
            await self._pair.close()
            reached = await self._watcher.reached()
            return _end(RunResult.failed(error)) | {"retry_after": error.retry_after or 0.0, "reached": reached}
        except ProviderError as error:
            log.warning("run_stopped", error=str(error), kind=type(error).__name__, reference=error.reference)
            reconnect = isinstance(error, CredentialsRefused | WrongAccount)
            return _end(RunResult.failed(error)) | {"reconnect": reconnect}

    async def _note_interruption(self) -> None:
        # Not a step: it is the execution itself that tells whether there was one before.
        try:
            async with self._database.reading() as session:
                run = await runs.get(session, self._run_id)
            if run is not None and run.state in UNDER_WAY and run.interrupted_at is None:
                async with self._database.session() as session:
                    await runs.update(session, self._run_id, interrupted_at=self._all.clock())
        except Exception as error:
            log.warning("interruption_not_noted", error=type(error).__name__)

    async def _begin(self) -> Json:
        run, integration = await require(self._database, self._run_id)
        begun: dict[str, Any] = {"integration_id": run.integration_id}
        if run.options.shown_run is not None:
            begun["shown"] = run.options.shown_run
        if run.ended or run.state is RunState.REPORTING or integration is None:
            return begun
        if run.cancel_requested_by is not None:
            return begun | _end(CANCELLED_BY)
        if (refusal := not_now(integration)) is not None:
            return begun | _end(refusal)
        try:
            async with self._database.session() as session:
                if run.kind is RunKind.SYNC:
                    begun["superseded"] = await self._all.closing.supersede(session, run)
                await runs.advance(session, run.id, RunState.READING, expected={RunState.QUEUED, RunState.READING})
        except (RunEnded, StaleRunState):
            return begun
        await self._watcher.started()
        return begun | {"go": True}

    async def _plan(self) -> dict[str, Any]:
        run, integration = await require(self._database, self._run_id)
        if run.state is RunState.WAITING_APPROVAL:
            return {"next": "ask"}
        if run.state not in IN_PLANNING or integration is None:
            return {}
        # Whoever was taken for dead while planning, and was not, stores nothing from here on.
        maker = uuid4().hex
        async with self._database.session() as session:
            await plans.begin(session, run.id, maker)
        now = self._all.clock()
        pair = await self._pair.of(integration)
        watch = self._watcher.planning
        planned = await plan_run(self._database, pair, run, integration, now, self._policy, watch, maker)
        counts = counts_of(planned.header)
        note, waits = await self._judged(run, planned, maker)
        async with self._database.session() as session:
            await plans.require(session, run.id, maker)
            if waits:
                expires = now + self._policy.approval_lives
                await runs.advance(
                    session, run.id, RunState.WAITING_APPROVAL, expected=IN_PLANNING,
                    guard=note.to_json(), counts=counts, expires_at=expires,
                )  # fmt: skip
            else:
                await runs.update(session, run.id, guard=note.to_json(), counts=counts)
        if waits:
            return {"next": "ask"}
        return {"next": "report" if run.kind is RunKind.PREVIEW else "apply"}

    async def _judged(self, run: Run, planned: Planned, maker: str) -> tuple[GuardNote, bool]:
        """What is noted of the guard, and whether a human must agree before anything is written.

        Whoever approved an older plan has agreed to the same changes, and to no others: not even to fewer.
        """
        again = await self._all.again.compare(run, maker) if run.options.shown_run is not None else None
        same = again is not None and not again.people
        reasons = tuple(reason for reason in planned.reasons if not (same and reason in planned.approved))
        differs = again is not None and bool(again.people) and bool(planned.header.writes)
        return GuardNote(reasons, again), run.kind is RunKind.SYNC and (bool(reasons) or differs)

    async def _release(self, shown: str) -> Json:
        return await self._all.again.release(shown)

    async def _approved(self) -> Json:
        _, integration = await require(self._database, self._run_id)
        if integration is None:
            return {}
        if (refusal := not_now(integration)) is not None:
            return _end(refusal)
        return {"go": True}

    async def _note(self) -> dict[str, Any]:
        work, _ = await self._work()
        async with self._database.session() as session:
            await runs.advance(
                session, self._run_id, RunState.APPLYING, expected=UNDER_WAY | {RunState.WAITING_APPROVAL}
            )
        await work.record_rest()
        return {"next": "apply"}

    async def _batch(self) -> dict[str, Any]:
        work, integration = await self._work()
        pair = await self._pair.of(integration)
        done = await work.batch(pair, self._policy.batch, self._policy.writers)
        return {"done": done, "over": done < self._policy.batch}

    async def _close(self, ending: RunResult, reconnect: bool) -> Json:
        run, integration = await require(self._database, self._run_id)
        if run.ended or integration is None:
            return None
        if run.state is not RunState.REPORTING:
            header = await header_of(self._database, self._run_id)
            work = self._apply_of(run, integration, header)
            await self._all.closing.close(run, integration, header, work, ending, reconnect=reconnect)
        return integration.id

    async def _close_bare(self) -> Json:
        """End the run by its own row alone."""
        run, integration = await require(self._database, self._run_id)
        if run.ended or integration is None:
            return None
        if run.state is not RunState.REPORTING:
            ending = RunResult(RunState.FAILED, text("jobs.broken"), text("jobs.broken.advice"))
            await self._all.closing.close_bare(run.id, ending)
        return integration.id

    async def _work(self) -> tuple[PlanApplier, Integration]:
        run, integration = await require(self._database, self._run_id)
        if integration is None or run.ended:
            raise RunEnded(run.id, run.state)
        header = await header_of(self._database, self._run_id)
        return self._apply_of(run, integration, header), integration

    def _apply_of(self, run: Run, integration: Integration, header: PlanSummary | None) -> PlanApplier:
        # The day of the plan: what a person should have is compared with what it said.
        day = today(header.made_at if header else self._all.clock(), self._policy)
        return PlanApplier(
            database=self._database,
            run_id=run.id,
            integration_id=integration.id,
            settings=integration.settings,
            fingerprint=keyed(self._database.vault, integration),
            today=day,
            now=self._all.clock,
            gate=self._watcher.gate,
            own=self._watcher.assert_owned,
            source_too=run.approved_by is not None,
            hand=self._hand(run),
        )

    def _hand(self, run: Run) -> Hand | None:
        if run.kind is not RunKind.FILE:
            return None
        return partial(self._all.hands.give, run.id) if self._all.hands else _nobody_gives


async def _nobody_gives(file: PackedFile, people: int) -> None:  # noqa: ARG001 - as `Hand` is called
    raise NotPermitted("nobody hands out files", text=text("file.unsupported"))


def not_now(integration: Integration) -> RunResult | None:
    """Why an integration's runs do not begin at present; None when they do."""
    if integration.state is IntegrationState.NEEDS_RECONNECT:
        return RunResult(RunState.FAILED, text("jobs.needs_reconnect"), text("jobs.needs_reconnect.advice"))
    if integration.state is IntegrationState.PAUSED:
        return RunResult(RunState.CANCELLED, text("jobs.paused"), text("jobs.paused.advice"))
    return None


def _end(ending: RunResult) -> dict[str, Any]:
    return {"ending": ending.to_json()}
