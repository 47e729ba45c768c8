"""After a sync: which problems are new, which are as before and which are gone. Noted once per run, before people are
told, so that a report which is repeated says the same."""

from __future__ import annotations

from bot.domain.outcome import OutcomeKind
from bot.jobs.runs.result import result_of
from bot.sync.codec import outcome_from_json
from bot.sync.report.issues import SUCCESSES, ProblemKey
from bot.sync.report.problem_delta import ProblemDelta, problem_keys, problems_as_said
from storage import outcomes, problems, run_loader
from storage.database import Database
from storage.runs import Run, RunKind, RunState

_UNSOLVED = tuple(kind.value for kind in OutcomeKind if kind not in SUCCESSES)


async def note_problems(database: Database, run_id: str) -> None:
    """Take over what a sync that came to its end found; of previews and broken runs nothing is noted."""
    async with database.reading() as session:
        loaded = await run_loader.find(session, run_id)
        if loaded is None or loaded.integration is None or not _tells_of_problems(loaded.run):
            return
        run = loaded.run
        found, said = set[ProblemKey](), dict[ProblemKey, str]()
        async for part in outcomes.stream(session, database.vault, run_id, _UNSOLVED):
            for row in part:
                outcome = outcome_from_json(row.detail)
                found |= problem_keys(outcome)
                said |= problems_as_said(outcome)
    seen_at = run.finished_at or run.created_at
    async with database.session() as session:
        await problems.note(
            session,
            run.integration_id,
            run.id,
            found,
            seen_at,
            among=run.options.only,
            resource=run.resource,
            said=said,
        )


async def news_of(database: Database, run: Run) -> ProblemDelta | None:
    """What a noted run has to tell of problems; None for a run that says nothing of them."""
    if not _tells_of_problems(run):
        return None
    async with database.reading() as session:
        known = await problems.load(session, run.integration_id, resource=run.resource)
    still = {key: problem for key, problem in known.items() if problem.solved_run is None}
    return ProblemDelta(
        since={key: problem.since for key, problem in still.items()},
        new=frozenset(key for key, problem in still.items() if problem.first_run == run.id),
        solved=frozenset(key for key, problem in known.items() if problem.solved_run == run.id),
        muted=problems.muted_people(known, (run.finished_at or run.created_at).date()),
    )


def _tells_of_problems(run: Run) -> bool:
    return run.kind is RunKind.SYNC and result_of(run).state is RunState.DONE
