"""The steps of a run that is about absence: what `bot.jobs.runs.run_steps` does where people are written.

A plan is made anew before it is carried out, since the ledger and the target say best what is still to be done; of the
new one only what the first one said is written. So a step that is done twice goes on where the first one ended. Only a
plan that was made moments ago by this very execution, about which nobody was asked, is carried out as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast
from uuid import uuid4

from bot.connections import OpenConnections
from bot.core.clock import Clock
from bot.core.ownership import ownership_check
from bot.core.text import text
from bot.domain.leave_settings import LeaveSettings
from bot.domain.resource import Capability, Resource
from bot.domain.run_remark import RunRemark
from bot.jobs.leave.apply_leave import LeaveApplier, LeaveResult
from bot.jobs.leave.fresh_plan import FreshPlan, MadePlan
from bot.jobs.leave.late_days import agreed_part, closed_steps, late_marks, late_steps, tries_late
from bot.jobs.leave.leave_agreement import LeaveAgreement
from bot.jobs.leave.leave_file_store import LeaveFileStore, MadeFile
from bot.jobs.leave.leave_findings import remarks_on
from bot.jobs.leave.leave_outcomes import foreseen, people_of, person_outcomes
from bot.jobs.leave.plan_leave import LeavePlanned, LeaveRequest, PeopleAndLeave, plan_leave
from bot.jobs.policy import Policy
from bot.jobs.runs.guard_note import GuardNote
from bot.jobs.runs.monitor import RunMonitor
from bot.jobs.runs.plan_run import lateness, today
from bot.jobs.runs.remarks import remarks_of, remarks_to_json
from bot.jobs.runs.result import RunResult
from bot.jobs.runs.step_results import Batch, Ended, NextPhase, Proceed, StepResult
from bot.jobs.runs.time_limit import limited
from bot.providers.errors import Unsupported
from bot.providers.leave_protocol import LeaveFileTarget
from bot.providers.protocol import ProviderInfo
from bot.providers.registry import takes_lists_alone
from bot.sync.leave.day_plan import NOTED, WRITTEN
from bot.sync.plan.guard import GuardReason
from storage import leave_settings, outcomes, plans, runs
from storage.database import Database
from storage.integrations import Integration
from storage.leave_settings import StoredLeaveSettings
from storage.run_states import IN_PLANNING
from storage.runs import Run, RunKind, RunState, RunTrigger

ABSENCE_OFF = RunResult(RunState.CANCELLED, text("absence.off"), text("absence.off.advice"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveSteps:
    """The steps of one execution of one run."""

    database: Database
    connections: OpenConnections
    monitor: RunMonitor
    clock: Clock
    policy: Policy
    fresh: FreshPlan = field(default_factory=FreshPlan)

    async def plan(self, run: Run, integration: Integration) -> StepResult:
        """Make the plan, let the guard judge it, and say what it is for. Raises the providers' errors, `PlanTaken`."""
        maker = uuid4().hex
        async with self.database.session() as session:
            await plans.begin(session, run.id, maker)
            # Before the plan, which reads them again: of choices that change meanwhile, nothing was shown.
            chosen = await leave_settings.get(session, integration.id)
        leave_settings.require(chosen)
        if chosen is None or not LeaveSettings.from_json(chosen.settings).enabled:
            return Ended(ABSENCE_OFF)
        made_at = self.clock()
        # A sync that nobody has asked for does not wait for the days of closed periods: they stay held, and are told.
        asks = run.trigger is not RunTrigger.SCHEDULE
        request = await self._request(run, integration, tries=asks)
        # Raises where the target would refuse: a preview promises nothing that cannot be written.
        # What the source hides is in what is read of it.
        looked = await (await self.connections.for_leave(integration)).target.leave_preflight()
        planned = await self._planned(request)
        if planned.stop is not None:
            key = f"leave.{planned.stop.code}"
            advice = text(f"{key}.advice", **dict(planned.stop.values))
            return Ended(RunResult(RunState.FAILED, text(key, **dict(planned.stop.values)), advice))
        reasons = tuple(GuardReason(f"leave_{each.code}", each.count, each.of) for each in planned.reasons)
        marks = planned.days.marks | {step.mark for step in planned.periods if step.kind in WRITTEN}
        reasons += lateness(run, self.policy) if marks else ()
        if late := len(late_steps(planned.days)):
            reasons += (GuardReason("leave_late", late, len(marks)),)
        if unseen := await self._unseen(run, integration, chosen, marks):
            reasons = (GuardReason("leave_unshown", len(unseen), len(marks)), *reasons)
        waits = run.kind is RunKind.SYNC and bool(reasons)
        order = people_of(planned)
        told = remarks_on(planned, looked)
        if not asks and tries_late(request.spec) and (held := closed_steps(planned.days)):
            told.append(RunRemark.of_key("leave.late_tried", n=len(held)))
        remarks = remarks_to_json(told)
        rows = person_outcomes(foreseen(planned), planned, order) if run.kind is RunKind.PREVIEW else []
        async with self.database.session() as session:
            await plans.require(session, run.id, maker)
            agreed = marks | late_marks(planned.days)
            agreement = LeaveAgreement(marks=agreed, order=tuple(order), made_at=made_at, version=chosen.version)
            await plans.store(session, self.database.vault, run.id, agreement.to_json(), ())
            await outcomes.record(session, self.database.vault, run.id, rows)
            note = GuardNote(reasons).to_json()
            if waits:
                expires = made_at + self.policy.approval_lives
                await runs.advance(
                    session, run.id, RunState.WAITING_APPROVAL, expected=IN_PLANNING,
                    guard=note, basis=integration.basis, remarks=remarks, expires_at=expires,
                )  # fmt: skip
            else:
                await runs.update(
                    session, run.id, guard=note, basis=integration.basis, remarks=remarks, counts=_counts(rows)
                )
        if waits:
            return Proceed(NextPhase.ASK)
        if run.kind is RunKind.PREVIEW:
            return Proceed(NextPhase.REPORT)
        self.fresh.keep(MadePlan(planned=planned, made_at=made_at, version=chosen.version, basis=integration.basis))
        return Proceed(NextPhase.APPLY)

    async def batch(self, run: Run, integration: Integration) -> StepResult:
        """Carry out what was planned, as far as it is still to be done.

        Raises the providers' errors, and `Cancelled`.
        """
        agreed = await self._agreement(run.id) or LeaveAgreement(
            marks=frozenset(), order=(), made_at=self.clock(), version=0
        )
        planned = agreed_part(await self._still(run, integration), agreed.marks)
        pair = await self.connections.for_leave(integration)
        applier = LeaveApplier(
            database=self.database,
            integration_id=integration.id,
            run_id=run.id,
            gate=self.monitor.gate,
            own=self.monitor.assert_owned,
        )
        result, order = LeaveResult(), agreed.order
        try:
            if takes_leave_files(pair.provider.info):
                await self.monitor.gate()
                files = LeaveFileStore(database=self.database, integration_id=integration.id)
                target = cast(LeaveFileTarget, pair.target)
                # What is only noted is no file's matter: days that are no longer ours, and leaves that were made anew.
                await applier.apply(pair.target, _noted(planned), LeaveResult())
                with ownership_check(self.monitor.assert_owned):
                    day, chosen = today(self.clock(), self.policy), planned.settings.values
                    made = await files.make(
                        target, planned, chosen, run.id, day, list_alone=takes_lists_alone(integration.provider)
                    )
                await self._remark(run, made)
                result = foreseen(planned)
            else:
                await applier.apply(pair.target, planned, result)
        except BaseException:
            # What was done is told, whatever stopped the rest.
            await self._record(run, person_outcomes(result, planned, order, over=False))
            raise
        rows = person_outcomes(result, planned, order)
        await self._record(run, rows)
        await applier.close(planned)
        await self._note_synced(run, integration, agreed)
        return Batch(len(rows), over=True)

    async def _remark(self, run: Run, made: Sequence[MadeFile]) -> None:
        """Add to the run's remarks what its files could not say."""
        told = [RunRemark.of_leave(each) for one in made if one.file is not None for each in one.file.findings]
        if not told:
            return
        async with self.database.session() as session:
            before = await runs.get(session, run.id)
            known = remarks_of(before) if before is not None else []
            await runs.update(session, run.id, remarks=remarks_to_json([*known, *told]))

    async def _record(self, run: Run, rows: Sequence[outcomes.StoredOutcome]) -> None:
        async with self.database.session() as session:
            await outcomes.record(session, self.database.vault, run.id, rows)

    async def _agreement(self, run_id: str) -> LeaveAgreement | None:
        async with self.database.reading() as session:
            header = await plans.header(session, self.database.vault, run_id)
        return LeaveAgreement.from_json(header) if header is not None else None

    async def _unseen(
        self, run: Run, integration: Integration, chosen: StoredLeaveSettings, marks: frozenset[str]
    ) -> frozenset[str]:
        """What of a plan nobody has been shown.

        A sync that applies a preview writes what that has shown, or less of it: what is done or withdrawn since. Any
        other one writes unasked only with the scope, settings, credentials and choices with which leave has synced.
        """
        if run.kind is not RunKind.SYNC:
            return frozenset()
        if run.options.preview_run is None:
            return frozenset() if chosen.synced_basis == integration.basis else marks
        async with self.database.reading() as session:
            preview = await runs.get(session, run.options.preview_run, team_id=run.team_id)
        if preview is None or preview.resource != run.resource or preview.basis != integration.basis:
            return marks
        shown = await self._agreement(preview.id)
        return marks - shown.marks if shown is not None and shown.version == chosen.version else marks

    async def _note_synced(self, run: Run, integration: Integration, agreed: LeaveAgreement) -> None:
        """Note that somebody has seen what these choices lead to; a rerun of some people shows too little of it."""
        seen = bool(agreed.marks) or run.approved_by is not None or run.options.preview_run is not None
        if run.basis is None or run.options.only is not None or not seen:
            return
        async with self.database.session() as session:
            await leave_settings.record_synced(session, integration.id, version=agreed.version, basis=run.basis)

    async def _still(self, run: Run, integration: Integration) -> LeavePlanned:
        """What is to be done: the plan of moments ago, or a new one."""
        async with self.database.reading() as session:
            chosen = await leave_settings.get(session, integration.id)
        leave_settings.require(chosen)
        version = chosen.version if chosen is not None else None
        planned = self.fresh.take(self.clock(), version=version, basis=integration.basis)
        if planned is not None and run.approved_by is None:
            return planned
        return await self._planned(await self._request(run, integration, tries=run.approved_by is not None))

    async def _planned(self, request: LeaveRequest) -> LeavePlanned:
        async with limited(self.policy.lasts):
            pair = await self.connections.for_leave(request.integration)
            return await plan_leave(self.database, cast(PeopleAndLeave, pair.source), pair.target, request)

    async def _request(self, run: Run, integration: Integration, *, tries: bool) -> LeaveRequest:
        """`tries`: what is on closed days is planned to be written where the target takes it, once approved."""
        pair = await self.connections.for_leave(integration)
        spec = pair.provider.info.spec(Resource.ABSENCE)
        if spec is None:
            raise Unsupported(f"{integration.provider} takes no absence", text=text("leave.unsupported"))
        async with self.database.reading() as session:
            before = await runs.latest(session, integration.id, RunKind.SYNC, 5, resource=Resource.ABSENCE.value)
        earlier = [each for each in before if each.id != run.id]
        # A file writes nothing by itself: what is late goes into a correction, which a person imports or types in.
        late = (tries and tries_late(spec)) or spec.capability is Capability.FILE_SNAPSHOT
        return LeaveRequest(
            integration=integration,
            spec=spec,
            countries=pair.provider.info.countries,
            today=today(self.clock(), self.policy),
            now=self.clock(),
            # A period's file has everybody: one of some people would take the others' days away.
            only=run.options.only if spec.capability is not Capability.FILE_SNAPSHOT else None,
            last_run=earlier[0].id if earlier else None,
            first_run=not any(each.state is RunState.DONE for each in earlier),
            try_closed=late,
        )


def takes_leave_files(info: ProviderInfo) -> bool:
    """Whether leave goes there as files."""
    spec = info.spec(Resource.ABSENCE)
    return spec is not None and spec.capability is Capability.FILE_SNAPSHOT


def _noted(planned: LeavePlanned) -> LeavePlanned:
    """The plan with those steps alone that write nothing to the target."""
    return replace(planned, days=replace(planned.days, steps=planned.days.of_kind(*NOTED)), periods=())


def _counts(rows: list[outcomes.StoredOutcome]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.kind] = counts.get(row.kind, 0) + 1
    return counts
