"""The button "What the system said": the words of outside systems, for whoever may manage; that they looked is kept."""

from __future__ import annotations

import asyncio

from bot.core.text import text
from bot.domain.outcome import Outcome
from bot.handlers.framework.interaction import Interaction, place_of
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.runs.run_people import is_ahead, opened, rows_after
from bot.jobs.runs.result import result_of
from bot.slack.roles import Action
from bot.views import command as command_views
from bot.views.overview.cards import WORDS
from bot.views.runs import system_words as views
from storage import audit, integrations, plans, run_words, runs
from storage.database import Database

LOOKED_AT = 3_000
"""People who are looked through at a press: Slack waits three seconds for what it opens."""


def register(listeners: AuthorizedListeners) -> None:
    """The button of a report, and the one to the next page; its value is the run's id, and after "|" a position."""
    listeners.action(WORDS, _show, Action.DETAILS)


async def _show(interaction: Interaction) -> None:
    run_id, _, position = interaction.value.partition("|")
    place = place_of(position)
    after = plans.START if place is None else place
    database, team_id = interaction.services.database, interaction.team_id
    async with database.reading() as session:
        run = await runs.get(session, run_id, team_id=team_id)
        if run is None:
            await interaction.reply(command_views.said(interaction.t, text("run.ended")))
            return
        integration = await integrations.get(session, run.integration_id, team_id=team_id, removed=True)
        of_run = await run_words.get(session, database.vault, run.id) or result_of(run).verbatim
        planned = await is_ahead(session, database, run)
    async with database.session() as session:
        new = {"run": run.id}
        await audit.write(session, team_id, interaction.user_id, "run.words_viewed", run.integration_id, new=new)
    found, more = await _people(database, run.id, after, planned=planned)
    page = views.WordsPage(
        target=integration.target_account_name if integration else "",
        of_run=of_run if after == plans.START else None,
        found=found,
        more=None if more is None else f"{run.id}|{more}",
    )
    await interaction.present(views.words(interaction.t, page))


async def _people(database: Database, run_id: str, after: int, *, planned: bool) -> tuple[list[Outcome], int | None]:
    """The next people of whom something was said, and the position after which more may follow."""
    found: list[Outcome] = []
    looked = 0
    while looked < LOOKED_AT:
        rows = await rows_after(database, run_id, after, None, planned=planned)
        if not rows:
            return found, None
        for person in await asyncio.to_thread(opened, rows):
            if not views.has_words(person.outcome):
                after = person.position
                continue
            if len(found) == views.PEOPLE:
                return found, after
            found.append(person.outcome)
            after = person.position
        looked += len(rows)
    return found, after
