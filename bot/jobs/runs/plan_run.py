"""The first half of a run: read both systems, make the plan, let the guard judge it, keep it sealed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.connections import ConnectedPair
from bot.domain.outcome import PLANNED_AS, OutcomeKind
from bot.domain.run_remark import RunRemark
from bot.domain.safeguard_hold import limits_in_force
from bot.domain.scope import Scope, ScopeKind
from bot.jobs.policy import Policy
from bot.jobs.runs.kept_verdicts import KeptVerdicts
from bot.sync.codec import key_in, kind_in
from bot.sync.compare.fingerprints import Fingerprint, SyncedPerson, unsettles
from bot.sync.compare.match import MatchDecision, Resolution
from bot.sync.plan.guard import GuardReason, History, Thresholds, judge
from bot.sync.plan.plan_summary import PlanSummary
from bot.sync.plan.planner import make_plan
from bot.sync.plan.request import PlanRequest
from storage import integrations, people, plans, resolutions, workspaces
from storage.database import Database
from storage.integrations import Integration
from storage.people import PersonState
from storage.runs import Run, RunKind, RunState
from storage.vault import Vault

Watch = Callable[[RunState, int, int | None], Awaitable[None]]
"""Told how far the planning is; raises to stop it."""

EVERYONE = Scope(ScopeKind.EVERYONE)


@dataclass(frozen=True, slots=True)
class Planned:
    """A stored plan: its header and why the guard wants a human to look first.

    `approved` are those of the reasons to which somebody has agreed already; `remarks` are told of the run as a whole.
    """

    header: PlanSummary
    reasons: tuple[GuardReason, ...]
    approved: tuple[GuardReason, ...] = ()
    remarks: tuple[RunRemark, ...] = ()


def keyed(vault: Vault, integration: Integration) -> Fingerprint:
    """The integration's own fingerprint: equal records of two integrations do not look alike."""
    return lambda data: vault.fingerprint(f"integration:{integration.id}", data)


def today(now: datetime, policy: Policy) -> date:
    """Which day it is for a run."""
    return now.astimezone(ZoneInfo(policy.timezone)).date()


def is_full(run: Run, integration: Integration, now: datetime, policy: Policy) -> bool:
    """Whether to compare everyone with the target: always when a person asked, else once in a while."""
    if run.kind is RunKind.PREVIEW or run.slot is None or run.options.full:
        return True
    compared = integration.full_compare_at
    return compared is None or now - compared >= policy.full_compare_every


async def plan_run(
    database: Database,
    pair: ConnectedPair,
    run: Run,
    integration: Integration,
    now: datetime,
    policy: Policy,
    watch: Watch,
    maker: str,
) -> Planned:
    """Make and store the run's plan. Raises the providers' errors, `PlanTaken`, and whatever `watch` raises.

    `maker` has begun it (`storage.plans.begin`).
    """
    request, thresholds = await _request(database, pair, run, integration, now, policy)

    async def progress(stage: str, done: int, total: int | None) -> None:
        await watch(RunState.READING if stage == "reading_target" else RunState.PLANNING, done, total)

    verdicts = KeptVerdicts(database, integration.id)
    plan = await make_plan(pair.source, pair.target, request, progress, verdicts)
    history = History(None if request.only is not None else integration.last_source_count)
    reasons = judge(plan.header, thresholds, history)
    if plan.header.writes:
        reasons += lateness(run, policy)
    await plans.store_large(
        database,
        run.id,
        maker,
        plan.header.to_json(),
        ((key_in(change), kind_in(change), change) for change in plan.changes.as_json()),
    )
    if plan.outside and run.kind is RunKind.SYNC:
        async with database.session() as session:
            await people.note_outside(session, integration.id, plan.outside, now)
    known = [GuardReason.from_json(reason) for reason in run.options.approved]
    approved = tuple(reason for reason in reasons if _covered(reason, known))
    return Planned(plan.header, reasons, approved, tuple(map(RunRemark.of_check, plan.remarks)))


def counts_of(header: PlanSummary) -> dict[str, int]:
    """A plan's counts, by outcome."""
    return {PLANNED_AS[kind].value: count for kind, count in header.counts.items()}


async def _request(
    database: Database, pair: ConnectedPair, run: Run, integration: Integration, now: datetime, policy: Policy
) -> tuple[PlanRequest, Thresholds]:
    async with database.reading() as session:
        workspace = await workspaces.get(session, integration.team_id)
        known = await people.load(session, integration.id)
        decided = await resolutions.load(session, integration.id)
    settings: Mapping[str, Any] = workspace.settings if workspace else {}
    usual = {**Thresholds().to_json(), **settings.get("thresholds", {})}
    limits = limits_in_force({**usual, **integration.thresholds}, integration.attention, now)
    request = PlanRequest(
        scope=EVERYONE if run.options.everyone else Scope.from_json(integration.scope),
        settings=integration.settings,
        environment=integration.environment,
        today=today(now, policy),
        fingerprint=keyed(database.vault, integration),
        memory={
            source_id: _remembered(person, person.target_id)
            for source_id, person in known.items()
            if person.target_id is not None
        },
        outside={
            source_id: person.trace for source_id, person in known.items() if person.target_id is None and person.trace
        },
        resolutions={
            source_id: Resolution(MatchDecision(decision.decision.value), decision.target_id, decision.others)
            for source_id, decision in decided.items()
        },
        only=run.options.only,
        countries=pair.provider.info.countries,
        full=is_full(run, integration, now, policy),
        restore_drift=limits.get("drift", settings.get("drift")) != "report",
        redeliver=run.kind is RunKind.FILE or run.options.redeliver,
        preflight=run.kind is not RunKind.FILE,  # made for a person, also while the system's own door is closed
        made_at=now,
    )
    return request, Thresholds.from_json(limits)


def _remembered(person: PersonState, target_id: str) -> SyncedPerson:
    settled = person.last_outcome is None or not unsettles(OutcomeKind(person.last_outcome))
    return SyncedPerson(person.number or "", target_id, person.fingerprint or "", settled, person.trace or "")


def lateness(run: Run, policy: Policy) -> tuple[GuardReason, ...]:
    """The reason to ask first of a scheduled run that begins later than its schedule allows."""
    late, limit = run.options.late_hours, run.options.late_limit
    if late is None:
        return ()
    return (GuardReason("late", late, int(policy.late_after / timedelta(hours=1)) if limit is None else limit),)


def _covered(reason: GuardReason, approved: list[GuardReason]) -> bool:
    """Whether a human has agreed to this reason already, in an earlier plan that was at least as far-reaching."""
    return any(
        (known.code, known.field) == (reason.code, reason.field) and known.count >= reason.count for known in approved
    )


async def remember_reading(database: Database, integration: Integration, header: PlanSummary) -> None:
    """Note what a finished run of the whole scope saw, for the guard of the next one."""
    async with database.session() as session:
        await integrations.record_source(
            session, integration.id, header.source_people, header.made_at if header.full else None
        )


async def header_of(database: Database, run_id: str) -> PlanSummary | None:
    """The header of the run's stored plan; None when there is no whole plan, or it is one of leave."""
    async with database.reading() as session:
        data = await plans.header(session, database.vault, run_id)
    return None if data is None or "resource" in data else PlanSummary.from_json(data)
