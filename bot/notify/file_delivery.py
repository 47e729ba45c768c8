"""Delivers files of runs to people in Slack: to the direct message of whoever asked, and nowhere else.

A file holds identity numbers, bank accounts and pay. It is built in memory, goes to Slack's upload address, and is
shared with one conversation that Slack itself says is this person's and the bot's. Nothing of it is kept or logged.
"""

from __future__ import annotations

import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.text import text
from bot.jobs.notifications.notification import Finished
from bot.locales import language_of, translator
from bot.notify.run_event import RunEvent
from bot.notify.run_posts import RunPosts
from bot.notify.run_reporter import RunReporter
from bot.notify.run_view import Clients, RunView
from bot.providers.errors import NotPermitted, ProviderError, Unavailable
from bot.providers.protocol import PackedFile
from bot.slack.client import NOT_DONE, code_of, word_of
from bot.slack.idempotent_post import PostOnce, metadata_of, say
from bot.slack.permissions import NotAllowed, Permissions
from bot.slack.refusals import is_final, retry_after_of
from bot.slack.roles import Action
from bot.sync.plan.guard import GuardReason
from bot.sync.report.issues import PROBLEMS
from bot.views.message import Message
from bot.views.runs import export_file as views
from storage import audit, run_files, run_loader
from storage.database import Database
from storage.integrations import Integration
from storage.runs import Run

BESIDE, FAILED = "file.beside", "file.failed"
"""Parts of a file's run: what stands beside it, and that there is none; `OWED` says that the first is still to come."""
OWED = "file.beside.owed"

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
            raise _not_given(code_of(error), retry_after_of(error), final=is_final(error)) from None
        except (SlackClientError, OSError) as error:
            raise _not_given(type(error).__name__) from None
        left_out = sum(run.counts.get(kind.value, 0) for kind in PROBLEMS)
        reasons = [GuardReason.from_json(each).text for each in (run.guard or {}).get("reasons", ())]
        await self._keep(run, str(shared["files"][0]["id"]))
        try:
            await say(client, channel, views.beside(t, run.id, left_out, reasons), metadata_of(run.id, BESIDE))
        except NOT_DONE as error:
            # The file is there: to fail now would send it once more. `FileNotice` says the rest.
            log.warning("note_beside_file_not_posted", run=run_id, error=word_of(error))
            await self._owe(run)

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

    async def _owe(self, run: Run) -> None:
        """Have what belongs beside the file said with the result; one that got lost may be there, and is looked for."""
        try:
            await RunPosts(self._database, run).note(lambda state: state.said(OWED).begun(BESIDE))
        except Exception as error:
            log.error("note_beside_file_forgotten", run=run.id, error=type(error).__name__)

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

    A file is told of once it is there; `reporter` has the run's message. What Slack takes later is told later; whom it
    gives no direct message is named below the run's message.
    """

    def __init__(self, reporter: RunReporter) -> None:
        self._reporter = reporter

    async def tell(self, view: RunView, event: RunEvent) -> None:
        """Tell the channel who has asked for a file and what came of it; and the person too, where there is none."""
        if not view.is_file or not isinstance(event, Finished):
            return
        message = views.in_channel(view.facts, view.t)
        # Asked before the run's message: whatever is posted makes the last beginning forgotten.
        posts = {key: PostOnce(view.posts, key) for key in (BESIDE, FAILED)}
        if OWED in view.posts.state.told:
            reasons = view.facts.guard
            await self._to_asker(view, posts[BESIDE], views.beside(view.t, view.run.id, view.facts.problems, reasons))
        await self._reporter.show(view, message)
        if view.facts.reason and not await self._to_asker(view, posts[FAILED], message):
            await self._reporter.add(view, FAILED, message)

    async def _to_asker(self, view: RunView, post: PostOnce, message: Message) -> bool:
        """Once, by direct message; False where Slack will not take it there. Raises `SlackApiError` for what passes."""
        if post.key in view.posts.state.told or view.run.requested_by is None:
            return True
        try:
            await post.make(view.client, view.run.requested_by, message)
        except SlackApiError as error:
            if not is_final(error):
                raise
            log.warning("asker_not_told", run=view.run.id, part=post.key, error=code_of(error))
            return False
        await view.posts.note(lambda state: state.said(post.key))
        return True


async def direct_message(client: AsyncWebClient, user_id: str) -> str:
    """The conversation of this person with the bot. Raises `NotPermitted` where Slack names another one."""
    answer = await client.conversations_open(users=user_id, return_im=True)
    channel = answer["channel"]
    if not channel.get("is_im") or channel.get("user") != user_id:
        raise NotPermitted("not this person's direct message", text=text("file.not_given"))
    return str(channel["id"])


async def say_beside(client: AsyncWebClient, channel: str, message: Message) -> None:
    """What belongs beside a file that is there, as far as Slack takes it: without it the file was given as well."""
    try:
        await say(client, channel, message)
    except NOT_DONE as error:
        log.warning("note_beside_file_not_posted", error=word_of(error))


def _not_given(why: str, retry_after: float = 0.0, *, final: bool = False) -> ProviderError:
    """What the run is told. Each try is recorded as one more file, so what stays is not tried again."""
    said, advice, why_not = text("file.slack"), text("file.slack.advice"), f"slack: {why}"
    if final:
        return NotPermitted(why_not, text=said, advice=advice, verbatim=why)
    return Unavailable(why_not, text=said, advice=advice, verbatim=why, retry_after=retry_after or None)
