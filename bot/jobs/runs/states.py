"""What a run's state says of the engine's work: which work a run depends on, by what may follow its state."""

from __future__ import annotations

from bot.jobs.runs.queue import approved_id, ask_id, report_id, turn_id
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
        return (run.id,)
    if waits_for_people(run):
        return (ask_id(run.id),)
    if run.state is RunState.WAITING_APPROVAL:
        return approved_id(run.id), again_id(run)
    if RunState.APPLYING in here_or_next:
        return (approved_id(run.id),) if run.approved_by is not None else (run.id,)
    if run.ended:
        return ()
    # The turn is noted before its work is there: until then it is the one before that has to be looked at.
    turns = sorted({0, max(0, run.thread.turn - 1), run.thread.turn})
    return tuple(turn_id(report_id(run.id), turn) for turn in turns)
