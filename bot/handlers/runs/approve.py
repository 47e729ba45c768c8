"""Approve and Refuse, where the guard has stopped a run."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.text import Text, text
from bot.handlers.framework.integration_picker import on_id
from bot.handlers.framework.interaction import Entered, Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.wizard import Finish, StepContext, Turn, Wizard, WizardStep, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.runs.loaders import on_integration, run_of, tell_refused
from bot.handlers.shared.drafts import RunDraft
from bot.jobs.runs.service import RunNotPossible
from bot.slack.roles import Action
from bot.views.blocks import View
from bot.views.overview.cards import APPROVE_RUN, REFUSE_RUN
from bot.views.runs import reject as views
from bot.views.wizard import notice
from storage.integrations import Integration
from storage.runs import Run, RunState

KIND = "refuse"


class RejectDraft(RunDraft):
    """Why the run shall not go on; may be empty."""

    reason: str = ""


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The two buttons, and the question for a reason."""
    runner.add(Wizard(KIND, RejectDraft, (RejectStep(),), ended, Action.APPROVE))

    async def refuse(interaction: Interaction) -> None:
        run = await run_of(interaction)
        if run is None:
            return
        if run.state is not RunState.WAITING_APPROVAL:
            await tell_refused(interaction, RunNotPossible("not waiting", text("jobs.not_waiting")), run.integration_id)
            return
        await _ask(interaction, runner, run)

    listeners.action(APPROVE_RUN, approve, Action.APPROVE)
    listeners.action(REFUSE_RUN, refuse, Action.APPROVE)


async def approve(interaction: Interaction) -> None:
    """Let the run go on."""
    run = await run_of(interaction)
    if run is None:
        return
    try:
        await interaction.services.runs.approve(run.id, interaction.user_id)
    except RunNotPossible as refused:
        await tell_refused(interaction, refused, run.integration_id)
        return
    await on_integration(interaction, run, "run.approved")


async def _ask(interaction: Interaction, runner: WizardRunner, run: Run) -> None:
    async def begin(interaction: Interaction, integration: Integration) -> None:
        await runner.begin(
            interaction,
            KIND,
            RejectDraft(name=integration.name, provider=integration.provider, run_id=run.id),
            integration.id,
        )

    await on_id(interaction, run.integration_id, begin)


class RejectStep(WizardStep[RejectDraft]):
    """Why, for those who want to say it."""

    name = "refuse"

    async def view(self, context: StepContext[RejectDraft]) -> View:
        """The question."""
        return views.refuse(context.frame(self), context.answers.name)

    def take(self, context: StepContext[RejectDraft], entered: Entered) -> Mapping[str, Text]:
        """The reason may be left out."""
        said = entered.get(views.REASON)
        context.answers.reason = said.strip() if isinstance(said, str) else ""
        return {}

    async def proceed(self, context: StepContext[RejectDraft]) -> Turn:
        """End the run; the report in the channel says who and why."""
        interaction, integration_id = context.interaction, context.draft.integration_id
        assert integration_id is not None
        try:
            await interaction.services.runs.reject(context.answers.run_id, interaction.user_id, context.answers.reason)
        except RunNotPossible as refused:
            return Finish(notice(interaction.t, interaction.t("flow.notice.title"), refused.text))
        async with interaction.services.database.session() as session:
            await finish(session, context, integration_id)
        return Finish(ended(context))


def ended(context: StepContext[RejectDraft]) -> View:
    """Nothing is written."""
    return views.refused(context.interaction.t, context.answers.name)
