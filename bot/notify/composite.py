"""The notifier of the jobs over Slack: reads a run once, and has each of its notifiers tell its own.

What Slack refuses beyond all other ways is told to the jobs in their words: to be repeated, or not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.text import Text
from bot.jobs.notifications.notification import ApprovalNeeded, Approved, Finished, Trouble
from bot.jobs.notifications.notifier import NotTold
from bot.notify.digest import tell_digest
from bot.notify.expiry_notice import warn
from bot.notify.file_delivery import FileNotice
from bot.notify.profile_links import PagesOf, no_pages
from bot.notify.run_event import RunEvent, RunNotifier, RunProgress, RunStarted
from bot.notify.run_reporter import RunReporter
from bot.notify.run_view import Clients, RunView, RunViews
from bot.notify.workflow_step import WorkflowStepReply
from bot.slack.client import code_of
from bot.slack.dead_token import pause_integrations
from bot.slack.refusals import RefusalKind, kind_of, retry_after_of
from storage import integrations
from storage.database import Database
from storage.digests import Period

log = structlog.get_logger(__name__)


def slack_notifier(database: Database, clients: Clients, pages: PagesOf = no_pages) -> CompositeNotifier:
    """Everybody who tells of runs: the channel's report, the answer to a workflow, the notice of a file."""
    reporter = RunReporter(database)
    views = RunViews(database, clients, pages)
    return CompositeNotifier(database, clients, views, [reporter, FileNotice(reporter), WorkflowStepReply(database)])


class CompositeNotifier:
    """A `bot.jobs.notifications.notifier.Notifier`. The notifiers are asked in order, so that the report is there
    before a workflow is given its link. Raises `NotTold`."""

    def __init__(self, database: Database, clients: Clients, views: RunViews, notifiers: Sequence[RunNotifier]) -> None:
        self._database = database
        self._clients = clients
        self._views = views
        self._notifiers = notifiers

    async def started(self, run_id: str) -> None:
        """Post the run's message, or find the one that is there."""
        await self._tell(run_id, RunStarted())

    async def progress(self, run_id: str, stage: str, done: int, total: int | None, why: Text | None = None) -> None:
        """Say how far the run is, or what it waits for."""
        await self._tell(run_id, RunProgress(stage, done, total, why))

    async def needs_approval(self, run_id: str) -> None:
        """Ask for a decision."""
        await self._tell(run_id, ApprovalNeeded(run_id))

    async def approved(self, run_id: str) -> None:
        """Say who approved."""
        await self._tell(run_id, Approved(run_id))

    async def finished(self, run_id: str) -> None:
        """Tell the result."""
        await self._tell(run_id, Finished(run_id))

    async def trouble(self, run_id: str, text: Text) -> None:
        """Tell whoever can help."""
        view = await self._views.load(run_id)
        await self._tell_view(view, Trouble(run_id, view.integration.id, text))

    async def digest(self, digest_id: str, integration_id: str, period: str, since: datetime, until: datetime) -> None:
        """Post the summary of a day or a week."""
        async with self._database.reading() as session:
            integration = await integrations.get(session, integration_id)
        if integration is None:
            return
        client = await self._clients(integration.team_id)
        async with self._in_words_of_the_jobs(client, integration.team_id):
            await tell_digest(self._database, client, integration, digest_id, Period(period), since, until)

    async def expiring(self, warning_id: str, team_id: str, integration_id: str, until: date) -> None:
        """Post that credentials are good until this day, and not after."""
        client = await self._clients(team_id)
        async with self._in_words_of_the_jobs(client, team_id):
            await warn(self._database, client, warning_id, team_id, integration_id, until)

    async def _tell(self, run_id: str, event: RunEvent) -> None:
        await self._tell_view(await self._views.load(run_id), event)

    async def _tell_view(self, view: RunView, event: RunEvent) -> None:
        async with self._in_words_of_the_jobs(view.client, view.run.team_id):
            for notifier in self._notifiers:
                await notifier.tell(view, event)

    @asynccontextmanager
    async def _in_words_of_the_jobs(self, client: AsyncWebClient, team_id: str) -> AsyncIterator[None]:
        try:
            yield
        except SlackApiError as error:
            code, kind = code_of(error), kind_of(error)
            if kind is RefusalKind.TOKEN:
                raise NotTold(code, final=await self._without_token(client, team_id, code)) from None
            final = kind is not RefusalKind.PASSES
            raise NotTold(code, final=final, retry_after=retry_after_of(error)) from None

    async def _without_token(self, client: AsyncWebClient, team_id: str, code: str) -> bool:
        """Slack does not take the token: pause the workspace's integrations. False where it has another one by now."""
        if (await self._clients(team_id)).token != client.token:
            return False
        async with self._database.session() as session:
            paused = await pause_integrations(session, team_id, code)
        log.error("token_refused", team=team_id, error=code, paused=paused)
        return True
