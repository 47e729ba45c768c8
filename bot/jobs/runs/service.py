"""What people and schedules can do with runs: start, approve, cancel. Doing any of it twice finds it done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.clock import Clock
from bot.core.text import Markup, Text, text
from bot.domain.leave_settings import LeaveSettings
from bot.domain.resource import Resource
from bot.domain.safeguard_hold import policy_in_force
from bot.jobs.policy import Policy
from bot.jobs.runs.finish import (
    ALTERED,
    CANCELLED_BY,
    EXPIRED,
    FORGED,
    REFUSED_BY,
    UNTRUSTED,
    RunFinisher,
    not_now,
    untrusted,
)
from bot.jobs.runs.ids import run_id_for_request, run_id_for_slot
from bot.jobs.runs.outbox import Outbox
from bot.jobs.runs.plan_run import header_of
from bot.jobs.runs.queue import WorkQueue, owner_of_run
from bot.jobs.runs.replan import Replanner, again_id, has_changed
from bot.jobs.runs.shown_plan import ShownPlan, shown_plan
from bot.providers.registry import takes_people
from storage import approvals, audit, choice_seal, integrations, leave_settings, run_loader, schedules
from storage import runs as stored
from storage.database import Database, Session
from storage.errors import ApprovalForged
from storage.integrations import Integration, IntegrationState
from storage.run_options import NO_OPTIONS, RunOptions
from storage.runs import NewRun, Run, RunKind, RunState, RunTrigger

_HOUR = timedelta(hours=1)

BY_SCHEDULE = "schedule"
"""The actor of what the schedule did, in the audit."""


class RunNotPossible(Exception):
    """The request cannot be met. `text` says why, `advice` what to do; nothing was changed.

    `state` is the integration's, where that is the reason.
    """

    def __init__(
        self, log_as: str, text: Text, advice: Text | None = None, state: IntegrationState | None = None
    ) -> None:
        super().__init__(log_as)
        self.text = text
        self.advice = advice
        self.state = state


class _FourEyes(RunNotPossible):
    """The one who has asked for a run wanted to approve it."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A run that a person asks for. The same key of the same kind and integration is the same request.

    Raises `ValueError` for a sync of everyone: only a preview of employees looks beyond who takes part.
    """

    integration_id: str
    kind: RunKind
    requested_by: str
    idempotency_key: str
    options: RunOptions = NO_OPTIONS
    resource: Resource = Resource.EMPLOYEES

    def __post_init__(self) -> None:
        beyond = self.kind is RunKind.PREVIEW and self.resource is Resource.EMPLOYEES
        if self.options.everyone and not beyond:
            raise ValueError("only a preview of employees looks beyond who takes part")

    @property
    def run_id(self) -> str:
        """The run of this request."""
        return run_id_for_request(self.kind.value, self.integration_id, self.idempotency_key, self.resource)


@dataclass(frozen=True, slots=True)
class Slot:
    """A schedule's slot (UTC) that starts a run. `late` (by how much, of how much) makes it ask before it writes.

    `changed_by` is who has changed the schedule last: before four eyes, they have asked for the run.
    """

    integration: Integration
    slot: datetime
    late: tuple[timedelta, timedelta] | None = None
    changed_by: str | None = None
    resource: Resource = Resource.EMPLOYEES

    @property
    def run_id(self) -> str:
        """The run of this slot."""
        return run_id_for_slot(self.integration.id, self.slot, self.resource)

    def run(self) -> NewRun:
        """The run to be made."""
        late = self.late
        return NewRun(
            id=self.run_id,
            integration_id=self.integration.id,
            team_id=self.integration.team_id,
            kind=RunKind.SYNC,
            trigger=RunTrigger.SCHEDULE,
            slot=self.slot,
            channel_id=self.integration.channel_id,
            resource=self.resource,
            options=RunOptions(
                late_hours=int(late[0] / _HOUR) if late else None,
                late_limit=int(late[1] / _HOUR) if late else None,
                scheduled_by=self.changed_by,
            ),
        )


class RunService:
    """Starts, approves and cancels runs, each together with the work that follows (`bot.jobs.runs.outbox`)."""

    def __init__(self, database: Database, outbox: Outbox, clock: Clock, policy: Policy) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._policy = policy
        self._closing = RunFinisher(database, clock)
        self._again = Replanner(database, self._closing)

    async def start(self, request: RunRequest) -> Run:
        """Start a run that a person asked for; the same key gives the same run.

        A run waits in `queued` while another one of the same target account works. Raises `RunNotPossible` when the
        integration was removed, is paused or needs reconnecting, and for absence where that is not on.
        """
        async with self._outbox.session() as (s, desk):
            integration = await integrations.get(s, request.integration_id)
            if integration is None:
                raise RunNotPossible("integration removed", text("jobs.removed"))
            if (refusal := not_now(integration)) is not None and refusal.text is not None:
                raise RunNotPossible(integration.state.value, refusal.text, refusal.advice, integration.state)
            if request.resource is Resource.EMPLOYEES and not takes_people(integration.provider):
                raise RunNotPossible("absence alone", text("provider.absence_only"))
            if request.resource is Resource.ABSENCE and not await _has_absence(s, integration.id):
                raise RunNotPossible("absence off", text("absence.off"), text("absence.off.advice"))
            run, created = await stored.create(
                s,
                NewRun(
                    id=request.run_id,
                    integration_id=integration.id,
                    team_id=integration.team_id,
                    kind=request.kind,
                    trigger=RunTrigger.MANUAL,
                    requested_by=request.requested_by,
                    channel_id=integration.channel_id,
                    options=request.options,
                    resource=request.resource,
                ),
            )
            if created:
                await _audit(s, run, request.requested_by, f"run.{run.kind.value}")
            if run.state is RunState.QUEUED:
                await desk.enqueue_plan(run.id, integration)
        return run

    async def record_slots(self, s: Session, slots: Sequence[Slot]) -> dict[str, Integration]:
        """Store the runs of schedules' slots, of integrations that the session holds.

        Gives those whose work is to be handed over in the same session: all but those that have begun before.
        """
        asked = {one.run_id: one for one in slots}
        created = await stored.create_all(s, [one.run() for one in slots])
        await audit.write_all(s, [_started(asked[run_id]) for run_id in sorted(created)])
        waiting = created | await stored.queued(s, asked.keys() - created)
        return {run_id: asked[run_id].integration for run_id in sorted(waiting)}

    async def shown(self, integration: Integration, resource: Resource = Resource.EMPLOYEES) -> ShownPlan:
        """What the integration's latest preview of a resource has shown, and whether a sync can apply it now."""
        now, lives = self._clock(), self._policy.plan_lives
        async with self._database.reading() as session:
            return await shown_plan(session, self._database.vault, integration, now, lives, resource)

    async def approve(self, run_id: str, user_id: str) -> Run:
        """Let a run that the guard stopped go on. Returns the run that does: itself, or, when its plan has grown old
        or what it was made with has changed, a new one, which asks again wherever its plan differs from the one that
        was approved.

        Raises `RunNotPossible` when it does not wait any more: somebody else decided, or its time is over; when
        another person must approve than the one who asked for the run; and when its plan is not as it was stored, which
        ends it.
        """
        try:
            return await self._approve(run_id, user_id)
        except _FourEyes:
            async with self._database.session() as s:
                run = await stored.get(s, run_id)
                if run is not None:
                    await _audit(s, run, user_id, "run.approve_refused")
            raise
        except UNTRUSTED as error:
            ending = ALTERED if isinstance(error, ApprovalForged) else untrusted(error)
            assert ending.text is not None
            async with self._outbox.session() as (s, desk):
                run = await stored.get(s, run_id)
                if run is not None and await self._closing.end_waiting(s, run_id, ending):
                    await desk.enqueue_report(run_id, owner_of_run(run))
            raise RunNotPossible("altered", ending.text, ending.advice) from None

    async def _approve(self, run_id: str, user_id: str) -> Run:
        now = self._clock()
        old = await self._is_old(run_id)
        async with self._outbox.session() as (s, desk):
            loaded = await run_loader.find(s, run_id)
            if loaded is None:
                raise RunNotPossible("unknown run", text("jobs.not_waiting"))
            before, integration = loaded.run, loaded.integration
            if integration is not None:
                choice_seal.require(self._database.vault, integration)
            rules = policy_in_force(integration.attention if integration else {}, now)
            if rules.four_eyes and await _asker(s, before, integration) == user_id:
                said = text("jobs.four_eyes" if before.requested_by else "jobs.four_eyes.schedule")
                raise _FourEyes("four eyes", said, text("jobs.four_eyes.advice"))
            if before.approved_by == user_id:
                run: Run | None = before
            else:
                run = await stored.approve(s, run_id, user_id, now)
                if run is not None:
                    await _audit(s, run, user_id, "run.approve")
            if run is not None and integration is not None:
                return await self._follow(s, desk, run, integration, old=old or has_changed(run, integration.basis))
        if before.approved_by is not None:
            raise RunNotPossible("approved before", text("jobs.approved_by", who=Markup(f"<@{before.approved_by}>")))
        raise RunNotPossible("not waiting", text("jobs.not_waiting"), text("jobs.approval_expired.advice"))

    async def carry_on_approved(self, run: Run, integration: Integration) -> Run:
        """What follows an approval, where it has not followed yet. Returns the run that goes on."""
        try:
            old = await self._is_old(run.id)
        except UNTRUSTED:
            old = False  # the work itself finds the same, and ends the run
        async with self._outbox.session() as (s, desk):
            return await self._follow(s, desk, run, integration, old=old or has_changed(run, integration.basis))

    async def _is_old(self, run_id: str) -> bool:
        """Whether the plan is made again before it is carried out. One of leave never is: it is read and planned anew
        at that moment whatever its age, and what nobody has agreed to is left out (`LeaveSteps.batch`).
        """
        header = await header_of(self._database, run_id)
        return header is not None and header.is_old(self._clock(), self._policy.plan_lives)

    async def _follow(self, s: Session, desk: WorkQueue, run: Run, integration: Integration, *, old: bool) -> Run:
        try:
            await approvals.require(s, self._database.vault, run)
        except ApprovalForged:
            if await self._closing.end_waiting(s, run.id, FORGED):
                await desk.enqueue_report(run.id, owner_of_run(run))
            return run
        await desk.enqueue_approved(run.id, owner_of_run(run))
        if old:
            return await self._again.start(s, desk, run, integration)
        await desk.enqueue_apply(run.id, integration)
        return run

    async def reject(self, run_id: str, user_id: str, words: str = "") -> Run:
        """End a run that waits for an approval, with the person's own words, if there are any: nothing is written.

        Raises `RunNotPossible` when it does not wait any more.
        """
        async with self._outbox.session() as (s, desk):
            before = await stored.get(s, run_id)
            if before is None or before.state is not RunState.WAITING_APPROVAL:
                raise RunNotPossible("not waiting", text("jobs.not_waiting"))
            if before.approved_by is not None:
                raise RunNotPossible(
                    "approved before", text("jobs.approved_by", who=Markup(f"<@{before.approved_by}>"))
                )
            run = await stored.request_cancel(s, run_id, user_id)
            if run is None or not await self._closing.end_waiting(s, run_id, REFUSED_BY):
                raise RunNotPossible("not waiting", text("jobs.not_waiting"))
            if words:
                await stored.keep_refusal(s, self._database.vault, run_id, words)
            await _audit(s, run, user_id, "run.refuse")
            await desk.enqueue_report(run_id, owner_of_run(run))
        return run

    async def cancel(self, run_id: str, user_id: str) -> Run:
        """Stop a run: at once where it has not begun, else before the next employee.

        Returns the run; one that has ended stays as it is. Raises `RunNotPossible` for an unknown run.
        """
        async with self._outbox.session() as (s, desk):
            run = await stored.request_cancel(s, run_id, user_id)
            if run is not None:
                await _audit(s, run, user_id, "run.cancel")
                if await self._closing.end_waiting(s, run_id, CANCELLED_BY):
                    await desk.enqueue_report(run_id, owner_of_run(run))
            after = await stored.get(s, run_id)
            newer = await stored.get(s, again_id(after)) if after is not None and after.approved_at else None
        if after is None:
            raise RunNotPossible("unknown run", text("jobs.not_waiting"))
        if newer is not None and not newer.ended:
            await self.cancel(newer.id, user_id)
        return after

    async def expire_approvals(self) -> int:
        """End the runs that waited too long for an approval; says how many. Nothing was written for them."""
        async with self._database.reading() as session:
            waiting = await stored.expired_approvals(session, self._clock())
        ended = 0
        for run in waiting:
            if run.approved_by is not None:
                continue
            async with self._outbox.session() as (session, desk):
                if await self._closing.end_waiting(session, run.id, EXPIRED, {RunState.WAITING_APPROVAL}):
                    await desk.enqueue_report(run.id, owner_of_run(run))
                    ended += 1
        return ended


def can_run(integration: Integration) -> bool:
    """Whether a schedule starts runs: a paused or removed integration is passed over.

    One that needs reconnecting does start them: its run says in the channel that it did not sync, and why.
    """
    return integration.removed_at is None and integration.state is not IntegrationState.PAUSED


async def _has_absence(s: Session, integration_id: str) -> bool:
    chosen = await leave_settings.get(s, integration_id)
    return chosen is not None and LeaveSettings.from_json(chosen.settings).enabled


async def _asker(s: Session, run: Run, integration: Integration | None) -> str | None:
    """Who has asked for a run: of a schedule's, who has changed the schedule last, else the integration's owner."""
    if run.requested_by or run.options.scheduled_by:
        return run.requested_by or run.options.scheduled_by
    schedule = await schedules.get(s, run.integration_id, resource=run.resource)
    schedule = schedule or await schedules.get(s, run.integration_id)
    return (schedule.changed_by if schedule else None) or (integration.owner_user_id if integration else None)


async def _audit(s: Session, run: Run, actor: str, action: str) -> None:
    await audit.write(s, run.team_id, actor, action, integration_id=run.integration_id, new={"run": run.id})


def _started(slot: Slot) -> audit.NewEntry:
    return audit.NewEntry(
        team_id=slot.integration.team_id,
        actor_id=BY_SCHEDULE,
        action="run.sync",
        integration_id=slot.integration.id,
        new={"run": slot.run_id},
        origin="schedule",
    )
