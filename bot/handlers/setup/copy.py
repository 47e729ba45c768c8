"""`/integration copy`: a set-up for the next company that begins with the settings of an integration."""

from __future__ import annotations

from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.setup import begin
from bot.handlers.setup.absence import absence_of
from bot.handlers.setup.draft import SetupDraft
from bot.providers import registry
from bot.providers.protocol import ProviderInfo
from storage.integrations import Integration


def copier(runner: WizardRunner) -> Work:
    """Opens the set-up with the system, its settings, the channel and the language.

    Credentials, people, schedule and name are the new company's own, and so is what was chosen from the account's own
    lists. A set-up that was left unfinished is offered first: what was typed is not lost.
    """

    async def copy(interaction: Interaction, integration: Integration) -> None:
        answers = SetupDraft.of_person(interaction.member.timezone, interaction.language)
        info = registry.target(integration.provider).info
        answers.provider, answers.copied = integration.provider, integration.name
        answers.settings = _carried(info, integration)
        answers.absence = absence_of(info)
        answers.channel_id, answers.language = integration.channel_id, integration.language
        await begin(interaction, runner, answers)

    return copy


def _carried(info: ProviderInfo, integration: Integration) -> dict[str, str]:
    """The settings that mean the same in another account, but for those that only a tested integration may have."""
    return {
        setting.key: str(value)
        for setting in info.settings
        if not (setting.live or setting.by_office)
        and (value := integration.settings.get(setting.key)) is not None
        and value not in (*setting.once_tested, *setting.retired)
    }
