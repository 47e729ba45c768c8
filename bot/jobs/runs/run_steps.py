"""The steps of a run's work, one method each. Everything in them may happen twice: the second time finds the first."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

import structlog

from bot.connections import OpenConnections
from bot.core.clock import Clock
from bot.domain.resource import Resource
from bot.jobs.engine.engine import OwnershipLost
from bot.jobs.engine.work_owner import WorkOwner
from bot.jobs.leave.fresh_plan import FreshPlan
from bot.jobs.leave.leave_steps import LeaveSteps
from bot.jobs.notifications.file_recipient import FileRecipient
from bot.jobs.policy import Policy
from bot.jobs.runs.apply_plan import Cancelled, PlanApplier
from bot.jobs.runs.file_export import FileExport, nobody_gives
from bot.jobs.runs.finish import (
    ALTERED,
    BROKEN,
    CANCELLED_BY,
    CHANGED,
    UNTRUSTED,
    RunFinisher,
    not_now,
    otherwise_chosen,
    untrusted,
)
from bot.jobs.runs.guard_note import GuardNote
from bot.jobs.runs.monitor import RunMonitor
from bot.jobs.runs.outcome_recorder import OutcomeRecorder
from bot.jobs.runs.plan_run import Planned, counts_of, header_of, keyed, plan_run, today
from bot.jobs.runs.queue import RunTurn, concurrency_key
from bot.jobs.runs.remarks import remarks_to_json
from bot.jobs.runs.replan import Replanner, has_changed
from bot.jobs.runs.result import RunResult
from bot.jobs.runs.shown_plan import unshown
from bot.jobs.runs.step_results import (
    Batch,
    Begun,
    Ended,
    GoOn,
    NextPhase,
    Overtaken,
    Proceed,
    RetryLater,
    SetAside,
    StepResult,
)
from bot.jobs.runs.time_limit import TooSlow, limited, too_slow
from bot.providers.errors import CredentialsRefused, ProviderError, Unavailable, WrongAccount
from storage import approvals, choice_seal, kept_plans, plans, run_loader, run_order, runs
from storage.database import Database
from storage.errors import PlanTaken, RunEnded, StaleRunState, WrongOwner
from storage.integrations import Integration
from storage.run_loader import LoadedRun
from storage.run_states import IN_PLANNING, UNDER_WAY
from storage.runs import Run, RunKind, RunState

log = structlog.get_logger(__name__)

_LONGEST_WAIT = 30.0
"""Seconds, at most, after which work that could not begin looks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSteps:
    """The steps of one execution of one run.

    `owner` is whose the run was when its work, which is sealed, was asked for; None where that is not known.
    `approved` is whether its work, which is sealed, is what follows from an approval; `has_place` whether its workspace
    had a place left for it.
    """

    run_id: str
    owner: WorkOwner | None
    turn: RunTurn
    approved: bool
    has_place: bool
    database: Database
    connections: OpenConnections
    monitor: RunMonitor
    replanner: Replanner
    finisher: RunFinisher
    recipient: FileRecipient | None
    clock: Clock
    policy: Policy
    fresh_leave: FreshPlan = field(default_factory=FreshPlan)

    async def attempt(self, step: Callable[[], Awaitable[StepResult]]) -> StepResult:
        """Do a step; failures that say something about the run become results, which the engine remembers.

        Raises `OwnershipLost`, and whatever says nothing about the run: the engine repeats the step then.
        """
        try:
            return await step()
        except Cancelled:
            return Ended(CANCELLED_BY)
        except TooSlow:
            log.warning("run_too_slow")
            return Ended(too_slow(self.policy.lasts))
        except (RunEnded, StaleRunState) as error:
            log.info("run_already_ended", state=error.state)
            return Overtaken()
        except PlanTaken:
            raise OwnershipLost from None
        except UNTRUSTED as error:
            return Ended(untrusted(error))
        except Unavailable as error:
            log.warning("system_unavailable", error=str(error), reference=error.reference)
            # The next try begins with fresh connections and sessions.
            await self.connections.close()
            await self.monitor.waits(error.text)
            return RetryLater(RunResult.failed(error), error.retry_after or 0.0, await self.monitor.reached())
        except ProviderError as error:
            log.warning("run_stopped", error=str(error), kind=type(error).__name__, reference=error.reference)
            return Ended(RunResult.failed(error), reconnect=isinstance(error, CredentialsRefused | WrongAccount))

    async def note_interruption(self) -> None:
        """Note that an execution before this one did not come to its end, where there was one.

        Not a step: it is the execution itself that tells whether there was one before. Of work that was set for another
        time, it is under way by then, and nothing can be told.
        """
        if self.turn.number:
            return
        try:
            async with self.database.reading() as session:
                run = await runs.get(session, self.run_id)
            if run is not None and run.state in UNDER_WAY and run.interrupted_at is None:
                async with self.database.session() as session:
                    await runs.update(session, self.run_id, interrupted_at=self.clock())
        except Exception as error:
            log.warning("interruption_not_noted", error=type(error).__name__)

    async def begin(self) -> Begun:
        """Take the run up, unless it has ended, was cancelled, or its integration does not run at present."""
        loaded = await self._load()
        run, integration = loaded.run, loaded.integration
        begun = partial(Begun, run.integration_id, shown=run.options.shown_run)
        if not self._is_owned(run):
            return begun(Ended(ALTERED))
        if run.ended or run.state is RunState.REPORTING or integration is None:
            return begun(Overtaken())
        if run.cancel_requested_by is not None:
            return begun(Ended(CANCELLED_BY))
        if (refusal := otherwise_chosen(self.database.vault, integration) or not_now(integration)) is not None:
            return begun(Ended(refusal))
        if (aside := await self._aside(run, integration, begins=run.state is RunState.QUEUED)) is not None:
            return begun(aside)
        superseded: list[str] = []
        try:
            async with self.database.session() as session:
                if run.kind is RunKind.SYNC:
                    superseded = await self.finisher.supersede(session, run)
                expected = IN_PLANNING if self.turn.number else {RunState.READING}
                await runs.advance(session, run.id, RunState.READING, expected=expected | {RunState.QUEUED})
        except (RunEnded, StaleRunState):
            # Nothing is stored of it, so that the others wait as before.
            return begun(Overtaken())
        if run.state is RunState.QUEUED or not self.turn.number:
            await self.monitor.started()
        return begun(GoOn(), superseded=tuple(superseded))

    async def plan(self) -> StepResult:
        """Make the plan, let the guard judge it, and say what it is for."""
        loaded = await self._own()
        run, integration = loaded.run, loaded.integration
        if run.state is RunState.WAITING_APPROVAL:
            return Proceed(NextPhase.ASK)
        if run.state not in IN_PLANNING or integration is None:
            return Overtaken()
        if run.resource == Resource.ABSENCE:
            return await self._leave.plan(run, integration)
        # Whoever was taken for dead while planning, and was not, stores nothing from here on.
        maker = uuid4().hex
        async with self.database.session() as session:
            await plans.begin(session, run.id, maker)
        now = self.clock()
        async with limited(self.policy.lasts):
            pair = await self.connections.of(integration)
            watch = self.monitor.planning
            planned = await plan_run(self.database, pair, run, integration, now, self.policy, watch, maker)
        counts = counts_of(planned.header)
        note, waits = await self._judged(run, integration, planned, maker)
        remarks = remarks_to_json(planned.remarks)
        async with self.database.session() as session:
            await plans.require(session, run.id, maker)
            if waits:
                expires = now + self.policy.approval_lives
                await runs.advance(
                    session, run.id, RunState.WAITING_APPROVAL, expected=IN_PLANNING,
                    guard=note.to_json(), counts=counts, basis=integration.basis, remarks=remarks, expires_at=expires,
                )  # fmt: skip
            else:
                await runs.update(
                    session, run.id, guard=note.to_json(), counts=counts, basis=integration.basis, remarks=remarks
                )
        if waits:
            return Proceed(NextPhase.ASK)
        return Proceed(NextPhase.REPORT if run.kind is RunKind.PREVIEW else NextPhase.APPLY)

    async def release(self, shown: str) -> bool:
        """Let go the run whose plan was made again; says whether it is to be reported now."""
        return await self.replanner.release(shown)

    async def resume(self) -> GoOn | Ended | SetAside | Overtaken:
        """Take up a run that somebody has approved, by the key, and this very plan; or one that is under way."""
        loaded = await self._load()
        run, integration = loaded.run, loaded.integration
        if not self._is_owned(run):
            return Ended(ALTERED)
        if integration is None or run.ended:
            return Overtaken()
        # What was set aside on its way under the guard alone has no approval.
        if self.approved or run.approved_by is not None:
            try:
                async with self.database.reading() as session:
                    await approvals.require_plan(session, self.database.vault, run)
            except UNTRUSTED as error:
                return Ended(untrusted(error))
        if (refusal := otherwise_chosen(self.database.vault, integration) or not_now(integration)) is not None:
            return Ended(refusal)
        begins = run.state is RunState.WAITING_APPROVAL
        return await self._aside(run, integration, begins=begins) or GoOn()

    async def set_aside(self, wait: float) -> SetAside | Overtaken:
        """Have the work go on in `wait` seconds. Until then no other run of the account begins."""
        loaded = await self._load()
        if loaded.run.ended or loaded.integration is None:
            return Overtaken()
        return await self._noted(SetAside(wait, concurrency_key(loaded.integration)))

    async def _aside(self, run: Run, integration: Integration, *, begins: bool) -> SetAside | None:
        """Where the work has to wait, for a place of its workspace's or for another run of its account."""
        if self.has_place:
            async with self.database.reading() as session:
                if not begins or not await run_order.is_behind(session, run):
                    return None
        longest = min(_LONGEST_WAIT, self.policy.place_after * 2**self.turn.waits)
        # Drawn, so that not all come back at once.
        wait = random.uniform(longest / 2, longest)  # noqa: S311
        return await self._noted(SetAside(wait, concurrency_key(integration)))

    async def _noted(self, aside: SetAside) -> SetAside:
        # So that whoever looks after runs knows which work this one waits for.
        async with self.database.session() as session:
            await runs.update(session, self.run_id, turn=self.turn.number + 1)
        return aside

    async def record_quiet(self) -> StepResult:
        """Begin to carry the plan out: with the outcomes of people whom nothing is to be written for.

        Not where the integration is another by now than the one that the plan was made for.
        """
        run, integration = await self._under_way()
        async with self.database.session() as session:
            basis = await kept_plans.lock_basis(session, integration.id)
            if basis is not None and run.state is not RunState.APPLYING and has_changed(run, basis):
                return await self.replanner.plan_anew(session, run, integration)
            await runs.advance(
                session, self.run_id, RunState.APPLYING, expected=UNDER_WAY | {RunState.WAITING_APPROVAL}
            )
        if run.resource != Resource.ABSENCE:
            await self._recorder(integration).record_quiet()
        return Proceed(NextPhase.APPLY)

    async def batch(self) -> StepResult:
        """Write some people, unless the integration is another by now than the one that the plan was made for."""
        run, integration = await self._under_way()
        if has_changed(run, integration.basis):
            return Ended(CHANGED)
        if run.resource == Resource.ABSENCE:
            return await self._leave.batch(run, integration)
        applier = await self._applier(run, integration)
        pair = await self.connections.of(integration)
        done = await applier.batch(pair, self.policy.batch, self.policy.writers)
        return Batch(done, over=done < self.policy.batch)

    async def close(self, ended: Ended) -> str | None:
        """Close the run; gives its integration's id, None where there is nothing to tell of it any more."""
        loaded = await self._load()
        run, integration = loaded.run, loaded.integration
        if run.ended:
            return None
        if not self._is_owned(run):
            # The integration that it has now has no part in it: not even in how it ended.
            if run.state is not RunState.REPORTING:
                await self.finisher.close_bare(run.id, ALTERED)
            return run.integration_id
        if integration is None:
            return None
        if run.state is not RunState.REPORTING:
            try:
                header = await header_of(self.database, self.run_id)
                recorder = self._recorder(integration)
                await self.finisher.close(run, integration, header, recorder, ended.ending, reconnect=ended.reconnect)
            except UNTRUSTED as error:
                ending = ended.ending if ended.ending.state is RunState.FAILED else untrusted(error)
                await self.finisher.close_bare(run.id, ending)
        return integration.id

    async def close_bare(self) -> str | None:
        """End the run by its own row alone: for one whose plan or outcomes have broken `close`."""
        loaded = await self._load()
        if loaded.run.ended or loaded.integration is None:
            return None
        if loaded.run.state is not RunState.REPORTING:
            await self.finisher.close_bare(loaded.run.id, BROKEN)
        return loaded.integration.id

    @property
    def _leave(self) -> LeaveSteps:
        return LeaveSteps(
            database=self.database,
            connections=self.connections,
            monitor=self.monitor,
            clock=self.clock,
            policy=self.policy,
            fresh=self.fresh_leave,
        )

    async def _load(self) -> LoadedRun:
        async with self.database.reading() as session:
            return await run_loader.load(session, self.run_id)

    async def _own(self) -> LoadedRun:
        """The run, while it is whose its work was asked for, and its integration as it was chosen. Raises `WrongOwner`
        where somebody has moved it, `ChoicesAltered`."""
        loaded = await self._load()
        if not self._is_owned(loaded.run):
            raise WrongOwner(f"The run {self.run_id} is not whose its work was asked for.")
        if loaded.integration is not None:
            choice_seal.require(self.database.vault, loaded.integration)
        return loaded

    def _is_owned(self, run: Run) -> bool:
        return self.owner is None or self.owner.is_of(run.team_id, run.integration_id)

    async def _under_way(self) -> tuple[Run, Integration]:
        loaded = await self._own()
        if loaded.integration is None or loaded.run.ended:
            raise RunEnded(loaded.run.id, loaded.run.state)
        if loaded.run.approved_by is not None:
            async with self.database.reading() as session:
                await approvals.require(session, self.database.vault, loaded.run)
        return loaded.run, loaded.integration

    async def _judged(self, run: Run, integration: Integration, planned: Planned, maker: str) -> tuple[GuardNote, bool]:
        """What is noted of the guard, and whether a human must agree before anything is written.

        Whoever approved an older plan has agreed to the same changes, and to no others: not even to fewer. What a
        preview has shown may be written, and nothing else.
        """
        replanned = run.options.shown_run is not None
        look_back = self.replanner.compare if replanned else self.replanner.compare_with_preview
        again = await look_back(run, maker)
        same = again is not None and not again.people
        reasons = tuple(reason for reason in planned.reasons if not (same and reason in planned.approved))
        if (first := unshown(run, integration, planned.header, again)) is not None:
            reasons = (first, *reasons)
        differs = again is not None and bool(again.people) and bool(planned.header.writes)
        return GuardNote(reasons, again), run.kind is RunKind.SYNC and (bool(reasons) or differs)

    def _recorder(self, integration: Integration) -> OutcomeRecorder:
        return OutcomeRecorder(
            database=self.database, run_id=self.run_id, integration_id=integration.id, now=self.clock
        )

    async def _applier(self, run: Run, integration: Integration) -> PlanApplier:
        header = await header_of(self.database, self.run_id)
        return PlanApplier(
            database=self.database,
            run_id=run.id,
            recorder=self._recorder(integration),
            settings=integration.settings,
            fingerprint=keyed(self.database.vault, integration),
            # The day of the plan: what a person should have is compared with what it said.
            today=today(header.made_at if header else self.clock(), self.policy),
            gate=self.monitor.gate,
            own=self.monitor.assert_owned,
            source_too=run.approved_by is not None,
            export=self._export(run),
            planned_by=header.code if header else "",
        )

    def _export(self, run: Run) -> FileExport | None:
        if run.kind is not RunKind.FILE:
            return None
        hand = partial(self.recipient.give, run.id) if self.recipient else nobody_gives
        return FileExport(hand=hand, own=self.monitor.assert_owned)
