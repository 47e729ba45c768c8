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
from bot.slack.client import code_of
from bot.slack.roles import Action
from bot.views import command as views
from bot.views.blocks import View
from bot.views.overview.cards import FILE
from bot.views.runs import export_file as file_views
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
    await ask_by_name(interaction, name, FILE_KIND, FILE, lambda card: card.hands_out, work)


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
    """Delete the file that the button stands beside; the message was posted to its one reader alone."""
    try:
        await interaction.client.files_delete(file=interaction.value)
    except SlackApiError as error:
        if code_of(error) not in GONE:
            log.warning("file_not_deleted", error=code_of(error))
            await interaction.reply(views.said(interaction.t, text("file.delete.failed")))
            return
    where: Mapping[str, str] = interaction.body.get("container") or {}
    message = file_views.deleted(interaction.t)
    await interaction.client.chat_update(
        channel=where["channel_id"], ts=where["message_ts"], text=message.text, blocks=message.blocks
    )
