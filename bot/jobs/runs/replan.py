"""A plan that is made again and compared: with one that was approved and has grown old, or with a preview's.

The older run is kept, with its plan, until the newer one has been compared with it; so what was shown lives as long as
it is needed, and ends as any plan does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from bot.domain.resource import Resource
from bot.jobs.runs.finish import SUPERSEDED, RunFinisher
from bot.jobs.runs.guard_note import guard_note_of
from bot.jobs.runs.ids import run_id_for_request
from bot.jobs.runs.queue import WorkQueue, concurrency_key, owner_of_run
from bot.jobs.runs.step_results import PlanAnew
from bot.sync.codec import change_from_json, difference_to_json
from bot.sync.plan.plan_diff import WRITING, DiffKind, PersonDiff, PlanDiff, compare, is_only_done
from bot.sync.plan.plan_summary import PlanSummary
from storage import approvals, plan_differences, plans
from storage import runs as stored
from storage.database import Database, Session
from storage.errors import ApprovalForged, PlanAltered
from storage.integrations import Integration
from storage.json_codec import Json
from storage.plans import PlannedChange
from storage.run_options import RunOptions
from storage.run_states import IN_PLANNING
from storage.runs import NewRun, Run, RunKind, RunState, RunTrigger

_NOT_COMPARED = IN_PLANNING | {RunState.QUEUED}
_WRITING = tuple(sorted(kind.value for kind in WRITING))


def plan_diff_of(run: Run) -> PlanDiff | None:
    """What the run says of an older plan; None for a run of its own."""
    return guard_note_of(run).again


def first_of(run: Run) -> str:
    """The id of the run that was started: its own, but for a run whose plan is made again."""
    return run.options.first_run or run.id


def again_id(run: Run) -> str:
    """The id of the run that makes an approved one's plan again."""
    at = run.approved_at
    return run_id_for_request("sync", run.integration_id, f"anew:{at.strftime('%Y%m%dT%H%M%S%f') if at else 'never'}")


def has_changed(run: Run, basis: int) -> bool:
    """Whether what the run's plan was made with is another by now (`storage.kept_plans`), as if it had grown old.

    `basis` is the integration's. One of leave is planned anew anyway.
    """
    about_people = run.resource == Resource.EMPLOYEES
    return about_people and run.basis is not None and run.basis != basis


class Replanner:
    """Starts the newer run, compares, and lets the older one go. Every call may come twice."""

    def __init__(self, database: Database, closing: RunFinisher) -> None:
        self._database = database
        self._closing = closing

    async def start(self, s: Session, desk: WorkQueue, run: Run, integration: Integration) -> Run:
        """Start the run that makes the plan of an approved one again: for whoever asked for the first."""
        newer = await self.make_again(s, run, integration)
        if newer.state is RunState.QUEUED:
            await desk.enqueue_plan(newer.id, integration)
        elif newer.state not in _NOT_COMPARED and await self._release(s, run.id):
            await desk.enqueue_report(run.id, owner_of_run(run))
        return newer

    async def make_again(self, s: Session, run: Run, integration: Integration) -> Run:
        """Store the run that makes the plan of an approved one again; it is begun by whoever calls."""
        newer, _ = await stored.create(
            s,
            NewRun(
                id=again_id(run),
                integration_id=run.integration_id,
                team_id=run.team_id,
                kind=RunKind.SYNC,
                trigger=RunTrigger.APPROVAL,
                requested_by=run.requested_by,
                channel_id=integration.channel_id,
                options=RunOptions(
                    only=run.options.only,
                    redeliver=run.options.redeliver,
                    full=True,
                    first_run=first_of(run),
                    scheduled_by=run.options.scheduled_by,
                    shown_run=run.id,
                    approved=tuple(reason.to_json() for reason in guard_note_of(run).reasons),
                ),
            ),
        )
        return newer

    async def plan_anew(self, s: Session, run: Run, integration: Integration) -> PlanAnew:
        """Have a plan made again that is about to be carried out, as `has_changed` says of it."""
        newer = await self.make_again(s, run, integration) if run.approved_by is not None else None
        return PlanAnew(newer.id if newer is not None else None, concurrency_key(integration))

    async def forget_turns(self, run_id: str) -> None:
        """Have nobody wait for a run any more whose plan is being made again (`storage.run_order`)."""
        async with self._database.session() as session:
            await stored.update(session, run_id, turn=None)

    async def compare(self, run: Run, maker: str) -> PlanDiff | None:
        """Compare the run's plan with the one that was approved, person by person, and keep what differs.

        None for a run of its own, and where the older plan, or a genuine approval of it, is gone: then nobody can say
        that it is the same. Raises
        `PlanTaken` when another than `maker` makes the run's plan by now.
        """
        async with self._database.reading() as session:
            shown = await stored.get(session, run.options.shown_run or "")
            header = await plans.header(session, self._database.vault, shown.id) if shown is not None else None
            genuine = shown is not None and await self._is_approved(session, shown)
        if shown is None or header is None or shown.approved_by is None or shown.approved_at is None or not genuine:
            return None
        turns = await self._keep(shown.id, run.id, maker)
        made_at = PlanSummary.from_json(header).made_at
        return PlanDiff(shown.approved_by, shown.approved_at, made_at, turns)

    async def compare_with_preview(self, run: Run, maker: str) -> PlanDiff | None:
        """Compare the plan of a sync with the preview that it applies, and keep what differs, but for what is done.

        None for a sync that applies none, and where the preview's plan is gone. Raises `PlanTaken` as `compare` does.
        """
        if run.options.preview_run is None:
            return None
        async with self._database.reading() as session:
            shown = await stored.get(session, run.options.preview_run)
            header = await plans.header(session, self._database.vault, shown.id) if shown is not None else None
        if shown is None or header is None:
            return None
        turns = await self._keep(shown.id, run.id, maker, done_is_same=True)
        made_at = PlanSummary.from_json(header).made_at
        return PlanDiff(None, shown.finished_at or made_at, made_at, turns)

    async def release(self, run_id: str) -> bool:
        """End the older run, which has served, and its plan with it; says whether it is to be reported now."""
        async with self._database.session() as session:
            return await self._release(session, run_id)

    async def _is_approved(self, s: Session, run: Run) -> bool:
        try:
            await approvals.require_plan(s, self._database.vault, run)
        except (ApprovalForged, PlanAltered):
            return False
        return True

    async def _release(self, s: Session, run_id: str) -> bool:
        await self._closing.end_waiting(s, run_id, SUPERSEDED)
        run = await stored.get(s, run_id)
        return run is not None and run.state is RunState.REPORTING

    async def _keep(self, shown_id: str, run_id: str, maker: str, *, done_is_same: bool = False) -> dict[DiffKind, int]:
        turns = dict.fromkeys(DiffKind, 0)
        async with self._database.session() as session:
            await plans.require(session, run_id, maker)
            await plan_differences.erase(session, run_id)
        async for found in self._differing(shown_id, run_id, done_is_same=done_is_same):
            entries: list[tuple[str, Json]] = [(one.turn.value, difference_to_json(one)) for one in found]
            async with self._database.session() as session:
                await plans.require(session, run_id, maker)
                await plan_differences.append(session, self._database.vault, run_id, sum(turns.values()), entries)
            for one in found:
                turns[one.turn] += 1
        return turns

    async def _differing(self, shown_id: str, run_id: str, *, done_is_same: bool) -> AsyncIterator[list[PersonDiff]]:
        """The differences, a page of people at a time: first whom the newer plan writes, then who dropped out."""
        async for page, others in self._pages(run_id, shown_id):
            yield _found(((others.get(one.person_key), one) for one in page), done_is_same=done_is_same)
        async for page, others in self._pages(shown_id, run_id):
            dropped = (one for one in page if _kind(others.get(one.person_key)) not in _WRITING)
            pairs = ((one, others.get(one.person_key)) for one in dropped)
            yield _found(pairs, done_is_same=done_is_same)

    async def _pages(
        self, run_id: str, other_id: str
    ) -> AsyncIterator[tuple[list[PlannedChange], dict[str, PlannedChange]]]:
        """Whom a plan writes, a page at a time, and what the other plan says of the same people."""
        vault, after = self._database.vault, -1
        while True:
            async with self._database.reading() as session:
                page = await plans.following(session, vault, run_id, after, _WRITING)
                others = await plans.of_people(session, vault, other_id, [one.person_key for one in page])
            if not page:
                return
            yield list(page), others
            after = page[-1].position
            await asyncio.sleep(0)  # a page is some milliseconds of decryption


def _kind(planned: PlannedChange | None) -> str:
    return planned.kind if planned is not None else ""


def _found(pairs: Any, *, done_is_same: bool) -> list[PersonDiff]:
    changes = ((shown and change_from_json(shown.change), now and change_from_json(now.change)) for shown, now in pairs)
    differing = ((shown, now) for shown, now in changes if not (done_is_same and is_only_done(shown, now)))
    return [found for shown, now in differing if (found := compare(shown, now)) is not None]
