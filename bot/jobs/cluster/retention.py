"""Retention: what has done its service is erased."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot.core.clock import Clock
from bot.domain.leave_settings import LeaveSettings
from bot.jobs.engine.engine import Engine
from bot.jobs.policy import Policy
from bot.jobs.runs.service import RunService
from storage import (
    aged_records,
    audit,
    audit_upkeep,
    drafts,
    kept_plans,
    leave_files,
    leave_ledger,
    leave_settings,
    oauth_states,
    outcomes,
    run_selection,
    run_words,
    runs,
    uninstalled,
    workspace_end,
)
from storage.database import Database, Session

CREDENTIALS_ERASED = "credentials.erased"

log = structlog.get_logger(__name__)


class Retention:
    """Erases old outcomes, runs and days of leave, people who are long gone, expired drafts and the engine's finished
    work, and ends approvals that nobody gave."""

    def __init__(self, database: Database, engine: Engine, runs: RunService, clock: Clock, policy: Policy) -> None:
        self._database = database
        self._engine = engine
        self._runs = runs
        self._clock = clock
        self._policy = policy

    async def clean(self) -> None:
        """Erase all of it. May be done by several replicas at once."""
        now = self._clock()
        async with self._database.session() as session:
            old = await outcomes.erase_older(session, now - self._policy.outcomes_kept)
            old += await outcomes.erase_sooner(session, now)
            await runs.erase_refusals(session, now - self._policy.outcomes_kept)
            await run_words.erase(session, now - self._policy.outcomes_kept)
            await run_selection.forget(session, now - self._policy.outcomes_kept)
        old_leave = await self._erase_leave(now)
        async with self._database.session() as session:
            expired = await drafts.purge(session, now)
            await oauth_states.purge(session, now)
        aged, forgotten_people = await self._erase_aged(now)
        gone = await self._erase_uninstalled(now)
        audited = 0
        if self._policy.audit_kept is not None:
            audited = await audit_upkeep.erase_older(self._database, now - self._policy.audit_kept)
        forgotten = 0
        # The engine's rows are what keeps a slot from running twice, so they outlive every slot that can be due again.
        while erased := await self._engine.forget(now - self._policy.engine_rows_kept):
            forgotten += erased
        log.info(
            "cleaned",
            outcomes=old,
            leave=old_leave,
            drafts=expired,
            work=forgotten,
            audit=audited,
            uninstalled=gone,
            runs=aged,
            people=forgotten_people,
        )

    async def _erase_aged(self, now: datetime) -> tuple[int, int]:
        """Erase runs that are long over and what is known of people who are long gone; says how many of each."""
        erased = forgotten = 0
        if self._policy.runs_kept is not None:
            # The engine's rows outlive every slot that can be due again, and a run outlives its work.
            before = now - max(self._policy.runs_kept, self._policy.engine_rows_kept)
            while found := await self._each(lambda session: aged_records.erase_runs(session, before)):
                erased += found
        if (kept := self._policy.gone_kept) is not None:
            while found := await self._each(lambda session: aged_records.forget_people(session, kept)):
                forgotten += found
        return erased, forgotten

    async def _each(self, work: Callable[[Session], Awaitable[int]]) -> int:
        async with self._database.session() as session:
            return await work(session)

    async def _erase_uninstalled(self, now: datetime) -> int:
        """Erase the secrets of workspaces that have not come back; says how many workspaces."""
        if self._policy.uninstalled_kept is None:
            return 0
        async with self._database.reading() as session:
            gone = await uninstalled.since(session, now - self._policy.uninstalled_kept)
        for team_id in gone:
            async with self._database.session() as session:
                await workspace_end.cut_off(session, team_id)
                await audit.write(session, team_id, audit.SYSTEM, CREDENTIALS_ERASED, origin=audit.SYSTEM)
        return len(gone)

    async def _erase_leave(self, now: datetime) -> int:
        """Erase what was delivered of days that payroll is long done with; says how many entries.

        A day that nobody has called closed stays known: without it, it would be delivered once more.
        """
        erased = 0
        async with self._database.reading() as session:
            chosen = await leave_settings.everyone(session)
        for stored in chosen:
            closed = LeaveSettings.from_json(stored.settings).closed_through
            if closed is None:
                continue
            before = min(closed + timedelta(1), (now - self._policy.leave_kept).date())
            async with self._database.session() as session:
                erased += await leave_ledger.erase_older(
                    session,
                    before,
                    kept_since=now - self._policy.outcomes_kept,
                    integration_id=stored.integration_id,
                )
        async with self._database.session() as session:
            await leave_files.erase_older(session, now - self._policy.leave_kept)
        return erased

    async def expire(self) -> None:
        """End what waited too long for an approval, and erase what a preview has shown and nobody has applied."""
        await self._runs.expire_approvals()
        async with self._database.session() as session:
            await kept_plans.erase_older(session, self._clock() - self._policy.plan_lives)
