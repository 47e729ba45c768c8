"""Pause, resume and remove."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.text import Text, text
from bot.domain.safeguard_hold import safeguards_left
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Entered, Interaction
from bot.handlers.framework.wizard import Finish, Stay, StepContext, Turn, Wizard, WizardStep
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.overview import home
from bot.handlers.shared.channel_note import note
from bot.handlers.shared.drafts import IntegrationDraft
from bot.slack.roles import Action
from bot.views import command as views
from bot.views.blocks import View
from bot.views.overview import remove as remove_view
from bot.views.overview.cards import CREDENTIALS, RESUME
from bot.views.wizard import StepProblem
from storage import audit, expiries, integrations, runs, workspaces
from storage.expiries import SOURCE
from storage.integrations import Integration, IntegrationState

KIND = "remove"


def register(runner: WizardRunner) -> None:
    """The question before removing."""
    runner.add(Wizard(KIND, IntegrationDraft, (RemoveStep(),), ended, Action.REMOVE))


async def pause(interaction: Interaction, integration: Integration) -> None:
    """Nothing starts until it is resumed; a run under way ends by itself."""
    async with interaction.services.database.session() as session:
        before = (await integrations.locked(session, integration.id)).state
        if before is not IntegrationState.PAUSED:
            await integrations.set_state(session, integration.id, IntegrationState.PAUSED)
            old, new = {"state": before.value}, {"state": IntegrationState.PAUSED.value}
            await audit.write(
                session,
                interaction.team_id,
                interaction.user_id,
                "integration.paused",
                integration.id,
                old=old,
                new=new,
            )
        running = await runs.active(session, integration.id)
    if before is IntegrationState.PAUSED:
        await _tell_paused(interaction, text("pause.already", name=integration.name), integration)
        return
    said = text("pause.running", name=integration.name) if running else text("pause.done", name=integration.name)
    note(interaction, integration, "paused")
    await _tell_paused(interaction, said, integration)
    await home.refresh(interaction)


async def _tell_paused(interaction: Interaction, said: Text, integration: Integration) -> None:
    await interaction.reply(views.offer(interaction.t, said, RESUME, "card.resume", integration.id, style=None))


async def resume(interaction: Interaction, integration: Integration) -> None:
    """Back to the state it was paused from."""
    async with interaction.services.database.session() as session:
        before = (await integrations.locked(session, integration.id)).state
        if before is IntegrationState.PAUSED:
            after = await integrations.resume(session, integration.id)
            new = {"state": after.state.value}
            await audit.write(
                session, interaction.team_id, interaction.user_id, "integration.resumed", integration.id, new=new
            )
    if before is IntegrationState.NEEDS_RECONNECT:
        said = text("resume.needs_reconnect", name=integration.name)
        await interaction.reply(views.offer(interaction.t, said, CREDENTIALS, "card.reconnect", integration.id))
        return
    if before is not IntegrationState.PAUSED:
        await interaction.reply(views.said(interaction.t, text("resume.already", name=integration.name)))
        return
    note(interaction, integration, "resumed")
    await interaction.reply(views.said(interaction.t, text("resume.done", name=integration.name)))
    await home.refresh(interaction)


def remover(runner: WizardRunner) -> Work:
    """Opens the question."""

    async def ask(interaction: Interaction, integration: Integration) -> None:
        answers = IntegrationDraft(provider=integration.provider, name=integration.name)
        await runner.begin(interaction, KIND, answers, integration.id)

    return ask


class RemoveStep(WizardStep[IntegrationDraft]):
    """What is erased, what is kept, and the name as the proof that it is meant."""

    name = "remove"

    async def view(self, context: StepContext[IntegrationDraft]) -> View:
        """The question."""
        async with context.interaction.services.database.reading() as session:
            last = len(await integrations.list_for(session, context.interaction.team_id)) == 1
        return remove_view.remove(context.frame(self), context.answers.name, context.answers.provider, last=last)

    def take(self, context: StepContext[IntegrationDraft], entered: Entered) -> Mapping[str, Text]:
        """The name must be the integration's, whatever its case, and with the hyphen that keyboards have."""
        typed = entered.get(remove_view.NAME)
        if not isinstance(typed, str) or _as_typed(typed) != _as_typed(context.answers.name):
            return {remove_view.NAME: text("remove.name.wrong", name=context.answers.name)}
        return {}

    def keep(self, context: StepContext[IntegrationDraft], entered: Entered) -> None:
        """The name is typed anew each time."""

    async def proceed(self, context: StepContext[IntegrationDraft]) -> Turn:
        """Erase; not under a run's feet."""
        interaction, integration_id = context.interaction, context.draft.integration_id
        assert integration_id is not None
        async with interaction.services.database.session() as session:
            if await runs.active(session, integration_id):
                return Stay(StepProblem(text=text("remove.running", name=context.answers.name)))
            removed = await integrations.locked(session, integration_id)
            left = safeguards_left(removed.attention, removed.thresholds, interaction.services.clock())
            await integrations.remove(session, integration_id, attention=left.attention, thresholds=left.thresholds)
            await audit.write(
                session,
                interaction.team_id,
                interaction.user_id,
                "integration.removed",
                integration_id,
                old={"name": context.answers.name},
            )
            if not await integrations.list_for(session, interaction.team_id):
                await workspaces.forget_source(session, interaction.team_id)
                await expiries.replace(session, interaction.team_id, SOURCE, None)
                await audit.write(session, interaction.team_id, interaction.user_id, "source.forgotten")
        note(interaction, removed, "removed")
        return Finish(ended(context))


def _as_typed(name: str) -> str:
    return " ".join(name.replace("–", "-").replace("—", "-").split()).casefold()


def ended(context: StepContext[IntegrationDraft]) -> View:
    """Removed, and what else to do."""
    return remove_view.removed(context.interaction.t, context.answers.name, context.answers.provider)
