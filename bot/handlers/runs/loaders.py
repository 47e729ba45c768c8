"""The run or the integration that somebody acts on, and what is said when it cannot be acted on."""

from __future__ import annotations

from bot.core.text import Text, text
from bot.handlers.framework.integration_picker import on_id
from bot.handlers.framework.interaction import Interaction
from bot.jobs.runs.service import RunNotPossible
from bot.views import command as views
from storage import runs
from storage.integrations import Integration
from storage.runs import Run


async def run_of(interaction: Interaction) -> Run | None:
    """The run that the button names, if it is the person's own workspace's."""
    async with interaction.services.database.reading() as session:
        run = await runs.get(session, interaction.value, team_id=interaction.team_id)
    if run is None:
        await interaction.reply(views.said(interaction.t, text("run.ended")))
    return run


async def on_integration(interaction: Interaction, run: Run, key: str) -> None:
    """Say what became of the run, by its integration's name."""

    async def say(interaction: Interaction, integration: Integration) -> None:
        await interaction.reply(views.said(interaction.t, Text(key, {"name": integration.name})))

    await on_id(interaction, run.integration_id, say)


async def tell_refused(interaction: Interaction, refused: RunNotPossible, integration_id: str) -> None:
    """Say why it cannot be done, and what can."""
    parts = [refused.text] if refused.advice is None else [refused.text, refused.advice]
    await interaction.reply(views.refused(interaction.t, parts, refused.state, integration_id))
