"""Tells Slack about runs: one message per run, edited in place, with the details in its thread.

Everything shown is read from storage, so that any process can go on where another stopped. What has been posted is
recorded after each step; a step that is done again finds it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.jobs.ending import ending_of
from bot.locales import Translator, translator
from bot.posting import Metadata, Posted, Posting
from bot.sync.change import Change, Outcome, OutcomeKind
from bot.sync.codec import change_from_json, outcome_from_json
from bot.sync.guard import GuardReason
from bot.sync.report import foreseen
from bot.sync.spreadsheet import csv_file
from bot.text import Text
from bot.views import report as views
from bot.views.report_details import change_tables, outcome_tables
from storage import integrations, outcomes, plans, runs, workspaces
from storage.database import Database
from storage.integrations import Integration
from storage.runs import Run, RunKind, RunState, RunTrigger

Clients = Callable[[str], Awaitable[AsyncWebClient]]
"""Gives the Slack client of a workspace, by its team id."""

EDIT_SECONDS = 1.5
"""Slack lets an app edit about once a second in a channel."""

PLAN_PAGE = 500

TABLES = 4
"""Tables in a thread at most; the file has everybody."""

UNREACHABLE = frozenset(
    {
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "no_permission",
        "access_denied",
    }
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Told:
    """A run and everything needed to tell of it."""

    run: Run
    integration: Integration
    facts: views.RunFacts
    t: Translator
    client: AsyncWebClient


class SlackReporter:
    """A `bot.jobs.reporter.Reporter` over Slack."""

    def __init__(self, database: Database, clients: Clients, now: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clients = clients
        self._now = now
        self._posting = Posting(database)
        self._edited: dict[str, float] = {}

    async def started(self, run_id: str) -> None:
        """Post the run's message, or find the one that is there."""
        told = await self._read(run_id)
        await self._show(told, views.running(told.facts, told.t))

    async def progress(self, run_id: str, stage: str, done: int, total: int | None) -> None:
        """Edit the run's message, as often as Slack allows and no more."""
        if self._now() - self._edited.get(run_id, float("-inf")) < EDIT_SECONDS:
            return
        told = await self._read(run_id)
        if told.run.ended or told.run.state is RunState.WAITING_APPROVAL:
            return
        facts = views.replace_progress(told.facts, stage, done, total or 0)
        await self._show(told, views.running(facts, told.t))

    async def needs_approval(self, run_id: str) -> None:
        """Show why the run waits, with the two buttons, and what it would do in the thread."""
        told = await self._read(run_id)
        await self._show(told, views.approval(told.facts, told.t))
        changes = await self._changes(run_id)
        tables = outcome_tables([foreseen(change) for change in changes], told.t, preview=True)
        await self._details(run_id, "plan", [*tables, *change_tables(changes, told.t)])

    async def finished(self, run_id: str) -> None:
        """Show the result, and the details in the thread."""
        told = await self._read(run_id)
        changes = await self._changes(run_id) if told.facts.preview else []
        results = [foreseen(change) for change in changes] if told.facts.preview else await self._outcomes(run_id)
        await self._show(told, views.result(told.facts, results, told.t))
        tables = outcome_tables(results, told.t, preview=told.facts.preview)
        await self._details(run_id, "result", [*tables, *change_tables(changes, told.t)])
        if results:
            await self._file(run_id, results, told)
        self._edited.pop(run_id, None)

    async def trouble(self, integration_id: str, text: Text) -> None:
        """Tell the channel, and whoever set the integration up, that it cannot work until somebody helps."""
        async with self._database.reading() as session:
            integration = await integrations.get(session, integration_id)
        if integration is None:
            return
        client = await self._clients(integration.team_id)
        message = views.trouble(integration.name, integration.id, text, translator(integration.language))
        for channel in (integration.channel_id, integration.owner_user_id):
            try:
                await _say(client, channel, message)
            except SlackApiError as error:
                log.warning("trouble_not_posted", channel=channel, error=error.response["error"])

    async def _read(self, run_id: str) -> _Told:
        async with self._database.reading() as session:
            run = await runs.get(session, run_id)
            if run is None:
                raise LookupError(f"run {run_id} is unknown")
            integration = await integrations.get(session, run.integration_id, removed=True)
            if integration is None:
                raise LookupError(f"integration {run.integration_id} is unknown")
            workspace = await workspaces.get(session, run.team_id)
        source = (workspace and workspace.source_account_name) or "Simployer"
        t = translator(integration.language)
        client = await self._clients(run.team_id)
        return _Told(run, integration, _facts(run, integration, source, t), t, client)

    async def _show(self, told: _Told, message: views.Message) -> None:
        """Edit the run's message, or post it; by direct message to the owner where the channel cannot be reached."""
        run = told.run
        self._edited[run.id] = self._now()
        if run.message_ts and run.channel_id and await self._edit(told.client, run.channel_id, run.message_ts, message):
            return
        posted = await self._post(told, message)
        async with self._database.session() as session:
            await runs.update(session, run.id, channel_id=posted.channel, message_ts=posted.ts, thread={})
        if posted.found:
            await self._edit(told.client, posted.channel, posted.ts, message)

    @staticmethod
    async def _edit(client: AsyncWebClient, channel: str, ts: str, message: views.Message) -> bool:
        """Whether the message is there to be edited."""
        try:
            await client.chat_update(channel=channel, ts=ts, text=message.text, blocks=message.blocks)
        except SlackApiError as error:
            if error.response["error"] not in UNREACHABLE | {"message_not_found", "cant_update_message"}:
                raise
            return False
        return True

    async def _post(self, told: _Told, message: views.Message) -> Posted:
        client, run, integration = told.client, told.run, told.integration

        async def send(metadata: Metadata) -> Mapping[str, Any]:
            return await _say(client, integration.channel_id, message, metadata)

        async def send_directly(metadata: Metadata) -> Mapping[str, Any]:
            return await _say(client, integration.owner_user_id, explained, metadata)

        try:
            return await self._posting.once(client, run, "message", integration.channel_id, send)
        except SlackApiError as error:
            code = error.response["error"]
            if code not in UNREACHABLE:
                raise
        log.warning("channel_unreachable", integration=integration.id, error=code)
        explained = views.by_direct_message(message, integration.name, code, told.t)
        return await self._posting.once(client, run, "message", integration.owner_user_id, send_directly)

    async def _details(self, run_id: str, part: str, messages: Sequence[views.Message]) -> None:
        """Post what the thread does not have yet of a part; how much it has is kept with the run."""
        for number, message in enumerate(messages[:TABLES], start=1):
            run = await self._run(run_id)
            channel, thread_ts = run.channel_id, run.message_ts
            if int((run.thread or {}).get(part, 0)) >= number or not channel or not thread_ts:
                continue
            client = await self._clients(run.team_id)
            send = partial(_say, client, channel, message, thread_ts=thread_ts)
            await self._posting.once(client, run, f"{part}:{number}", channel, send, thread_ts)
            await self._note(run_id, {**(run.thread or {}), part: number})

    async def _file(self, run_id: str, results: Sequence[Outcome], told: _Told) -> None:
        run = await self._run(run_id)
        posted = dict(run.thread or {})
        if posted.get("file") or not run.channel_id or not run.message_ts:
            return
        name = f"{told.integration.name}-{run.created_at:%Y-%m-%d-%H%M}.csv".replace("/", "-")
        try:
            await told.client.files_upload_v2(
                channel=run.channel_id,
                thread_ts=run.message_ts,
                filename=name,
                title=told.t("report.file.title"),
                content=csv_file(results, told.t.render),
            )
        except SlackApiError as error:
            # The tables say what matters; a workspace may forbid files.
            log.warning("file_not_posted", run=run_id, error=error.response["error"])
        await self._note(run_id, posted | {"file": True})

    async def _run(self, run_id: str) -> Run:
        async with self._database.reading() as session:
            run = await runs.get(session, run_id)
        if run is None:
            raise LookupError(f"run {run_id} is unknown")
        return run

    async def _note(self, run_id: str, thread: dict[str, object]) -> None:
        async with self._database.session() as session:
            await runs.update(session, run_id, thread=thread)

    async def _outcomes(self, run_id: str) -> list[Outcome]:
        async with self._database.reading() as session:
            rows = await outcomes.all(session, self._database.vault, run_id)
        return [outcome_from_json(row.detail) for row in rows]

    async def _changes(self, run_id: str) -> list[Change]:
        """The whole plan, some hundred at a time."""
        found: list[Change] = []
        while True:
            async with self._database.reading() as session:
                rows = await plans.page(session, self._database.vault, run_id, None, len(found), PLAN_PAGE)
            found += [change_from_json(row.change) for row in rows]
            if len(rows) < PLAN_PAGE:
                return found


async def _say(
    client: AsyncWebClient,
    channel: str,
    message: views.Message,
    metadata: Metadata | None = None,
    thread_ts: str | None = None,
) -> Mapping[str, Any]:
    answer = await client.chat_postMessage(
        channel=channel, text=message.text, blocks=message.blocks, metadata=metadata, thread_ts=thread_ts
    )
    return {"channel": answer["channel"], "ts": answer["ts"]}


def _facts(run: Run, integration: Integration, source: str, t: Translator) -> views.RunFacts:
    guard, ending = (run.guard or {}).get("reasons", ()), ending_of(run)
    return views.RunFacts(
        run_id=run.id,
        preview=run.kind is RunKind.PREVIEW,
        integration_id=integration.id,
        integration=integration.name,
        source=source,
        target=f"{t(f'{integration.provider}.name')} ({integration.target_account_name})",
        scheduled=run.trigger is RunTrigger.SCHEDULE,
        requested_by=run.requested_by,
        stage=run.state.value,
        done=run.progress_done,
        total=run.progress_total or 0,
        counts={OutcomeKind(kind): count for kind, count in run.counts.items()},
        reason=ending.text,
        advice=ending.advice,
        verbatim=ending.verbatim,
        guard=tuple(GuardReason.from_json(reason).text for reason in guard),
        approved_by=run.approved_by,
        approved_at=run.approved_at,
        cancelled_by=run.cancel_requested_by if ending.state is RunState.CANCELLED else None,
        started_at=run.started_at,
        interrupted_at=run.interrupted_at,
        finished_at=run.finished_at,
        expires_at=run.expires_at,
        next_step=_next_step(run, integration),
    )


def _next_step(run: Run, integration: Integration) -> str | None:
    """What the path from test to live offers next, at the moment it makes sense."""
    problems = sum(run.counts.get(kind.value, 0) for kind in views.PROBLEMS)
    written = run.counts.get(OutcomeKind.CREATED.value, 0) + run.counts.get(OutcomeKind.UPDATED.value, 0)
    if ending_of(run).state is not RunState.DONE or problems:
        return None
    if run.kind is RunKind.PREVIEW:
        return "sync" if written else None
    return "widen" if integration.scope.get("kind") == "people" and run.counts else None
