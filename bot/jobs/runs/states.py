"""What a run's state says of the engine's work: which work a run depends on, by what may follow its state."""

from __future__ import annotations

from bot.jobs.runs.queue import approved_id, ask_id, report_id, turn_ids
from bot.jobs.runs.replan import again_id
from storage.run_states import ALLOWED
from storage.runs import Run, RunState


def waits_for_people(run: Run) -> bool:
    """Whether nothing happens until somebody decides, or the time for it is over."""
    return run.state is RunState.WAITING_APPROVAL and run.approved_by is None


def awaited_work(run: Run) -> tuple[str, ...]:
    """The ids of the engine's work that a run in its present state depends on; () for a run that has ended.

    The work is that which brings about what may follow: from where a run can still be read, its first phase does all;
    from where it can be applied, whoever approved it has begun another; from where it can only end, the report ends it.
    """
    here_or_next = ALLOWED[run.state] | {run.state}
    if RunState.READING in here_or_next:
        return tuple(turn_ids(run.id, run.turn))
    if waits_for_people(run):
        return (ask_id(run.id),)
    approved = turn_ids(approved_id(run.id), run.turn)
    if run.state is RunState.WAITING_APPROVAL:
        return *approved, again_id(run)
    if RunState.APPLYING in here_or_next:
        return tuple(approved if run.approved_by is not None else turn_ids(run.id, run.turn))
    if run.ended:
        return ()
    return tuple(turn_ids(report_id(run.id), run.thread.turn))
