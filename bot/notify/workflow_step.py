"""The step "Run integration sync" of Slack's Workflow Builder: what it is called, and its answer once its run is over.

A run that a workflow started carries the step's execution in its id, so that whichever process reports the run can
answer, also after a restart. Source: Slack docs, custom steps; `functions.completeSuccess`, `functions.completeError`.
"""

from __future__ import annotations

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.text import text
from bot.domain.outcome import OutcomeKind
from bot.jobs.notifications.notification import Finished
from bot.jobs.runs.replan import again_id, first_of
from bot.jobs.runs.result import result_of
from bot.locales import Translator, translator
from bot.notify.leave_report import gather_leave
from bot.notify.run_event import RunEvent
from bot.notify.run_view import RunView
from bot.slack.client import code_of
from bot.slack.refusals import is_final
from bot.views.overview.cards import LastRun, counted
from bot.views.report.leave_message import leave_sentence
from storage import runs
from storage.database import Database
from storage.runs import RunState

log = structlog.get_logger(__name__)

CALLBACK_ID = "run_integration_sync"

COUNTS = {
    "created": OutcomeKind.CREATED,
    "updated": OutcomeKind.UPDATED,
    "unchanged": OutcomeKind.UNCHANGED,
    "left_out": OutcomeKind.SKIPPED,
    "missing_data": OutcomeKind.BLOCKED,
    "to_decide": OutcomeKind.CONFLICT,
    "failed": OutcomeKind.FAILED,
}
"""The step's outputs that count people, as the manifest names them."""

OVER = frozenset({"function_execution_not_found", "execution_not_in_running_state", "access_denied"})
"""Slack's words for: nobody waits for this answer any more."""

_MARK = "step:"


def key_of(execution_id: str) -> str:
    """What makes the step's run the same run when Slack tells of it twice."""
    return f"{_MARK}{execution_id}"


def execution_of(run_id: str) -> str | None:
    """The execution that waits for a run; None for a run that no workflow started."""
    last = run_id.rpartition(f":{_MARK}")
    return last[2] if last[1] else None


class WorkflowStepReply:
    """A `bot.notify.run_event.RunNotifier` that answers the workflow which started a run, once the run is reported."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tell(self, view: RunView, event: RunEvent) -> None:
        """Answer the step. It may come twice: Slack takes one answer and refuses the next."""
        execution_id = execution_of(first_of(view.run))
        if not isinstance(event, Finished) or execution_id is None:
            return
        async with self._database.reading() as session:
            if await runs.get(session, again_id(view.run)):
                return  # where a run's plan was made again, the run that did so answers
        try:
            await self._answer(view, execution_id)
        except SlackApiError as error:
            if not is_final(error):
                raise
            if code_of(error) in OVER:
                log.info("step_over", run=view.run.id, error=code_of(error))
            else:
                log.error("step_not_answered", run=view.run.id, error=code_of(error))

    async def _answer(self, view: RunView, execution_id: str) -> None:
        t, ending = translator(view.integration.language), result_of(view.run)
        if ending.state is RunState.DONE:
            outputs = await self._outputs(view, t)
            try:
                await view.client.functions_completeSuccess(function_execution_id=execution_id, outputs=outputs)
                return
            except SlackApiError as error:
                code = code_of(error)
                if not is_final(error) or code in OVER:
                    raise
            # As where the app's manifest is of a version before, and declares other outputs: the workflow would wait.
            log.error("step_outputs_refused", run=view.run.id, error=code)
            said = t("step.not_taken", name=view.integration.name, error=code)
        else:
            why = ending.text or text("step.ended")
            said = t("step.not_done", name=view.integration.name, why=why)
        await view.client.functions_completeError(function_execution_id=execution_id, error=said)

    async def _outputs(self, view: RunView, t: Translator) -> dict[str, object]:
        run = view.run
        counts = {name: int(run.counts.get(kind.value, 0)) for name, kind in COUNTS.items()}
        return {**counts, "about": run.resource, "summary": await self._summary(view, t), "link": await _link(view)}

    async def _summary(self, view: RunView, t: Translator) -> str:
        """What the run did, in a line: people by outcome, or days and hours of absence. Nobody is named."""
        run = view.run
        if view.facts.absence:
            return leave_sentence(view.facts, await gather_leave(self._database, run.id, run.integration_id), t)
        shown = LastRun(kind=run.kind.value, state="done", finished_at=run.created_at, counts=dict(run.counts))
        return counted(t, shown)


async def _link(view: RunView) -> str:
    """The address of the run's report; "" when Slack does not give it: the counts are worth more than the link."""
    channel, ts = view.posts.channel_id, view.posts.message_ts
    if not channel or not ts:
        return ""
    try:
        answer = await view.client.chat_getPermalink(channel=channel, message_ts=ts)
    except SlackApiError as error:
        log.info("report_without_link", run=view.run.id, error=code_of(error))
        return ""
    return str(answer["permalink"])
