"""What a run depends on in each state: the sweep enqueues it again where the engine does not know of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.jobs.runs.states import awaited_work, waits_for_people
from storage.delivery import PostedState
from storage.run_options import RunOptions
from storage.runs import Run, RunKind, RunState, RunTrigger

AT = datetime(2026, 3, 2, 5, tzinfo=UTC)
RUN = Run(
    id="r1", integration_id="i1", team_id="T1", kind=RunKind.SYNC, trigger=RunTrigger.MANUAL, requested_by=None,
    slot=None, options=RunOptions(), state=RunState.QUEUED, reason=None, counts={}, progress_done=0,
    progress_total=None, channel_id=None, message_ts=None, thread=PostedState(), guard=None, approved_by=None,
    approved_at=None,
    expires_at=None, cancel_requested_by=None, created_at=AT, started_at=None, interrupted_at=None, finished_at=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("state", "work", "work_once_approved"),
    [
        (RunState.QUEUED, ["r1"], ["r1"]),
        (RunState.READING, ["r1"], ["r1"]),
        (RunState.PLANNING, ["r1"], ["r1"]),
        (RunState.WAITING_APPROVAL, ["ask:r1"], ["approved:r1", "sync:i1:anew:20260302T050000000000"]),
        (RunState.APPLYING, ["r1"], ["approved:r1"]),
        (RunState.REPORTING, ["report:r1"], ["report:r1"]),
        (RunState.DONE, [], []),
        (RunState.FAILED, [], []),
        (RunState.CANCELLED, [], []),
    ],
)
def test_a_run_depends_on_the_work_that_brings_it_on(
    state: RunState, work: list[str], work_once_approved: list[str]
) -> None:
    run = replace(RUN, state=state)
    approved = replace(run, approved_by="U1", approved_at=AT)
    assert list(awaited_work(run)) == work
    assert list(awaited_work(approved)) == work_once_approved
    assert waits_for_people(run) is (state is RunState.WAITING_APPROVAL)
    assert not waits_for_people(approved)


@pytest.mark.parametrize(
    ("state", "approved", "work"),
    [
        (RunState.QUEUED, False, ["r1", "r1:turn:2", "r1:turn:3"]),
        (RunState.APPLYING, False, ["r1", "r1:turn:2", "r1:turn:3"]),
        (RunState.APPLYING, True, ["approved:r1", "approved:r1:turn:2", "approved:r1:turn:3"]),
        (RunState.REPORTING, False, ["report:r1"]),
    ],
)
def test_work_that_was_set_for_another_time_is_looked_for_there(
    state: RunState, approved: bool, work: list[str]
) -> None:
    run = replace(RUN, state=state, turn=3)
    assert list(awaited_work(replace(run, approved_by="U1", approved_at=AT) if approved else run)) == work
