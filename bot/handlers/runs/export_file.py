"""Everyone as a file in a direct message, for systems that take files; and the button that deletes it."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.text import Text, text
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.wizard import StepContext, Wizard
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.runs.run_request import RunRequestDraft, RunRequestStep, ask_by_name, asker, company
from bot.providers import registry
from bot.slack.client import NOT_DONE, code_of, word_of
from bot.slack.roles import Action
from bot.views import command as views
from bot.views.blocks import View
from bot.views.overview.cards import FILE
from bot.views.runs import export_file as file_views
from storage import audit, run_files, runs
from storage.integrations import Integration
from storage.runs import RunKind

log = structlog.get_logger(__name__)

FILE_KIND = "file"
GONE = ("file_deleted", "file_not_found")


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The question, and the button that deletes a file."""
    runner.add(Wizard(FILE_KIND, RunRequestDraft, (ExportFileStep(),), _begun, Action.FILE))
    # Whoever has the file may delete it, also when they may not manage any more.
    listeners.action(file_views.DELETE, _delete, Action.DELETE_FILE)


def editor(runner: WizardRunner) -> Work:
    """Opens the question, where the integration can have it."""
    return asker(runner, FILE_KIND, _refusal)


async def command(interaction: Interaction, runner: WizardRunner, name: str) -> None:
    """`/integration file [name]`; the only one whose files are handed out needs no name."""
    work = editor(runner)
    await ask_by_name(
        interaction,
        name,
        FILE_KIND,
        FILE,
        lambda one: one.provider in registry.targets() and _refusal(interaction, one) is None,
        work,
    )


class ExportFileStep(RunRequestStep):
    """Everyone as a file, in a direct message?"""

    name = FILE_KIND
    kind, redeliver = RunKind.FILE, False

    def refusal(self, interaction: Interaction, integration: Integration) -> Text | None:
        """Why it cannot be had of this integration, or here at all."""
        return _refusal(interaction, integration)

    async def view(self, context: StepContext[RunRequestDraft]) -> View:
        """What the file holds, and who gets it."""
        return file_views.ask_file(context.frame(self), context.answers.name, company(context))


def _refusal(interaction: Interaction, integration: Integration) -> Text | None:
    info = registry.target(integration.provider).info
    if not info.hands_out:
        return Text("file.not_for", {"system": text(f"{info.key}.name"), "name": integration.name})
    return None if interaction.services.settings.files_by_message else text("file.forbidden")


def _begun(context: StepContext[RunRequestDraft]) -> View:
    t = context.interaction.t
    return file_views.begun(t, t("file.title"), text("file.begun", name=context.answers.name))


async def _delete(interaction: Interaction) -> None:
    """Delete what the run has made, for the one person who has asked for it and got it; nothing for anybody else."""
    async with interaction.services.database.reading() as session:
        run = await runs.get(session, interaction.value, team_id=interaction.team_id)
        files = await run_files.of_run(session, run.id) if run is not None else ()
    if run is None or run.kind is not RunKind.FILE or run.requested_by != interaction.user_id or not files:
        log.warning("file_deletion_refused", team=interaction.team_id, user=interaction.user_id)
        if run is not None and run.kind is RunKind.FILE:
            async with interaction.services.database.session() as session:
                new, whose = {"run": run.id}, run.integration_id
                await audit.write(session, run.team_id, interaction.user_id, "file.delete_refused", whose, new=new)
        await interaction.reply(views.said(interaction.t, text("file.delete.not_yours")))
        return
    for file_id in files:
        try:
            await interaction.client.files_delete(file=file_id)
        except SlackApiError as error:
            if code_of(error) not in GONE:
                log.warning("file_not_deleted", run=run.id, error=code_of(error))
                await interaction.reply(views.said(interaction.t, text("file.delete.failed")))
                return
    async with interaction.services.database.session() as session:
        new = {"run": run.id}
        await audit.write(
            session, interaction.team_id, interaction.user_id, "file.deleted", run.integration_id, new=new
        )
    await _note(interaction)


async def _note(interaction: Interaction) -> None:
    """In the place of the note beside the file: it is gone. Only a message of the person's own is replaced."""
    where: Mapping[str, str] = interaction.body.get("container") or {}
    message = file_views.deleted(interaction.t)
    try:
        answer = await interaction.client.conversations_open(users=interaction.user_id)
        if where.get("message_ts") and where.get("channel_id") == answer["channel"]["id"]:
            await interaction.client.chat_update(
                channel=where["channel_id"], ts=where["message_ts"], text=message.text, blocks=message.blocks
            )
            return
    except NOT_DONE as error:
        log.info("note_stays", error=word_of(error))
    await interaction.reply(views.said(interaction.t, text("file.deleted")))
