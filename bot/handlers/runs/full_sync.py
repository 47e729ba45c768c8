"""Everyone whole, for systems that take files: once more to the system, or as a file in a direct message."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.text import Markup, Text, text
from bot.handlers.edit import base
from bot.handlers.framework.draft import WizardDraft
from bot.handlers.framework.integration_picker import Work, on_id, on_named
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners, everybody
from bot.handlers.framework.wizard import Finish, Stay, StepContext, Turn, Wizard, WizardStep, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.overview import cards
from bot.handlers.runs.start import before_start, busy
from bot.jobs.runs.service import RunNotPossible
from bot.providers import registry
from bot.views import command as views
from bot.views.blocks import View
from bot.views.overview.cards import FILE, FULL, Card
from bot.views.runs import export_file as handed_view
from bot.views.wizard import StepProblem
from storage.integrations import Integration
from storage.runs import RunKind

log = structlog.get_logger(__name__)

FULL_KIND, FILE_KIND = "full", "file"
GONE = ("file_deleted", "file_not_found")


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """Both questions with their buttons, and the button that deletes a file."""
    runner.add(Wizard(FULL_KIND, (FullSyncStep(),), _full_begun))
    runner.add(Wizard(FILE_KIND, (ExportFileStep(),), _file_begun))

    async def full(interaction: Interaction) -> None:
        await on_id(interaction, interaction.value, _asker(runner, FULL_KIND))

    async def file(interaction: Interaction) -> None:
        await on_id(interaction, interaction.value, _asker(runner, FILE_KIND))

    listeners.action(FULL, full)
    listeners.action(FILE, file)
    # Whoever has the file may delete it, also when they may not manage any more.
    listeners.action(handed_view.DELETE, _delete, public=everybody)


async def command(interaction: Interaction, runner: WizardRunner, word: str, name: str) -> None:
    """`/integration sync full [name]` and `/integration file [name]`; the only one that is fit needs no name."""
    kind, action_id = (FILE_KIND, FILE) if word == "file" else (FULL_KIND, FULL)
    work = _asker(runner, kind)
    fitting: Callable[[Card], bool] = (lambda one: one.hands_out) if kind == FILE_KIND else (lambda one: one.delivers)
    fit = [one for one in await cards.cards(interaction) if fitting(one)]
    if not name and len(fit) == 1:
        await on_id(interaction, fit[0].id, work)
        return
    await on_named(interaction, name, kind, action_id, work)


def _asker(runner: WizardRunner, kind: str) -> Work:
    async def ask(interaction: Interaction, integration: Integration) -> None:
        refusal = _refusal(interaction, kind, integration)
        if refusal is not None:
            await interaction.reply(views.said(interaction.t, refusal))
            return
        answers = WizardDraft(provider=integration.provider, name=integration.name, channel_id=integration.channel_id)
        answers.target_company = (await base.answers_of(interaction, integration)).target_company
        await runner.begin(interaction, kind, answers, integration.id)

    return ask


def _refusal(interaction: Interaction, kind: str, integration: Integration) -> Text | None:
    """Why it cannot be had of this integration, or here at all."""
    info = registry.target(integration.provider).info
    about = {"system": text(f"{info.key}.name"), "name": integration.name}
    if kind == FULL_KIND:
        return None if info.delivers else Text("full.not_for", about)
    if not info.hands_out:
        return Text("file.not_for", about)
    return None if interaction.services.settings.files_by_message else text("file.forbidden")


class RunRequestStep(WizardStep):
    """A question, and the run that follows from yes."""

    kind: RunKind
    redeliver: bool

    async def proceed(self, context: StepContext) -> Turn:
        """Start the run, unless another is under way or it has been forbidden meanwhile."""
        interaction, integration_id = context.interaction, context.draft.integration_id
        assert integration_id is not None
        seen = await before_start(interaction, integration_id)
        if (one := seen.integration) is None:
            return Finish(base.overtaken(context))
        refusal = _refusal(interaction, context.flow.kind, one)
        if refusal is not None:
            return Stay(StepProblem(text=refusal, level="warning"))
        if seen.active:
            return Stay(StepProblem(text=text("whole.busy"), advice=busy(seen.active, one), level="warning"))
        start, key = interaction.services.runs.start, f"{context.flow.kind}:{seen.key}"
        try:
            await start(one.id, self.kind, interaction.user_id, key, redeliver=self.redeliver)
        except RunNotPossible as refused:
            return Stay(StepProblem(text=refused.text, advice=refused.advice, level="warning"))
        async with interaction.services.database.session() as session:
            await finish(session, context, integration_id)
        return Finish(context.flow.ended(context))


class FullSyncStep(RunRequestStep):
    """Deliver everyone once more?"""

    name = FULL_KIND
    kind, redeliver = RunKind.SYNC, True

    async def view(self, context: StepContext) -> View:
        """What it is good for."""
        return handed_view.ask_full(context.frame(self), context.answers.name, _company(context))


class ExportFileStep(RunRequestStep):
    """Everyone as a file, in a direct message?"""

    name = FILE_KIND
    kind, redeliver = RunKind.FILE, False

    async def view(self, context: StepContext) -> View:
        """What the file holds, and who gets it."""
        return handed_view.ask_file(context.frame(self), context.answers.name, _company(context))


def _company(context: StepContext) -> str:
    return context.answers.target_company.name if context.answers.target_company else ""


def _full_begun(context: StepContext) -> View:
    t = context.interaction.t
    where = Markup(f"<#{context.answers.channel_id}>")
    return handed_view.begun(t, t("full.title"), text("full.begun", name=context.answers.name, channel=where))


def _file_begun(context: StepContext) -> View:
    t = context.interaction.t
    return handed_view.begun(t, t("file.title"), text("file.begun", name=context.answers.name))


async def _delete(interaction: Interaction) -> None:
    """Delete the file that the button stands beside; the message was posted to its one reader alone."""
    try:
        await interaction.client.files_delete(file=interaction.value)
    except SlackApiError as error:
        if error.response.get("error") not in GONE:
            log.warning("file_not_deleted", error=error.response.get("error"))
            await interaction.reply(views.said(interaction.t, text("file.delete.failed")))
            return
    where: Mapping[str, str] = interaction.body.get("container") or {}
    message = handed_view.deleted(interaction.t)
    await interaction.client.chat_update(
        channel=where["channel_id"], ts=where["message_ts"], text=message.text, blocks=message.blocks
    )
