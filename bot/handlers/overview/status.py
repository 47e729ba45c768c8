"""`/integration status` and help: for everybody to look at."""

from __future__ import annotations

from bot.handlers.framework.integration_picker import on_id, on_named
from bot.handlers.framework.interaction import Visit
from bot.handlers.framework.listeners import Guarded, everybody
from bot.handlers.overview import cards
from bot.jobs.scheduling.schedule import Schedule
from bot.views import command as command_views
from bot.views.overview import status as views
from bot.views.overview.cards import HELP, STATUS
from storage import schedules
from storage.integrations import ASIDE, Integration

NEXT_RUNS = 3


def register(guarded: Guarded) -> None:
    """The buttons."""

    async def asked(visit: Visit) -> None:
        await on_id(visit, visit.value, tell)

    async def helped(visit: Visit) -> None:
        await visit.tell(command_views.help_text(visit.t, visit.refusal))

    guarded.action(STATUS, asked, public=everybody)
    guarded.action(HELP, helped, public=everybody)


async def command(visit: Visit, name: str) -> None:
    """`/integration status [name]`: the one that is named, else all."""
    if name:
        await on_named(visit, name, "status", STATUS, tell)
        return
    await visit.tell(command_views.overview(visit.t, await cards.cards(visit), visit.refusal))


async def tell(visit: Visit, one: Integration) -> None:
    """Tell everything of one integration."""
    async with visit.services.database.reading() as s:
        stored = await schedules.get(s, one.id)
        card = await cards.card(s, visit, one)
    runs = []
    if stored is not None and stored.enabled and one.state not in ASIDE:
        runs = Schedule.of(stored).next_runs(visit.services.clock(), stored.offset_seconds, NEXT_RUNS)
    await visit.tell(
        views.status(
            visit.t,
            card,
            owner_id=one.owner_user_id,
            since=one.created_at.date(),
            language=one.language,
            next_runs=runs,
            may_manage=visit.refusal is None,
        )
    )
