"""The private file of a run of leave, in the direct message of whoever may manage and asks for it; and its deletion.

It is the only place that says under which code somebody is away. It is built in memory, recorded before it is sent,
shared with one conversation that Slack itself says is this person's, and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.text import text
from bot.domain.resource import LeaveForm, Resource
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.runs.export_file import GONE
from bot.handlers.runs.loaders import run_of
from bot.notify.file_delivery import direct_message, say_beside
from bot.providers.errors import NotPermitted
from bot.providers.protocol import PackedFile
from bot.providers.registry import leave_form
from bot.slack.client import NOT_DONE, code_of, word_of
from bot.slack.roles import Action
from bot.sync.codec import outcome_from_json
from bot.sync.leave.leave_csv import LeaveSpreadsheet
from bot.sync.leave.leave_line import LEAVE, lines_of, told_of
from bot.views import command as command_views
from bot.views.report.leave_message import PRIVATE_FILE
from bot.views.runs import export_file as file_views
from bot.views.runs import leave_file as views
from storage import audit, integrations, outcomes, run_files, runs
from storage.errors import Unreadable, WrongOwner
from storage.json_codec import Json
from storage.runs import Run, RunKind

log = structlog.get_logger(__name__)


def register(listeners: AuthorizedListeners) -> None:
    """The button of a run's report, and the one that deletes the file."""
    listeners.action(PRIVATE_FILE, _asked, Action.FILE)
    # Whoever has the file may delete it, also when they may not manage any more.
    listeners.action(views.DELETE_LEAVE_FILE, _delete, Action.DELETE_FILE)


async def _asked(interaction: Interaction) -> None:
    run = await run_of(interaction)
    if run is None:
        return
    if run.resource != Resource.ABSENCE:
        await interaction.reply(command_views.said(interaction.t, views.EMPTY))
        return
    if not interaction.services.settings.files_by_message:
        await record(interaction, run, "file.refused", {"run": run.id})
        await interaction.reply(command_views.said(interaction.t, text("file.forbidden")))
        return
    async with interaction.services.database.reading() as session:
        integration = await integrations.get(session, run.integration_id, team_id=interaction.team_id)
    form = leave_form(integration.provider) if integration is not None else LeaveForm.WRITTEN
    content, people = await _content(interaction, run, form)
    if integration is None or not people:
        await interaction.reply(command_views.said(interaction.t, views.EMPTY))
        return
    t = interaction.t
    name = f"{t('resource.absence')}-{run.created_at:%Y-%m-%d-%H%M}.csv"
    comment = views.file_comment(t, integration.name, people)
    await hand_over(interaction, run, [PackedFile(name=name, content=content)], comment, {"people": people})


async def hand_over(
    interaction: Interaction, run: Run, files: Sequence[PackedFile], comment: str, counted: Mapping[str, Json]
) -> bool:
    """Give the person the files of a run in their own direct message, record it with what is `counted`, and say so.

    `comment` is the mrkdwn above each. False where Slack did not take all of them, which is said too.
    """
    t = interaction.t
    try:
        channel = await direct_message(interaction.client, interaction.user_id)
        for file in files:
            # Before it is sent: a record too many is nothing beside one that is missing.
            await record(interaction, run, "file.sent", {"run": run.id, "file": file.name, **counted})
            shared = await interaction.client.files_upload_v2(
                channel=channel, filename=file.name, title=file.name, content=file.content, initial_comment=comment
            )
            file_id = str(shared["files"][0]["id"])
            async with interaction.services.database.session() as session:
                await run_files.record(session, run.id, file_id)
            named = interaction.services.database.vault.seal(_whose(interaction), [run.id, file_id]).decode()
            await say_beside(interaction.client, channel, views.beside_leave_file(t, named))
    except (*NOT_DONE, NotPermitted) as error:
        log.warning("leave_file_not_given", run=run.id, error=word_of(error))
        await interaction.reply(command_views.said(t, views.FAILED))
        return False
    await interaction.reply(command_views.said(t, views.GIVEN))
    return True


async def _content(interaction: Interaction, run: Run, form: LeaveForm) -> tuple[bytes, int]:
    """The file, and of how many people it is; outcomes of which nothing is kept any more are none."""
    sheet = LeaveSpreadsheet(interaction.t.render, preview=run.kind is RunKind.PREVIEW, form=form)
    parts, people = [sheet.head()], 0
    database = interaction.services.database
    async with database.reading() as session:
        async for page in outcomes.stream(session, database.vault, run.id):
            for row in page:
                codes = [code for code in row.findings if code.startswith(f"{LEAVE}.")]
                found = told_of(row.detail)
                parts.append(sheet.rows(outcome_from_json(row.detail), lines_of(row.detail), codes, found))
                people += 1
    return b"".join(parts), people


def _whose(interaction: Interaction) -> str:
    """What the name of a file is sealed for: the person whom it was given to."""
    return f"leave file:{interaction.team_id}:{interaction.user_id}"


async def _delete(interaction: Interaction) -> None:
    """Delete the file beside whose note the button stands, for the one person whom it was given to, and only in their
    own direct message with the bot."""
    try:
        run_id, file_id = interaction.services.database.vault.open(_whose(interaction), interaction.value.encode())
    except (Unreadable, WrongOwner):
        run_id = file_id = ""
    async with interaction.services.database.reading() as session:
        run = await runs.get(session, run_id, team_id=interaction.team_id)
        files = await run_files.of_run(session, run.id) if run is not None else ()
    where: Mapping[str, str] = interaction.body.get("container") or {}
    own = await direct_message(interaction.client, interaction.user_id)
    if run is None or file_id not in files or where.get("channel_id") != own:
        log.warning("file_deletion_refused", team=interaction.team_id, user=interaction.user_id)
        await interaction.reply(command_views.said(interaction.t, text("file.delete.not_yours")))
        return
    try:
        await interaction.client.files_delete(file=file_id)
    except SlackApiError as error:
        if code_of(error) not in GONE:
            log.warning("file_not_deleted", run=run.id, error=code_of(error))
            await interaction.reply(command_views.said(interaction.t, text("file.delete.failed")))
            return
    await record(interaction, run, "file.deleted", {"run": run.id})
    message = file_views.deleted(interaction.t)
    try:
        await interaction.client.chat_update(
            channel=own, ts=where["message_ts"], text=message.text, blocks=message.blocks
        )
    except NOT_DONE as error:
        log.info("note_stays", run=run.id, error=word_of(error))
        await interaction.reply(command_views.said(interaction.t, text("file.deleted")))


async def record(interaction: Interaction, run: Run, action: str, new: Mapping[str, Json]) -> None:
    """Record what the person did with a file of a run."""
    async with interaction.services.database.session() as session:
        await audit.write(session, run.team_id, interaction.user_id, action, run.integration_id, new=new)
