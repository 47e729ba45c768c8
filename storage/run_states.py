"""The kinds of runs, the states of a run and the table of its transitions: the one place that says how a run may move.

`storage.runs.advance` holds every run to the table, the sweep derives from it what a run waits for, and
docs/run-states.md draws it. To stay where it is, is always allowed: a step that is done twice finds its state.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class RunKind(StrEnum):
    """A preview writes nothing to the target; a file is for the person who asked, and nothing is written either."""

    PREVIEW = "preview"
    SYNC = "sync"
    FILE = "file"


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    READING = "reading"
    PLANNING = "planning"
    WAITING_APPROVAL = "waiting_approval"
    APPLYING = "applying"
    REPORTING = "reporting"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing follows."""
        return self in ENDED


ALLOWED: Mapping[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.READING, RunState.REPORTING, RunState.CANCELLED}),
    # Of reading and planning only what is told is noted, so that either can be passed over; a plan is also made anew.
    RunState.READING: frozenset(
        {RunState.PLANNING, RunState.WAITING_APPROVAL, RunState.APPLYING, RunState.REPORTING, RunState.CANCELLED}
    ),
    RunState.PLANNING: frozenset(
        {RunState.READING, RunState.WAITING_APPROVAL, RunState.APPLYING, RunState.REPORTING, RunState.CANCELLED}
    ),
    RunState.WAITING_APPROVAL: frozenset({RunState.APPLYING, RunState.REPORTING, RunState.CANCELLED}),
    RunState.APPLYING: frozenset({RunState.REPORTING, RunState.CANCELLED}),
    RunState.REPORTING: frozenset({RunState.DONE, RunState.FAILED, RunState.CANCELLED}),
    RunState.DONE: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.CANCELLED: frozenset(),
}
"""What may follow each state. Straight to `cancelled` goes the run of an integration that is removed: nobody is told.
Every other end goes through `reporting`."""

ENDED = frozenset(state for state, following in ALLOWED.items() if not following)

IN_PLANNING = frozenset({RunState.READING, RunState.PLANNING})
"""The plan is being made; nothing is written yet."""

UNDER_WAY = IN_PLANNING | {RunState.APPLYING}
"""A process works on the run."""

AT_REST = frozenset({RunState.QUEUED, RunState.WAITING_APPROVAL})
"""Nobody works on the run: who wants to end it need not ask it to stop."""


def may_follow(before: RunState, after: RunState) -> bool:
    """Whether a run in the state `before` may be moved to `after`."""
    return after is before or after in ALLOWED[before]
