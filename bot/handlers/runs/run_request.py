"""A question with one button, and the run that follows from yes: what a full sync and an exported file share."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.text import Text, text
from bot.handlers.edit import base
from bot.handlers.framework.integration_picker import Work, on_id, on_named
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.wizard import Finish, Stay, StepContext, Turn, WizardStep, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.overview import cards
from bot.handlers.runs.start import before_start, busy, tell_of_absence_alone
from bot.handlers.shared.drafts import CompaniesDraft
from bot.jobs.runs.service import RunNotPossible, RunRequest
from bot.providers.registry import takes_people
from bot.views import command as views
from bot.views.wizard import StepProblem
from storage.integrations import Integration
from storage.run_options import RunOptions
from storage.runs import RunKind

Refusal = Callable[[Interaction, Integration], Text | None]
"""Why the run cannot be had of an integration, or here at all; None when it can."""


class RunRequestDraft(CompaniesDraft):
    """What the question and its answer name: the company, and the channel that is told."""

    channel_id: str | None = None


def asker(runner: WizardRunner, kind: str, refusal_of: Refusal) -> Work:
    """What begins the conversation of a kind for an integration, or says why it cannot."""

    async def ask(interaction: Interaction, integration: Integration) -> None:
        if not takes_people(integration.provider):
            if kind == RunKind.FILE.value:
                said = text("absence.alone.file", name=integration.name)
                await interaction.reply(views.said(interaction.t, said))
            else:
                await tell_of_absence_alone(interaction, integration)
            return
        refusal = refusal_of(interaction, integration)
        if refusal is not None:
            await interaction.reply(views.said(interaction.t, refusal))
            return
        answers = await base.answers_of(RunRequestDraft, interaction, integration)
        await runner.begin(interaction, kind, answers, integration.id)

    return ask


async def ask_by_name(
    interaction: Interaction, name: str, kind: str, action_id: str, fitting: Callable[[Integration], bool], work: Work
) -> None:
    """The work for the integration of that name; the only one that is fit needs no name."""
    fit = [each for each in await cards.stored(interaction) if fitting(each)]
    if not name and len(fit) == 1:
        await on_id(interaction, fit[0].id, work)
        return
    await on_named(interaction, name, kind, action_id, work)


class RunRequestStep(WizardStep[RunRequestDraft]):
    """A question, and the run that follows from yes."""

    kind: RunKind
    redeliver: bool

    def refusal(self, interaction: Interaction, integration: Integration) -> Text | None:
        """Why it cannot be had of this integration, or here at all."""
        raise NotImplementedError

    async def proceed(self, context: StepContext[RunRequestDraft]) -> Turn:
        """Start the run, unless another is under way or it has been forbidden meanwhile."""
        interaction, integration_id = context.interaction, context.draft.integration_id
        assert integration_id is not None
        seen = await before_start(interaction, integration_id)
        if (integration := seen.integration) is None:
            return Finish(base.overtaken(context))
        refusal = self.refusal(interaction, integration)
        if refusal is not None:
            return Stay(StepProblem(text=refusal, level="warning"))
        if seen.active:
            return Stay(StepProblem(text=text("whole.busy"), advice=busy(seen.active, integration), level="warning"))
        start, key = interaction.services.runs.start, f"{context.wizard.kind}:{seen.key}"
        try:
            await start(
                RunRequest(integration.id, self.kind, interaction.user_id, key, RunOptions(redeliver=self.redeliver))
            )
        except RunNotPossible as refused:
            return Stay(StepProblem(text=refused.text, advice=refused.advice, level="warning"))
        async with interaction.services.database.session() as session:
            await finish(session, context, integration_id)
        return Finish(context.wizard.ended(context))


def company(context: StepContext[RunRequestDraft]) -> str:
    """The name of the target's company, if it is known."""
    return context.answers.target_company.name if context.answers.target_company else ""
