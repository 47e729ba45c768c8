"""Whether what a sync would write has been shown: by the latest preview, or by a sync with the very same configuration.

A sync that applies a preview makes its plan anew and compares it with the one that was shown. One of which nothing
was shown waits for an approval, whoever or whatever started it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.resource import Resource
from bot.jobs.leave.leave_agreement import LeaveAgreement
from bot.jobs.runs.result import result_of
from bot.sync.plan.guard import GuardReason
from bot.sync.plan.plan_diff import PlanDiff
from bot.sync.plan.plan_summary import PlanSummary
from storage import kept_plans, leave_settings, plans, runs
from storage.database import Session
from storage.integrations import Integration
from storage.runs import Run, RunKind, RunState
from storage.vault import Vault

UNSHOWN = "unshown"
"""The guard's reason for a plan of which nothing was shown."""

LOOK_BACK = 20
"""Runs to look through for the last one that compared people."""

_OVER = frozenset({RunState.REPORTING, RunState.DONE})
_WRITING = frozenset({RunState.APPLYING, RunState.REPORTING, RunState.DONE, RunState.FAILED})


class PreviewState(StrEnum):
    """Whether an integration's latest preview can be applied, and why not. Texts: `shown.<word>`."""

    VALID = "valid"
    NEVER = "never"
    CHANGED = "changed"
    USED = "used"
    OLD = "old"


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """What an integration has shown. `preview` is the one that can be applied, where the state is valid.

    `settled` tells that it has synced with everything as it is now, so that a sync needs none.
    """

    state: PreviewState
    preview: Run | None = None
    settled: bool = False


async def shown_plan(
    session: Session,
    vault: Vault,
    integration: Integration,
    now: datetime,
    limit: timedelta,
    resource: Resource = Resource.EMPLOYEES,
) -> ShownPlan:
    """What the integration has shown of a resource, as it is now; a plan is good until it is older than `limit`.

    `settled` says that a sync without a preview is under the guard alone.
    """
    about_leave = resource is Resource.ABSENCE
    chosen = await leave_settings.get(session, integration.id) if about_leave else None
    settled = integration.has_synced_as_is
    if about_leave:
        settled = chosen is not None and chosen.synced_basis == integration.basis
    kept = await kept_plans.latest(session, integration.id, resource=resource.value)
    preview = None if kept is None else await runs.get(session, kept)
    latest = await _latest_carried_out(session, integration.id, resource)
    if preview is None or latest is None or preview.id != latest.id:
        return ShownPlan(_why_not(latest, integration), settled=settled)
    header = await plans.header(session, vault, preview.id)
    if header is None or preview.basis != integration.basis:
        return ShownPlan(_why_not(preview, integration), settled=settled)
    plan = LeaveAgreement.from_json(header) if about_leave else PlanSummary.from_json(header)
    if isinstance(plan, LeaveAgreement) and (chosen is None or plan.version != chosen.version):
        return ShownPlan(PreviewState.CHANGED, settled=settled)
    if plan.is_old(now, limit):
        return ShownPlan(PreviewState.OLD, settled=settled)
    return ShownPlan(PreviewState.VALID, preview, settled=settled)


async def newer_than(session: Session, preview: Run) -> Run | None:
    """The preview or sync that has taken a preview's place; None when none has."""
    latest = await _latest_carried_out(session, preview.integration_id, preview.resource)
    return latest if latest is not None and latest.created_at > preview.created_at else None


async def _latest_carried_out(session: Session, integration_id: str, resource: str) -> Run | None:
    latest = await runs.latest(session, integration_id, limit=LOOK_BACK, resource=resource)
    return next((run for run in latest if _counts(run)), None)


def _counts(run: Run) -> bool:
    """Whether a run has shown or done something that makes older previews stale."""
    if run.kind is RunKind.PREVIEW:
        return run.state in _OVER and result_of(run).state is RunState.DONE and not run.options.everyone
    return run.kind is RunKind.SYNC and run.state in _WRITING and (run.state is RunState.APPLYING or bool(run.counts))


def _why_not(latest: Run | None, integration: Integration) -> PreviewState:
    if latest is None:
        return PreviewState.NEVER
    if latest.basis != integration.basis:
        return PreviewState.CHANGED
    return PreviewState.USED if latest.kind is RunKind.SYNC else PreviewState.OLD


def unshown(run: Run, integration: Integration, header: PlanSummary, compared: PlanDiff | None) -> GuardReason | None:
    """Why a plan may not be written unseen; None where it may: it was shown, it writes nothing, or the integration
    has synced with this very configuration and the guard alone decides.
    """
    if run.kind is not RunKind.SYNC or not header.writes or compared is not None:
        return None
    if run.options.preview_run is None and integration.has_synced_as_is:
        return None
    return GuardReason(UNSHOWN, header.writes, header.scope_people)


def is_agreed(run: Run, header: PlanSummary) -> bool:
    """Whether a sync that was carried out says that people have seen what its configuration leads to."""
    return bool(header.writes or run.approved_by or run.options.preview_run is not None)
