"""The step "Run integration sync" of Slack's Workflow Builder: what it is called, and its answer once its run is over.

A run that a workflow started carries the step's execution in its id, so that whichever process reports the run can
answer, also after a restart. Source: Slack docs, custom steps; `functions.completeSuccess`, `functions.completeError`.
"""

from __future__ import annotations

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.text import text
from bot.domain.outcome import OutcomeKind
from bot.jobs.runs.replan import again_id, first_of
from bot.jobs.runs.result import result_of
from bot.locales import Translator, translator
from bot.notify.run_reporter import RunReporter
from bot.views.overview.cards import LastRun, counted
from storage import integrations, runs
from storage.integrations import Integration
from storage.runs import Run, RunState

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


class WorkflowStepReply(RunReporter):
    """A reporter that also answers the workflow that started a run."""

    async def finished(self, run_id: str) -> None:
        """Report the run, then answer the step. Both may come twice: Slack takes one answer and refuses the next."""
        await super().finished(run_id)
        async with self._database.reading() as session:
            run = await runs.get(session, run_id)
            execution_id = execution_of(first_of(run)) if run else None
            if run is None or execution_id is None or await runs.get(session, again_id(run)):
                return  # where a run's plan was made again, the run that did so answers
            integration = await integrations.get(session, run.integration_id, removed=True)
        if integration is not None:
            await _answer(await self._clients(run.team_id), execution_id, run, integration)


async def _answer(client: AsyncWebClient, execution_id: str, run: Run, integration: Integration) -> None:
    t, ending = translator(integration.language), result_of(run)
    try:
        if ending.state is RunState.DONE:
            outputs = await _outputs(client, t, run)
            await client.functions_completeSuccess(function_execution_id=execution_id, outputs=outputs)
        else:
            why = ending.text or text("step.ended")
            said = t("step.not_done", name=integration.name, why=why)
            await client.functions_completeError(function_execution_id=execution_id, error=said)
    except SlackApiError as error:
        if error.response.get("error") not in OVER:
            raise
        log.info("step_over", run=run.id, error=error.response.get("error"))


async def _outputs(client: AsyncWebClient, t: Translator, run: Run) -> dict[str, object]:
    shown = LastRun(kind=run.kind.value, state="done", finished_at=run.created_at, counts=dict(run.counts))
    counts = {name: int(run.counts.get(kind.value, 0)) for name, kind in COUNTS.items()}
    return {**counts, "summary": counted(t, shown), "link": await _link(client, run)}


async def _link(client: AsyncWebClient, run: Run) -> str:
    """The address of the run's report; "" when Slack does not give it: the counts are worth more than the link."""
    if not run.channel_id or not run.message_ts:
        return ""
    try:
        answer = await client.chat_getPermalink(channel=run.channel_id, message_ts=run.message_ts)
    except SlackApiError as error:
        log.info("report_without_link", run=run.id, error=error.response.get("error"))
        return ""
    return str(answer["permalink"])
