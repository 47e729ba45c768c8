"""What a set-up takes over from an integration that it is a copy of."""

from __future__ import annotations

from bot.handlers.framework.interaction import Interaction
from bot.handlers.setup.absence import absence_of
from bot.handlers.setup.draft import SetupDraft
from bot.providers import registry
from bot.providers.protocol import ProviderInfo
from storage import integrations
from storage.integrations import Integration


def take_over(answers: SetupDraft, integration: Integration) -> None:
    """The system, its settings, the channel and the language; nothing that is the new company's own."""
    info = registry.target(integration.provider).info
    answers.provider, answers.copied = integration.provider, integration.name
    answers.settings = _carried(info, integration)
    answers.absence = absence_of(info)
    answers.channel_id, answers.language = integration.channel_id, integration.language


async def copy_anew(interaction: Interaction, answers: SetupDraft, integration_id: str) -> None:
    """For whoever starts over: the same, of an integration that is still there; else the set-up begins with nothing."""
    async with interaction.services.database.reading() as session:
        integration = await integrations.get(session, integration_id, team_id=interaction.team_id)
    if integration is not None and integration.provider in registry.targets():
        take_over(answers, integration)


def _carried(info: ProviderInfo, integration: Integration) -> dict[str, str]:
    """The settings that mean the same in another account, but for those that only a tested integration may have."""
    return {
        setting.key: str(value)
        for setting in info.settings
        if not (setting.live or setting.by_office)
        and (value := integration.settings.get(setting.key)) is not None
        and value not in (*setting.once_tested, *setting.retired)
    }
