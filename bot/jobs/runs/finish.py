"""The end of a run: an outcome for everyone whose turn never came, and what the run means for its integration."""

from __future__ import annotations

from collections.abc import Collection

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from bot.core.text import text
from bot.domain.change import Change
from bot.domain.outcome import Outcome, OutcomeKind
from bot.jobs.runs.outcome_recorder import OutcomeRecorder
from bot.jobs.runs.plan_run import remember_reading
from bot.jobs.runs.result import RunResult
from bot.jobs.runs.shown_plan import is_agreed
from bot.providers.registry import main_resource
from bot.sync.apply.apply_change import cancelled
from bot.sync.plan.plan_summary import PlanSummary
from storage import audit, choice_seal, integrations, kept_plans, outcomes, run_words, runs
from storage.database import Database
from storage.errors import ApprovalForged, ChoicesAltered, PlanAltered, RunEnded, StaleRunState, Unreadable, WrongOwner
from storage.integrations import Integration, IntegrationState
from storage.run_states import AT_REST
from storage.runs import Run, RunKind, RunState
from storage.vault import Vault

log = structlog.get_logger(__name__)

CANCELLED_BY = RunResult(RunState.CANCELLED, text("jobs.cancelled"))
REFUSED_BY = RunResult(RunState.CANCELLED, text("jobs.refused"), text("jobs.approval_expired.advice"))
CHANGED = RunResult(RunState.CANCELLED, text("jobs.changed"), text("jobs.changed.advice"))
SUPERSEDED = RunResult(RunState.CANCELLED, text("jobs.superseded"))
BROKEN = RunResult(RunState.FAILED, text("jobs.broken"), text("jobs.broken.advice"))
FORGED = RunResult(RunState.FAILED, text("jobs.forged"), text("jobs.forged.advice"))
ALTERED = RunResult(RunState.FAILED, text("jobs.altered"), text("jobs.altered.advice"))
CHOICES = RunResult(RunState.FAILED, text("jobs.choices"), text("jobs.choices.advice"))
CHOICES_LOST = RunResult(RunState.FAILED, text("jobs.choices"), text("jobs.choices.lost"))
EXPIRED = RunResult(RunState.CANCELLED, text("jobs.approval_expired"), text("jobs.approval_expired.advice"))

UNTRUSTED = (ApprovalForged, PlanAltered, ChoicesAltered, WrongOwner, Unreadable)
"""What says that a run's plan, its approval, or what its integration has chosen is not what the bot has stored."""

BY_NOBODY = "system"
"""The actor of what nobody of the workspace did, in the audit."""

_AUDITED = ((FORGED, "run.forged"), *((altered, "run.altered") for altered in (ALTERED, CHOICES, CHOICES_LOST)))

_UNSUCCESSFUL = (OutcomeKind.FAILED, OutcomeKind.UNKNOWN)
_SUCCESSFUL = (OutcomeKind.CREATED, OutcomeKind.UPDATED, OutcomeKind.UNCHANGED)


class RunFinisher:
    """Brings runs to `reporting`, from where telling people ends them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def close(
        self,
        run: Run,
        integration: Integration,
        header: PlanSummary | None,
        recorder: OutcomeRecorder,
        ending: RunResult,
        *,
        reconnect: bool,
    ) -> None:
        """Close a run that was under way. Done twice, it changes nothing the second time."""
        synced = run.kind is RunKind.SYNC and run.state is RunState.APPLYING
        if synced and ending.state is not RunState.DONE:
            await recorder.record_never_begun(lambda change: _never_begun(change, ending))
        if run.kind is RunKind.PREVIEW:
            # Whoever answers a question later, or looks at the list, finds it here: the plan goes with the run.
            await recorder.predict()
        async with self._database.reading() as session:
            # Until a sync writes, its counts are those of its plan: they do not tell what was done.
            counts = dict(run.counts) if run.kind is RunKind.PREVIEW else await outcomes.counts(session, run.id)
        done = synced and ending.state is RunState.DONE
        if done and header is not None and run.options.only is None:
            await remember_reading(self._database, integration, header)
            if run.basis is not None and is_agreed(run, header):
                async with self._database.session() as session:
                    await kept_plans.record_synced(session, integration.id, run.basis)
        async with self._database.session() as session:
            if reconnect:
                await integrations.set_state(session, integration.id, IntegrationState.NEEDS_RECONNECT)
            elif done and run.resource == main_resource(integration.provider) and _proves(counts):
                current = await integrations.get(session, integration.id)
                if current is not None and current.state is IntegrationState.CONNECTED:
                    await integrations.set_state(session, integration.id, IntegrationState.TESTED)
            await self._to_reporting(session, run.id, ending, counts)

    async def close_bare(self, run_id: str, ending: RunResult) -> None:
        """Close a run by its own row, without a look at its plan and outcomes: for one that these have broken."""
        async with self._database.session() as session:
            await self._to_reporting(session, run_id, ending, {})

    async def end_waiting(
        self, session: AsyncSession, run_id: str, ending: RunResult, expected: Collection[RunState] = AT_REST
    ) -> bool:
        """End a run that is not under way; False when it is by now, or has ended."""
        try:
            await self._to_reporting(session, run_id, ending, {}, expected)
        except (RunEnded, StaleRunState):
            return False
        return True

    async def supersede(self, session: AsyncSession, newer: Run) -> list[str]:
        """End older runs of the integration that wait for an approval: their plans are out of date. Gives their ids."""
        ended = []
        for run in await runs.active(session, newer.integration_id):
            waits = run.state is RunState.WAITING_APPROVAL and run.approved_by is None
            other = run.id != newer.id and run.resource == newer.resource
            if waits and other and await self.end_waiting(session, run.id, SUPERSEDED):
                ended.append(run.id)
        return ended

    async def _to_reporting(
        self,
        session: AsyncSession,
        run_id: str,
        ending: RunResult,
        counts: dict[str, int],
        expected: Collection[RunState] | None = None,
    ) -> None:
        fields = runs.RunFields(finished_at=self._clock(), counts=counts)
        if ending.state is not RunState.DONE:
            fields["reason"] = ending.without_words().to_json()
        run = await runs.advance(session, run_id, RunState.REPORTING, expected=expected, **fields)
        if (action := next((action for found, action in _AUDITED if found == ending), None)) is not None:
            log.error(action.replace(".", "_"), run_id=run_id, team=run.team_id)
            await audit.write(session, run.team_id, BY_NOBODY, action, run.integration_id, new={"run": run_id})
        if ending == CHOICES:
            await integrations.put_back(session, run.integration_id)
        if ending.verbatim is not None:
            await run_words.keep(session, self._database.vault, run_id, ending.verbatim)


def untrusted(error: Exception) -> RunResult:
    """How a run ends of which one of `UNTRUSTED` was found."""
    if isinstance(error, ChoicesAltered):
        return CHOICES_LOST if error.lost else CHOICES
    return FORGED if isinstance(error, ApprovalForged) else ALTERED


def otherwise_chosen(vault: Vault, integration: Integration) -> RunResult | None:
    """How a run of an integration ends that is not as it was chosen; None for one that is."""
    try:
        choice_seal.require(vault, integration)
    except ChoicesAltered as error:
        return untrusted(error)
    return None


def not_now(integration: Integration) -> RunResult | None:
    """Why an integration's runs do not begin at present; None when they do."""
    if integration.state is IntegrationState.NEEDS_RECONNECT:
        return RunResult(RunState.FAILED, text("jobs.needs_reconnect"), text("jobs.needs_reconnect.advice"))
    if integration.state is IntegrationState.PAUSED:
        return RunResult(RunState.CANCELLED, text("jobs.paused"), text("jobs.paused.advice"))
    return None


def _never_begun(change: Change, ending: RunResult) -> Outcome:
    if ending.state is RunState.CANCELLED:
        return cancelled(change)
    return Outcome(
        OutcomeKind.FAILED,
        change.person,
        reason=ending.text,
        advice=ending.advice,
        verbatim=ending.verbatim,
        reference=ending.reference,
        retryable=True,
    )


def _proves(counts: dict[str, int]) -> bool:
    """Whether a sync shows that the integration works: somebody is in the target as they should be, nobody failed."""
    if any(counts.get(kind.value, 0) for kind in _UNSUCCESSFUL):
        return False
    return any(counts.get(kind.value, 0) for kind in _SUCCESSFUL)
