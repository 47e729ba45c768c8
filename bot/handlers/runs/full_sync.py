"""A full sync: everyone delivered once more to a system that takes files."""

from __future__ import annotations

from bot.core.text import Markup, Text, text
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.wizard import StepContext, Wizard
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.runs.run_request import RunRequestDraft, RunRequestStep, ask_by_name, asker, company
from bot.providers import registry
from bot.slack.roles import Action
from bot.views.blocks import View
from bot.views.overview.cards import FULL
from bot.views.runs import export_file as views
from storage.integrations import Integration
from storage.runs import RunKind

FULL_KIND = "full"


def register(runner: WizardRunner) -> None:
    """The question."""
    runner.add(Wizard(FULL_KIND, RunRequestDraft, (FullSyncStep(),), _begun, Action.SYNC))


def editor(runner: WizardRunner) -> Work:
    """Opens the question, where the integration can have it."""
    return asker(runner, FULL_KIND, _refusal)


async def command(interaction: Interaction, runner: WizardRunner, name: str) -> None:
    """`/integration sync full [name]`; the only one that takes files needs no name."""
    work = editor(runner)
    await ask_by_name(
        interaction,
        name,
        FULL_KIND,
        FULL,
        lambda one: one.provider in registry.targets() and _refusal(interaction, one) is None,
        work,
    )


class FullSyncStep(RunRequestStep):
    """Deliver everyone once more?"""

    name = FULL_KIND
    kind, redeliver = RunKind.SYNC, True

    def refusal(self, interaction: Interaction, integration: Integration) -> Text | None:
        """Why it cannot be had of this integration."""
        return _refusal(interaction, integration)

    async def view(self, context: StepContext[RunRequestDraft]) -> View:
        """What it is good for."""
        return views.ask_full(context.frame(self), context.answers.name, company(context))


def _refusal(_: Interaction, integration: Integration) -> Text | None:
    info = registry.target(integration.provider).info
    about = {"system": text(f"{info.key}.name"), "name": integration.name}
    return None if info.delivers else Text("full.not_for", about)


def _begun(context: StepContext[RunRequestDraft]) -> View:
    t = context.interaction.t
    where = Markup(f"<#{context.answers.channel_id}>")
    return views.begun(t, t("full.title"), text("full.begun", name=context.answers.name, channel=where))
