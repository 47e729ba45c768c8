"""The first step: the payroll system, and what to have at hand for it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.text import Text, text
from bot.handlers.framework.interaction import Entered
from bot.handlers.framework.wizard import StepContext, WizardStep
from bot.handlers.setup.absence import absence_of
from bot.handlers.setup.draft import SetupDraft
from bot.providers import registry
from bot.providers.protocol import ProviderInfo
from bot.views.blocks import View
from bot.views.setup import system as system_view
from storage import drafts


class SystemStep(WizardStep[SetupDraft]):
    """Which payroll system."""

    name = "system"

    async def view(self, context: StepContext[SetupDraft]) -> View:
        """All systems in the catalogue, with those that take absence alone, and what the chosen one needs."""
        minutes = context.interaction.services.settings.draft_minutes
        answers, colleagues = context.answers, await _colleagues(context)
        return system_view.system(
            context.frame(self), _offered(), answers.provider, minutes, copied=answers.copied, colleagues=colleagues
        )

    def take(self, context: StepContext[SetupDraft], entered: Entered) -> Mapping[str, Text]:
        """Another system than before drops what was entered for the former."""
        chosen = entered.get(system_view.SYSTEM)
        known = registry.targets().get(chosen) if isinstance(chosen, str) else None
        if not isinstance(chosen, str) or known is None:
            return {system_view.SYSTEM: text("flow.choose")}
        if chosen != context.answers.provider:
            context.answers.provider = chosen
            context.answers.target_credentials, context.answers.target_until = {}, None
            context.answers.settings, context.answers.copied = {}, ""
            context.answers.name = ""
            context.answers.absence = absence_of(known.info)
            context.answers.forget_target()
        return {}


async def _colleagues(context: StepContext[SetupDraft]) -> list[str]:
    """Others of the workspace who are setting up the same system: one of the two could be for nothing."""
    interaction, provider = context.interaction, context.answers.provider
    if not provider:
        return []
    services = interaction.services
    async with services.database.reading() as session:
        others = await drafts.under_way(
            session, services.database.vault, interaction.team_id, context.draft.kind, now=services.clock()
        )
    return [
        other.user_id
        for other in others
        if other.user_id != interaction.user_id
        and other.data.get("provider") == provider
        and not other.data.get("finished")
    ]


def _offered() -> list[ProviderInfo]:
    return [provider.info for provider in registry.targets().values()]
