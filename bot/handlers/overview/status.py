"""`/integration status`: for everybody to look at."""

from __future__ import annotations

from bot.handlers.framework.integration_picker import on_named
from bot.handlers.framework.interaction import Interaction
from bot.handlers.overview import cards
from bot.jobs.scheduling.schedule import SlotSchedule
from bot.providers.registry import main_resource
from bot.views import command as command_views
from bot.views.overview import status as views
from bot.views.overview.cards import STATUS
from storage import schedules
from storage.integrations import ASIDE, Integration

NEXT_RUNS = 3


async def command(interaction: Interaction, name: str, *, asked: bool = True) -> None:
    """`/integration status [name]`: the one that is named, or the only one there is where a status was `asked` for;
    else all."""
    if name:
        await on_named(interaction, name, "status", STATUS, tell)
        return
    if asked and len(offered := await cards.stored(interaction)) == 1:
        await tell(interaction, offered[0])
        return
    shown, number = await cards.cards(interaction, command_views.SHOWN_CARDS)
    await interaction.reply(command_views.overview(interaction.t, shown, interaction.refusal, number))


async def tell(interaction: Interaction, integration: Integration) -> None:
    """Tell everything of one integration."""
    async with interaction.services.database.reading() as session:
        stored = await schedules.get(session, integration.id, resource=main_resource(integration.provider))
        card = await cards.card(session, interaction, integration)
    runs = []
    if stored is not None and stored.enabled and integration.state not in ASIDE:
        runs = SlotSchedule.of(stored).next_runs(interaction.services.clock(), stored.offset_seconds, NEXT_RUNS)
    await interaction.reply(
        views.status(
            interaction.t,
            card,
            owner_id=integration.owner_user_id,
            since=integration.created_at.date(),
            language=integration.language,
            next_runs=runs,
            may_manage=interaction.refusal is None,
        )
    )
