"""`/integration copy`: a set-up for the next company that begins with the settings of an integration."""

from __future__ import annotations

from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.setup import begin
from bot.handlers.setup.copied import take_over
from bot.handlers.setup.draft import SetupDraft
from storage.integrations import Integration


def copier(runner: WizardRunner) -> Work:
    """Opens the set-up with the system, its settings, the channel and the language.

    Credentials, people, schedule and name are the new company's own, and so is what was chosen from the account's own
    lists. A set-up that was left unfinished is offered first: what was typed is not lost.
    """

    async def copy(interaction: Interaction, integration: Integration) -> None:
        answers = SetupDraft.of_person(interaction.member.timezone, interaction.language)
        take_over(answers, integration)
        await begin(interaction, runner, answers, integration.id)

    return copy
