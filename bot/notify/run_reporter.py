"""Tells Slack about runs: one message per run, edited in place, with the details in its thread.

Everything shown is read from storage, so that any process can go on where another stopped. What has been posted is
recorded after each step; a step that is done again finds it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.text import Text
from bot.domain.notification_policy import NotificationPolicy, Verbosity
from bot.domain.outcome import OutcomeKind
from bot.jobs.runs.finish import REFUSED_BY
from bot.jobs.runs.problems import news_of
from bot.jobs.runs.replan import again_id, plan_diff_of
from bot.jobs.runs.result import result_of
from bot.locales import Translator, translator
from bot.notify.digest import tell_digest
from bot.notify.expiry_notice import warn
from bot.notify.profile_links import PagesOf, links_of, no_pages
from bot.notify.run_data import gather, gather_differences
from bot.providers import registry
from bot.slack.idempotent_post import UNREACHABLE, Post, Posted, is_file_there, passes, post_once, post_to
from bot.slack.upload import CompressedFile, upload
from bot.sync.plan.guard import GuardReason
from bot.sync.report.csv_export import Spreadsheet
from bot.sync.report.issues import PROBLEMS, WRITES
from bot.sync.report.problem_delta import ProblemDelta
from bot.sync.report.run_summary import RunSummary
from bot.views.message import Message
from bot.views.report import run_message as views
from bot.views.report.details import tables
from bot.views.report.plan_difference import difference_tables
from storage import integrations, runs, schedules, workspaces
from storage.database import Database
from storage.digests import Period
from storage.integrations import Integration, IntegrationState
from storage.runs import Run, RunKind, RunState, RunTrigger

Clients = Callable[[str], Awaitable[AsyncWebClient]]
"""Gives the Slack client of a workspace, by its team id."""

EDIT_SECONDS = 1.5
"""Slack lets an app edit some fifty messages a minute in a workspace."""

POSTING = "posting"
SHOWING = "file_id"
"""The note in `Run.thread`: the part of the report whose post was begun."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Told:
    """A run and everything needed to tell of it."""

    run: Run
    integration: Integration
    attention: NotificationPolicy
    facts: views.RunFacts
    t: Translator
    client: AsyncWebClient

    @property
    def speaks_at_the_end(self) -> bool:
        """Whether the run says nothing before it is known to be worth a message, and has said nothing yet."""
        scheduled = self.run.trigger is RunTrigger.SCHEDULE
        return (
            scheduled
            and self.attention.noise is not Verbosity.ALWAYS
            and not self.run.message_ts
            and not self.run.thread
        )

    def is_quiet(self, news: ProblemDelta | None) -> bool:
        """Whether nobody needs to hear of the run, which is over."""
        if not self.speaks_at_the_end or result_of(self.run).state is not RunState.DONE or not self.facts.people:
            return False
        changed = any(self.facts.counts.get(kind, 0) for kind in WRITES)
        return self.attention.is_quiet(changed=changed, news=bool(news and (news.new or news.solved)))


class RunReporter:
    """A `bot.jobs.notifications.notifier.Notifier` over Slack."""

    def __init__(
        self,
        database: Database,
        clients: Clients,
        now: Callable[[], float] = time.monotonic,
        pages: PagesOf = no_pages,
    ) -> None:
        self._pages = pages
        self._database = database
        self._clients = clients
        self._now = now
        self._edited: dict[str, float] = {}

    async def started(self, run_id: str) -> None:
        """Post the run's message, or find the one that is there."""
        told = await self._read(run_id)
        if not told.speaks_at_the_end:
            await self._show(told, views.running(told.facts, told.t))

    async def progress(self, run_id: str, stage: str, done: int, total: int | None) -> None:
        """Edit the run's message, as often as Slack allows and no more."""
        if self._now() - self._edited.get(run_id, float("-inf")) < EDIT_SECONDS:
            return
        told = await self._read(run_id)
        if told.run.ended or told.run.state is RunState.WAITING_APPROVAL or told.speaks_at_the_end:
            return
        # Slack counts the edits of a workspace together: runs beside each other share the pace.
        if self._now() - self._edited.get(told.run.team_id, float("-inf")) < EDIT_SECONDS:
            return
        facts = views.replace_progress(told.facts, stage, done, total or 0)
        await self._show(told, views.running(facts, told.t))

    async def needs_approval(self, run_id: str) -> None:
        """Show why the run waits, with the two buttons, and what it would do in the thread."""
        told = await self._read(run_id)
        await self._show(told, views.approval(told.facts, told.t))
        await self._call(told, "approval")
        await self._differences(told)
        summary = RunSummary()
        await gather(self._database, run_id, summary, planned=True)
        await self._details(run_id, "plan", tables(summary, told.t, preview=True))

    async def approved(self, run_id: str) -> None:
        """Put who approved, and when, in the place of the buttons."""
        told = await self._read(run_id)
        if told.run.state is not RunState.WAITING_APPROVAL or not told.run.approved_by:
            return
        async with self._database.reading() as session:
            newer = await runs.get(session, again_id(told.run))
        stage = "again" if newer else RunState.QUEUED.value
        await self._show(told, views.running(replace(told.facts, stage=stage, total=0), told.t))

    async def finished(self, run_id: str) -> None:
        """Show the result, and the details in the thread; nothing of a run that nobody needs to hear of."""
        told = await self._read(run_id)
        news = await news_of(self._database, told.run)
        self._edited.pop(run_id, None)
        if told.is_quiet(news):
            log.info("quiet_run", run=run_id, noise=told.attention.noise)
            return
        preview = told.facts.preview
        links = told.facts.links
        sheet = Spreadsheet(
            told.t.render, preview=preview, source_link=links.source_page, target_link=links.target_page
        )
        summary = RunSummary(news)
        file = await gather(self._database, run_id, summary, sheet, planned=preview)
        await self._show(told, views.result(told.facts, summary, told.t))
        await self._call_to_result(told, summary)
        await self._differences(told)
        await self._details(run_id, "result", tables(summary, told.t, preview=preview))
        if summary.people:
            await self._file(run_id, file, told)
        self._edited.pop(run_id, None)

    async def trouble(self, run_id: str, text: Text) -> None:
        """Tell the channel, and whoever set the integration up, that it cannot work until somebody helps."""
        told = await self._read(run_id)
        integration, t = told.integration, translator(told.integration.language)
        owner = integration.owner_user_id
        responsible = told.attention.responsible(owner)
        called = responsible if responsible != owner else None  # the owner has a message of their own
        for part, channel, who in (("trouble", integration.channel_id, called), ("trouble.owner", owner, None)):
            run = await self._run(run_id)
            if (run.thread or {}).get(part):
                continue
            try:
                message = views.trouble(integration.name, integration.id, text, t, who)
                await post_once(told.client, self._part(run, part), channel, message)
            except SlackApiError as error:
                if passes(error):
                    raise
                log.warning("trouble_not_posted", channel=channel, error=error.response["error"])
            await self._note(run_id, {**(run.thread or {}), part: True})

    async def digest(self, digest_id: str, integration_id: str, period: str, since: datetime, until: datetime) -> None:
        """Post the summary of a day or a week."""
        async with self._database.reading() as session:
            integration = await integrations.get(session, integration_id)
        if integration is not None:
            client = await self._clients(integration.team_id)
            await tell_digest(self._database, client, integration, digest_id, Period(period), since, until)

    async def expiring(self, warning_id: str, team_id: str, integration_id: str, until: date) -> None:
        """Post that credentials are good until this day, and not after."""
        await warn(self._database, await self._clients(team_id), warning_id, team_id, integration_id, until)

    async def _differences(self, told: _Told) -> None:
        """Post where the plan is not the one that was approved."""
        if told.facts.again and told.facts.again.people:
            found = await gather_differences(self._database, told.run.id)
            await self._details(told.run.id, "difference", difference_tables(found, told.t))

    async def _call_to_result(self, told: _Told, summary: RunSummary) -> None:
        """Call the responsible person where somebody has to do something that was not said before."""
        if told.integration.state is IntegrationState.NEEDS_RECONNECT or told.facts.preview:
            return  # `trouble` calls; a preview is read by the one who asked for it
        if result_of(told.run).state is RunState.FAILED:
            await self._call(told, "failed")
        elif summary.news and summary.new_problems.total:
            await self._call(told, "problems", n=summary.new_problems.total)

    async def _call(self, told: _Told, key: str, **values: object) -> None:
        """Call the responsible person to the thread, unless they are the one who waits for the result."""
        who = told.attention.responsible(told.integration.owner_user_id)
        run = await self._run(told.run.id)
        if who is None or who == run.requested_by or run.channel_id != told.integration.channel_id:
            return
        await self._details(run.id, f"call.{key}", [views.call(key, who, told.t, **values)])

    async def _read(self, run_id: str) -> _Told:
        async with self._database.reading() as session:
            run = await runs.get(session, run_id)
            if run is None:
                raise LookupError(f"run {run_id} is unknown")
            integration = await integrations.get(session, run.integration_id, removed=True)
            if integration is None:
                raise LookupError(f"integration {run.integration_id} is unknown")
            workspace = await workspaces.get(session, run.team_id)
            refusal = await runs.refusal(session, self._database.vault, run_id)
            schedule = await schedules.get(session, run.integration_id)
        source = (workspace and workspace.source_account_name) or "Simployer"
        t = translator(integration.language, wording=_wording(integration))
        client = await self._clients(run.team_id)
        scheduled = schedule is not None and schedule.enabled
        links = links_of(self._pages, integration.provider, t)
        facts = replace(_facts(run, integration, source, t, scheduled=scheduled), refusal=refusal, links=links)
        return _Told(run, integration, NotificationPolicy.from_json(integration.attention), facts, t, client)

    async def _show(self, told: _Told, message: Message) -> None:
        """Edit the run's message, or post it; by direct message to the owner where the channel cannot be reached."""
        run = told.run
        self._edited[run.id] = self._edited[run.team_id] = self._now()
        if run.message_ts and run.channel_id and await self._edit(told.client, run.channel_id, run.message_ts, message):
            return
        posted = await self._post(told, message)
        async with self._database.session() as session:
            await runs.update(session, run.id, channel_id=posted.channel, message_ts=posted.ts, thread={})
        if posted.found:
            await self._edit(told.client, posted.channel, posted.ts, message)

    @staticmethod
    async def _edit(client: AsyncWebClient, channel: str, ts: str, message: Message) -> bool:
        """Whether the message is there to be edited."""
        try:
            await client.chat_update(channel=channel, ts=ts, text=message.text, blocks=message.blocks)
        except SlackApiError as error:
            if error.response["error"] not in UNREACHABLE | {"message_not_found", "cant_update_message"}:
                raise
            return False
        return True

    async def _post(self, told: _Told, message: Message) -> Posted:
        integration, post = told.integration, self._part(told.run, "message")
        return await post_to(
            told.client, post, integration.channel_id, integration.owner_user_id, message, integration.name, told.t
        )

    def _part(self, run: Run, part: str) -> Post:
        """A part of a run's report, to be posted once."""
        noted = dict(run.thread or {})

        async def note() -> None:
            await self._note(run.id, noted | {POSTING: part})

        return Post(subject=run.id, part=part, since=run.created_at, begun=noted.get(POSTING) == part, note=note)

    async def _details(self, run_id: str, part: str, messages: Iterable[Message]) -> None:
        """Post what the thread does not have yet of a part; how much it has is kept with the run."""
        for number, message in enumerate(messages, start=1):
            run = await self._run(run_id)
            channel, thread_ts = run.channel_id, run.message_ts
            if int((run.thread or {}).get(part, 0)) >= number or not channel or not thread_ts:
                continue
            client = await self._clients(run.team_id)
            await post_once(client, self._part(run, f"{part}:{number}"), channel, message, thread_ts)
            await self._note(run_id, {**(run.thread or {}), part: number})

    async def _file(self, run_id: str, file: CompressedFile, told: _Told) -> None:
        run = await self._run(run_id)
        posted = dict(run.thread or {})
        channel, thread_ts, shown = run.channel_id, run.message_ts, posted.get(SHOWING)
        if posted.get("file") or not channel or not thread_ts:
            return
        name = f"{told.integration.name}-{run.created_at:%Y-%m-%d-%H%M}.csv".replace("/", "-")

        async def note(file_id: str) -> None:
            await self._note(run_id, posted | {SHOWING: file_id})

        if not shown or not await is_file_there(told.client, self._part(run, "file"), str(shown), channel, thread_ts):
            try:
                await upload(told.client, file, name, told.t("report.file.title"), channel, thread_ts, note)
            except SlackApiError as error:
                if passes(error):
                    raise
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


def _facts(run: Run, integration: Integration, source: str, t: Translator, *, scheduled: bool) -> views.RunFacts:
    guard, ending = (run.guard or {}).get("reasons", ()), result_of(run)
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
        reconnect=ending.state is RunState.FAILED and integration.state is IntegrationState.NEEDS_RECONNECT,
        guard=tuple(GuardReason.from_json(reason).text for reason in guard),
        again=plan_diff_of(run),
        approved_by=run.approved_by,
        approved_at=run.approved_at,
        others_approve=NotificationPolicy.from_json(integration.attention).four_eyes,
        cancelled_by=run.cancel_requested_by if ending.state is RunState.CANCELLED else None,
        refused=ending.text == REFUSED_BY.text,
        started_at=run.started_at,
        interrupted_at=run.interrupted_at,
        finished_at=run.finished_at,
        expires_at=run.expires_at,
        next_step=_next_step(run, integration, scheduled=scheduled),
    )


def _wording(integration: Integration) -> str:
    """How the system's people are worded; one that is not in the catalogue any more has the usual words."""
    provider = registry.targets().get(integration.provider)
    return "delivered" if provider is not None and provider.info.delivers else ""


def _next_step(run: Run, integration: Integration, *, scheduled: bool) -> str | None:
    """What the path from test to live offers next, at the moment it makes sense (`views.NEXT_STEPS`)."""
    problems = sum(run.counts.get(kind.value, 0) for kind in PROBLEMS)
    written = run.counts.get(OutcomeKind.CREATED.value, 0) + run.counts.get(OutcomeKind.UPDATED.value, 0)
    test_group = integration.scope.get("kind") == "people"
    if result_of(run).state is not RunState.DONE:
        return None
    if run.kind is RunKind.PREVIEW and run.options.get("everyone") and test_group:
        return "everyone" if run.counts else None
    if problems or "only" in run.options or not run.counts:
        return None
    if run.kind is RunKind.PREVIEW:
        # A first sync proves the integration even where it has nothing to write.
        return "sync" if written or integration.state is IntegrationState.CONNECTED else None
    if not written and not run.counts.get(OutcomeKind.UNCHANGED.value, 0):
        return None
    return "widen" if test_group else None if scheduled else "schedule"
