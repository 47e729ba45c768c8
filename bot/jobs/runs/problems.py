"""After a sync: which problems are new, which are as before and which are gone. Noted once per run, before people are
told, so that a report which is repeated says the same. What is muted is left out of all that is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.domain.outcome import OutcomeKind
from bot.domain.resource import Resource
from bot.jobs.runs.result import result_of
from bot.providers import registry
from bot.providers.protocol import TYPED_IN
from bot.sync.codec import outcome_from_json
from bot.sync.report.issues import SUCCESSES, ProblemKey
from bot.sync.report.problem_delta import ProblemDelta, problem_keys, problems_as_said
from storage import outcomes, problems, run_loader
from storage.database import Database
from storage.problems import Problem
from storage.runs import Run, RunKind, RunState

_UNSOLVED = tuple(kind.value for kind in OutcomeKind if kind not in SUCCESSES)
_LEFT_TO_TYPE_IN = OutcomeKind.UNCHANGED.value
"""With those whom nothing stops, what differs is looked for only where somebody has to type it in: they are most."""


async def note_problems(database: Database, run_id: str) -> None:
    """Take over what a sync that came to its end found; of previews and broken runs nothing is noted."""
    async with database.reading() as session:
        loaded = await run_loader.find(session, run_id)
        if loaded is None or loaded.integration is None or not _tells_of_problems(loaded.run):
            return
        run = loaded.run
        found, said = set[ProblemKey](), dict[ProblemKey, str]()
        kinds = (*_UNSOLVED, _LEFT_TO_TYPE_IN) if _is_typed_in(run, loaded.integration.provider) else _UNSOLVED
        async for part in outcomes.stream(session, database.vault, run_id, kinds):
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
    """What a noted run has to tell of problems; None for a run that says nothing of them.

    A preview tells all of them, but for the muted: it is what somebody looks at before anything is written.
    """
    told = _tells_of_problems(run)
    if not told and run.kind is not RunKind.PREVIEW:
        return None
    async with database.reading() as session:
        known = await problems.load(session, run.integration_id, resource=run.resource)
    if not told:
        return muting(known, (run.finished_at or run.created_at).date())
    still = {key: problem for key, problem in known.items() if problem.solved_run is None}
    return ProblemDelta(
        since={key: problem.since for key, problem in still.items()},
        new=frozenset(key for key, problem in still.items() if problem.first_run == run.id),
        solved=frozenset(key for key, problem in known.items() if problem.solved_run == run.id),
        muted=problems.muted_people(known, (run.finished_at or run.created_at).date()),
        muted_as=muted_as(known),
    )


def muting(known: Mapping[ProblemKey, Problem], day: date) -> ProblemDelta | None:
    """What is muted on a day, and nothing else: every other problem is as new; None where nobody is."""
    muted = problems.muted_people(known, day)
    if not muted:
        return None
    of_them = {key: problem for key, problem in known.items() if key[0] in muted and problem.solved_run is None}
    since = {key: problem.since for key, problem in of_them.items()}
    return ProblemDelta(since=since, muted=muted, muted_as=muted_as(of_them))


def muted_as(known: Mapping[ProblemKey, Problem]) -> dict[ProblemKey, str]:
    """What each muted problem was when that was chosen."""
    return {key: problem.muted_as for key, problem in known.items() if problem.muted_as is not None}


async def count_muted(database: Database, integration_id: str, told: Sequence[Run], day: date) -> dict[str, int]:
    """How many people of each of some runs of employees have a problem that is muted on a day; {} where nobody has."""
    async with database.reading() as session:
        if not await problems.mutes_anybody(session, integration_id, day):
            return {}
        news = muting(await problems.load(session, integration_id), day)
        counted: dict[str, int] = {}
        for run in told:
            if news is None or run.resource != Resource.EMPLOYEES or not run.counts.get(OutcomeKind.BLOCKED.value):
                continue
            found = await outcomes.of_people(
                session, database.vault, run.id, news.muted.keys(), (OutcomeKind.BLOCKED.value,)
            )
            counted[run.id] = sum(news.muted_until(outcome_from_json(row.detail)) is not None for row in found)
        return counted


def _is_typed_in(run: Run, provider: str) -> bool:
    """Whether what differs of somebody is a list for a person."""
    known = registry.targets().get(provider)
    if run.resource != Resource.EMPLOYEES or known is None or not known.info.takes_people:
        return False
    return any(rule.write in TYPED_IN for rule in known.fields)


def _tells_of_problems(run: Run) -> bool:
    return run.kind is RunKind.SYNC and result_of(run).state is RunState.DONE
