"""Delivers files of runs to people in Slack: to the direct message of whoever asked, and nowhere else.

A file holds identity numbers, bank accounts and pay. It is built in memory, goes to Slack's upload address, and is
shared with one conversation that Slack itself says is this person's and the bot's. Nothing of it is kept or logged.
"""

from __future__ import annotations

import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.text import Text, text
from bot.jobs.notifications.notification import Finished
from bot.locales import language_of, translator
from bot.notify.run_event import RunEvent
from bot.notify.run_reporter import RunReporter
from bot.notify.run_view import Clients, RunView
from bot.providers.errors import NotPermitted, Unavailable
from bot.providers.protocol import PackedFile
from bot.slack.client import code_of
from bot.slack.idempotent_post import say
from bot.slack.permissions import NotAllowed, Permissions
from bot.slack.roles import Action
from bot.sync.plan.guard import GuardReason
from bot.sync.report.issues import PROBLEMS
from bot.views.runs import export_file as views
from storage import audit, run_files, run_loader
from storage.database import Database
from storage.integrations import Integration
from storage.runs import Run

log = structlog.get_logger(__name__)


class SlackFileRecipient:
    """A `bot.jobs.notifications.file_recipient.FileRecipient` over Slack. `allowed` is the operator's word on files in
    direct messages."""

    def __init__(self, database: Database, clients: Clients, access: Permissions, *, allowed: bool) -> None:
        self._database = database
        self._clients = clients
        self._access = access
        self._allowed = allowed

    async def give(self, run_id: str, file: PackedFile, people: int) -> None:
        """Upload the file into the person's direct message, and record it: who, when, of what, how many people."""
        run, integration = await self._asked(run_id)
        who = run.requested_by or ""
        client = await self._clients(run.team_id)
        try:
            answer = await self._access.require(client, run.team_id, who, Action.FILE)
            if not self._allowed or isinstance(answer, NotAllowed):
                why = answer.text if isinstance(answer, NotAllowed) else text("file.forbidden")
                await self._record_refusal(run)
                raise NotPermitted("the person may not have the file", text=text("file.not_given"), advice=why)
            t = translator(language_of(answer.member.locale), answer.member.timezone, reader=answer.member.locale)
            channel = await direct_message(client, who)
            # Before it is sent: a record too many is nothing beside one that is missing.
            await self._record(run, file, people)
            shared = await client.files_upload_v2(
                channel=channel,
                filename=file.name,
                title=file.name,
                content=file.content,
                initial_comment=views.comment(t, integration.name, integration.target_account_name, people),
            )
        except SlackApiError as error:
            raise _not_given(code_of(error)) from None
        except (SlackClientError, OSError) as error:
            raise _not_given(type(error).__name__) from None
        left_out = sum(run.counts.get(kind.value, 0) for kind in PROBLEMS)
        reasons = [GuardReason.from_json(each).text for each in (run.guard or {}).get("reasons", ())]
        try:
            await self._keep(run, str(shared["files"][0]["id"]))
            await say(client, channel, views.beside(t, run.id, left_out, reasons))
        except SlackApiError as error:
            # The file is there: to fail now would send it once more.
            log.warning("note_beside_file_not_posted", run=run_id, error=code_of(error))

    async def _asked(self, run_id: str) -> tuple[Run, Integration]:
        async with self._database.reading() as session:
            loaded = await run_loader.find(session, run_id)
        if loaded is None or loaded.integration is None:
            raise NotPermitted("the integration is gone", text=text("jobs.removed"))
        return loaded.run, loaded.integration

    async def _keep(self, run: Run, file_id: str) -> None:
        """By the run's id the person can delete the file; without it they are told so, and have it all the same."""
        try:
            async with self._database.session() as session:
                await run_files.record(session, run.id, file_id)
        except Exception as error:
            log.error("file_not_kept", run=run.id, error=type(error).__name__)

    async def _record(self, run: Run, file: PackedFile, people: int) -> None:
        async with self._database.session() as session:
            await audit.write(
                session,
                run.team_id,
                run.requested_by or "",
                "file.sent",
                run.integration_id,
                new={"run": run.id, "file": file.name, "people": people},
            )

    async def _record_refusal(self, run: Run) -> None:
        async with self._database.session() as session:
            new = {"run": run.id}
            await audit.write(session, run.team_id, run.requested_by or "", "file.refused", run.integration_id, new=new)


class FileNotice:
    """A `bot.notify.run_event.RunNotifier` that says of a file only that somebody asked for it, and what came of that.

    A file is told of once it is there; `reporter` has the run's message.
    """

    def __init__(self, reporter: RunReporter) -> None:
        self._reporter = reporter

    async def tell(self, view: RunView, event: RunEvent) -> None:
        """Tell the channel who has asked for a file and what came of it; and the person too, where there is none."""
        if not view.is_file or not isinstance(event, Finished):
            return
        message = views.in_channel(view.facts, view.t)
        await self._reporter.show(view, message)
        if view.facts.reason and view.run.requested_by:
            try:
                await say(view.client, view.run.requested_by, message)
            except SlackApiError as error:
                log.warning("file_failure_not_told", run=view.run.id, error=code_of(error))


async def direct_message(client: AsyncWebClient, user_id: str) -> str:
    """The conversation of this person with the bot. Raises `NotPermitted` where Slack names another one."""
    answer = await client.conversations_open(users=user_id, return_im=True)
    channel = answer["channel"]
    if not channel.get("is_im") or channel.get("user") != user_id:
        raise NotPermitted("not this person's direct message", text=text("file.not_given"))
    return str(channel["id"])


def _not_given(why: str) -> Unavailable:
    return Unavailable(f"slack: {why}", text=text("file.slack"), advice=Text("file.slack.advice"), verbatim=why)
