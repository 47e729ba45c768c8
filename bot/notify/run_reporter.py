"""Tells a channel about runs: one message per run, edited in place, with the details in its thread.

Everything shown is read from storage, so that any process can go on where another stopped. What has been posted is
recorded after each step; a step that is done again finds it. Where Slack refuses a way for good the next one is taken:
a new message for an edit, the owner for the channel, beside the message for the thread, nothing for a table.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.text import Text
from bot.jobs.notifications.notification import ApprovalNeeded, Approved, Finished, Trouble
from bot.jobs.runs.problems import news_of
from bot.jobs.runs.replan import again_id
from bot.jobs.runs.result import result_of
from bot.locales import translator
from bot.locales.translator import single_line
from bot.notify.late_edit import LateEdits
from bot.notify.leave_report import gather_leave, has_made_files
from bot.notify.run_data import gather, gather_differences
from bot.notify.run_event import RunEvent, RunProgress, RunStarted
from bot.notify.run_view import RunView
from bot.slack.channel_audience import audience_of, may_name
from bot.slack.client import code_of
from bot.slack.deputies import NobodyOfOurs, is_read_by_a_member, member_to_tell, owner_or_deputy
from bot.slack.idempotent_post import PostOnce
from bot.slack.refusals import RefusalKind, is_final, kind_of
from bot.slack.upload import CompressedFile, FileNotArrived, upload
from bot.sync.report.csv_export import Spreadsheet
from bot.sync.report.run_summary import RunSummary
from bot.views.message import Message
from bot.views.plainer import forms_of
from bot.views.report import run_message as views
from bot.views.report.details import tables
from bot.views.report.leave_message import leave_result, leave_tables
from bot.views.report.plan_difference import difference_tables
from bot.views.report.values import ShownValues
from storage import runs
from storage.database import Database
from storage.delivery import PostedState
from storage.integrations import IntegrationState
from storage.runs import RunState

FILE_TURNS = 8
"""So often the telling is set for another time because a file does not arrive, the better part of an hour; then it is
left out, as the rest has been told."""

EDIT_SECONDS = 1.5
"""Slack lets an app edit some fifty messages a minute in a workspace."""

log = structlog.get_logger(__name__)


class RunReporter:
    """A `bot.notify.run_event.RunNotifier` for the integration's channel; of files another one tells."""

    def __init__(self, database: Database, now: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._now = now
        self._edited: dict[str, float] = {}
        self._late = LateEdits()

    async def tell(self, view: RunView, event: RunEvent) -> None:
        """Post, or edit what is posted; numbers alone where outsiders read it."""
        if isinstance(event, ApprovalNeeded | Approved | Finished):
            await self._late.drop(view.run.id)
        if isinstance(event, ApprovalNeeded | Finished) and not view.is_file and not await self._names_people(view):
            view = view.for_outsiders()
        try:
            await self._tell(view, event)
        except NobodyOfOurs:
            await self._tell(view.for_outsiders(), event)

    async def _tell(self, view: RunView, event: RunEvent) -> None:
        match event:
            case Trouble(_, _, text):
                await self._trouble(view, text)
            case _ if view.is_file:
                return
            case RunStarted():
                if not view.speaks_at_the_end:
                    await self._show(view, views.running(view.facts, view.t))
            case RunProgress():
                await self._progress(view, event)
            case ApprovalNeeded():
                await self._needs_approval(view)
            case Approved():
                await self._approved(view)
            case Finished():
                await self._finished(view)

    async def _names_people(self, view: RunView) -> bool:
        """Whether all may read names who read what is written now; asked of Slack before each post that has any.

        The run's message may stand in another channel than the integration's of now, and a new one goes to that; or
        with somebody who was a member of the workspace's own when it was written to them.
        """
        integration, channels = view.integration, {view.integration.channel_id}
        if view.posts.message_ts and (where := view.posts.channel_id):
            if not view.posts.state.channel_refused:
                channels.add(where)
            elif not await is_read_by_a_member(self._database, view.client, integration, where):
                return False
        for channel in sorted(channels):
            audience = await audience_of(view.client, integration.team_id, channel)
            if not may_name(audience, channel, integration.attention):
                return False
        return True

    async def show(self, view: RunView, message: Message) -> bool:
        """Edit the run's message, or post it; by direct message to the owner where the channel cannot be reached.

        For what names no employee. False where nobody can be reached.
        """
        return await self._show(view.for_outsiders(), message)

    async def add(self, view: RunView, part: str, message: Message) -> None:
        """Post one message below the run's, or beside it."""
        await self._details(view, part, [message])

    async def _progress(self, view: RunView, how: RunProgress) -> None:
        """As often as Slack allows and no more: it counts the edits of a workspace together. What comes too soon is
        shown when the pause is over, if it is still so: a run that writes does not go on saying that it reads."""
        run = view.run
        if run.ended or run.state is RunState.WAITING_APPROVAL or view.speaks_at_the_end:
            return
        last = max(self._edited.get(key, float("-inf")) for key in (run.id, run.team_id))
        if (left := last + EDIT_SECONDS - self._now()) > 0:
            self._late.put_off(run.id, left, lambda: self._progress_late(view, how))
            return
        facts = views.replace_progress(view.facts, how.stage, how.done, how.total or 0, how.why)
        await self._show(view, views.running(facts, view.t), anew=False)

    async def _progress_late(self, view: RunView, how: RunProgress) -> None:
        async with self._database.reading() as session:
            run = await runs.get(session, view.run.id)
        if run is None or run.ended or run.state in (RunState.WAITING_APPROVAL, RunState.REPORTING):
            return
        facts = views.replace_progress(view.facts, how.stage, how.done, how.total or 0, how.why)
        await self._show(view, views.running(facts, view.t), anew=False)

    async def _needs_approval(self, view: RunView) -> None:
        """Show why the run waits, with the two buttons, and what it would do in the thread."""
        summary = RunSummary()
        if view.names_people:
            await gather(self._database, view.run.id, summary, planned=True)
        facts = replace(view.facts, words=view.facts.words or summary.words)
        if not await self._show(view, views.approval(facts, view.t)):
            return
        await self._call(view, "approval")
        if not view.names_people:
            return
        await self._differences(view)
        await self._details(view, "plan", tables(summary, ShownValues(view.t, view.facts.provider), preview=True))

    async def _approved(self, view: RunView) -> None:
        """Put who approved, and when, in the place of the buttons."""
        if view.run.state is not RunState.WAITING_APPROVAL or not view.run.approved_by:
            return
        async with self._database.reading() as session:
            newer = await runs.get(session, again_id(view.run))
        stage = "again" if newer else RunState.QUEUED.value
        await self._show(view, views.running(replace(view.facts, stage=stage, total=0), view.t))

    async def _finished(self, view: RunView) -> None:
        """Show the result, and the details in the thread; nothing of a run that nobody needs to hear of."""
        news = await news_of(self._database, view.run)
        self._edited.pop(view.run.id, None)
        if view.is_quiet(news) and not await has_made_files(self._database, view.run):
            log.info("quiet_run", run=view.run.id, noise=view.policy.noise)
            return
        if view.facts.absence:
            await self._leave_finished(view)
            return
        preview, links = view.facts.preview, view.facts.links
        values = ShownValues(view.t, view.facts.provider)
        sheet = Spreadsheet(
            view.t.render, preview=preview, source_link=links.source_page, target_link=links.target_page
        )
        summary = RunSummary(news)
        file = await gather(self._database, view.run.id, summary, sheet, planned=preview)
        told = summary if view.names_people else summary.unnamed()
        shown = views.result(view.facts, told, view.t, rest=_rest_of(view))
        if not await self._show(view, shown):
            return
        await self._call_to_result(view, summary)
        await self._tell_asker(view)
        if not view.names_people:
            return
        await self._differences(view)
        await self._details(view, "result", tables(summary, values, preview=preview))
        if summary.people:
            await self._file(view, file)
        # It says where the rest is to be found: not where Slack took none of it.
        if (corrected := views.result(view.facts, summary, view.t, rest=_rest_of(view))) != shown:
            await self._show(view, corrected, anew=False)
        self._edited.pop(view.run.id, None)

    async def _leave_finished(self, view: RunView) -> None:
        """Show what became of everybody's days; codes and types are in the private file, which is asked for."""
        report = await gather_leave(self._database, view.run.id, view.integration.id)
        if not await self._show(view, leave_result(view.facts, report, view.t)):
            return
        if not view.facts.preview and result_of(view.run).state is RunState.FAILED:
            await self._call(view, "failed")
        await self._tell_asker(view)
        if view.names_people:
            await self._details(view, "result", leave_tables(view.facts, report, view.t))

    async def _trouble(self, view: RunView, text: Text) -> None:
        """Tell the channel, and whoever set the integration up, that it cannot work until somebody helps."""
        integration, t = view.integration, translator(view.integration.language)
        owner = integration.owner_user_id
        responsible = view.policy.responsible(owner)
        called = responsible if responsible != owner else None  # the owner has a message of their own
        for part, who in (("trouble", called), ("trouble.owner", None)):
            if part in view.posts.state.told:
                continue
            channel = integration.channel_id
            try:
                if part == "trouble.owner":
                    channel = await owner_or_deputy(self._database, view.client, integration)
                message = views.trouble(integration.name, integration.id, text, t, who)
                await PostOnce(view.posts, part).make(view.client, channel, message)
            except SlackApiError as error:
                if not is_final(error):
                    raise
                log.warning("trouble_not_posted", run=view.run.id, channel=channel, error=code_of(error))
            await view.posts.note(lambda state, part=part: state.said(part))  # type: ignore[misc]

    async def _differences(self, view: RunView) -> None:
        """Post where the plan is not the one that was approved."""
        if view.facts.again and view.facts.again.people:
            found = await gather_differences(self._database, view.run.id)
            values = ShownValues(view.t, view.facts.provider)
            tables_of = difference_tables(found, values, preview=view.facts.again.approved_by is None)
            await self._details(view, "difference", tables_of)

    async def _call_to_result(self, view: RunView, summary: RunSummary) -> None:
        """Call the responsible person where somebody has to do something that was not said before."""
        if view.integration.state is IntegrationState.NEEDS_RECONNECT or view.facts.preview:
            return  # `trouble` calls; a preview is read by the one who asked for it
        if result_of(view.run).state is RunState.FAILED:
            await self._call(view, "failed")
        elif summary.news and summary.new_problems.total:
            await self._call(view, "problems", n=summary.new_problems.total)

    async def _tell_asker(self, view: RunView) -> None:
        """Of a sync that waited for somebody's approval: the message was edited all along, which tells nobody."""
        who = view.run.requested_by
        if view.run.approved_by is None or who is None or view.posts.channel_id != view.integration.channel_id:
            return
        key = "approved.failed" if result_of(view.run).state is RunState.FAILED else "approved"
        await self._details(view, "call.approved", [views.call(key, who, view.t)])

    async def _call(self, view: RunView, key: str, **values: object) -> None:
        """Call the responsible person to the thread, unless they are the one who waits for the result."""
        who = view.policy.responsible(view.integration.owner_user_id)
        in_channel = view.posts.channel_id == view.integration.channel_id
        if who is None or who == view.run.requested_by or not in_channel:
            return
        await self._details(view, f"call.{key}", [views.call(key, who, view.t, **values)])

    async def _show(self, view: RunView, message: Message, *, anew: bool = True) -> bool:
        """`show`; not `anew`, a message that cannot be edited is left as it is."""
        self._edited[view.run.id] = self._edited[view.run.team_id] = self._now()
        if view.posts.message_ts and (await self._edit(view, message) or not anew):
            return True
        integration, post = view.integration, PostOnce(view.posts, "message")
        told = member_to_tell if view.names_people else owner_or_deputy
        person = partial(told, self._database, view.client, integration)
        try:
            posted = await post.make_or_tell(
                view.client, integration.channel_id, person, message, integration.name, view.t
            )
        except SlackApiError as error:
            if not is_final(error):
                raise
            log.error("nobody_reached", run=view.run.id, error=code_of(error))
            return False
        await view.posts.stands_at(posted)
        if posted.found:
            await self._edit(view, message)
        return True

    async def _edit(self, view: RunView, message: Message) -> bool:
        """Whether the message says this now; False where Slack will not have it edited, whatever is tried."""
        channel, ts = view.posts.channel_id, view.posts.message_ts
        if (code := view.posts.state.channel_refused) is not None:
            # Why the owner reads it, and not the channel, is said as long as it is so.
            message = views.by_direct_message(message, view.integration.name, code, view.t)
        for form in forms_of(message):
            try:
                await view.client.chat_update(channel=channel, ts=ts, text=form.text, blocks=form.blocks)  # type: ignore[arg-type]
            except SlackApiError as error:
                if not is_final(error):
                    raise
                log.warning("edit_refused", run=view.run.id, error=code_of(error))
                if kind_of(error) is not RefusalKind.CONTENT:
                    return False
            else:
                return True
        return False

    async def _details(self, view: RunView, part: str, messages: Iterable[Message]) -> None:
        """Post what the thread does not have yet of a part; how much it has is kept with the run."""
        for number, message in enumerate(messages, start=1):
            if view.posts.state.counts.get(part, 0) >= number or not view.posts.message_ts:
                continue
            await self._detail(view, PostOnce(view.posts, f"{part}:{number}"), message)
            await view.posts.note(lambda state, number=number: state.counted(part, number))  # type: ignore[misc]

    async def _detail(self, view: RunView, post: PostOnce, message: Message) -> None:
        """In the thread, or beside the message; left out where it is taken in neither place."""
        for below in _below(view):
            try:
                await post.make(view.client, str(view.posts.channel_id), message, below, whole=True)
            except SlackApiError as error:
                if not is_final(error):
                    raise
                log.warning("detail_refused", run=view.run.id, part=post.key, error=code_of(error))
                if kind_of(error) is RefusalKind.CONTENT:
                    break
                await _note_thread(view, error)
            else:
                return
        await view.posts.note(lambda state: replace(state, tables_refused=True))

    async def _file(self, view: RunView, file: CompressedFile) -> None:
        """In the thread, or beside the message; the tables say what matters where a workspace takes no files."""
        channel = view.posts.channel_id
        if view.posts.state.file or not channel or not view.posts.message_ts:
            return
        spoken = single_line(view.integration.name).replace("/", "-").replace("\\", "-")
        name = f"{spoken}-{view.run.created_at:%Y-%m-%d-%H%M}.csv"
        title = view.t("report.file.title")

        async def note(file_id: str) -> None:
            await view.posts.note(lambda state: replace(state, file_id=file_id))

        for below in _below(view):
            shown = view.posts.state.file_id
            if shown and await PostOnce(view.posts, "file").shows_file(view.client, shown, channel, below):
                break
            try:
                await upload(view.client, file, name, title, channel, below, note)
                break
            except FileNotArrived as error:
                if not error.final and view.posts.state.turn < FILE_TURNS:
                    raise
                log.warning("file_not_posted", run=view.run.id, error=str(error))
                await view.posts.note(PostedState.file_left_out)
                return
            except SlackApiError as error:
                if not is_final(error):
                    raise
                log.warning("file_not_posted", run=view.run.id, error=code_of(error))
                if kind_of(error) is not RefusalKind.THREAD:
                    await view.posts.note(PostedState.file_left_out)
                    return
                await _note_thread(view, error)
        else:
            await view.posts.note(PostedState.file_left_out)
            return
        await view.posts.note(PostedState.filed)


def _below(view: RunView) -> Sequence[str | None]:
    """Where details go: below the run's message, then, as None, beside it. A thread that was refused is left alone."""
    return (None,) if view.posts.state.thread_refused else (view.posts.message_ts, None)


async def _note_thread(view: RunView, error: SlackApiError) -> None:
    if kind_of(error) is RefusalKind.THREAD:
        await view.posts.note(lambda state: replace(state, thread_refused=True))


def _rest_of(view: RunView) -> str:
    """Where those are who are not named in the message: `bot.views.report.run_message.result`."""
    state = view.posts.state
    places = [place for place, gone in (("thread", state.tables_refused), ("file", state.file_refused)) if not gone]
    return "both" if len(places) == 2 else places[0] if places else "nowhere"
