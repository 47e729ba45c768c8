"""Apply this preview: the button under a preview's result. One that is stale starts nothing and says so."""

from __future__ import annotations

from bot.core.text import Markup, Text, text
from bot.domain.resource import Resource
from bot.handlers.framework.integration_picker import on_id
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.overview import home
from bot.handlers.overview.history import link_to
from bot.handlers.runs.loaders import run_of, tell_refused
from bot.handlers.runs.start import before_start, busy
from bot.jobs.runs.service import RunNotPossible, RunRequest
from bot.jobs.runs.shown_plan import newer_than
from bot.slack.roles import Action
from bot.views import command as views
from bot.views.overview.cards import APPLY_PREVIEW, PREVIEW, PREVIEW_ABSENCE
from storage.integrations import Integration
from storage.run_options import RunOptions
from storage.runs import Run, RunKind


def register(listeners: AuthorizedListeners) -> None:
    """The button."""
    listeners.action(APPLY_PREVIEW, apply_preview, Action.SYNC)


async def apply_preview(interaction: Interaction) -> None:
    """Start the sync that writes what the preview has shown."""
    preview = await run_of(interaction)
    if preview is None:
        return

    async def begin(interaction: Interaction, integration: Integration) -> None:
        await _begin(interaction, integration, preview)

    await on_id(interaction, preview.integration_id, begin)


async def _begin(interaction: Interaction, integration: Integration, preview: Run) -> None:
    resource = Resource(preview.resource)
    seen = await before_start(interaction, integration.id, resource)
    # The preview may still be being told of: its plan is there, and that is enough.
    if seen.active and seen.active.id != preview.id:
        await interaction.reply(views.said(interaction.t, busy(seen.active, integration)))
        return
    shown = await interaction.services.runs.shown(integration, resource)
    if shown.preview is None or shown.preview.id != preview.id:
        await _tell_stale(interaction, integration, preview)
        return
    try:
        options = RunOptions(preview_run=preview.id)
        await interaction.services.runs.start(
            RunRequest(integration.id, RunKind.SYNC, interaction.user_id, seen.key, options, resource)
        )
    except RunNotPossible as refused:
        await tell_refused(interaction, refused, integration.id)
        return
    channel = Markup(f"<#{integration.channel_id}>")
    said = Text(f"{_about(preview)}shown.applies", {"name": integration.name, "channel": channel})
    await interaction.reply(views.said(interaction.t, said))
    await home.refresh(interaction)


async def _tell_stale(interaction: Interaction, integration: Integration, preview: Run) -> None:
    t = interaction.t
    async with interaction.services.database.reading() as session:
        newer = await newer_than(session, preview)
    if newer is None:
        why = "changed" if preview.basis != integration.basis else "old"
        said = Text(f"shown.stale.{why}", {"name": integration.name})
        again = PREVIEW_ABSENCE if preview.resource == Resource.ABSENCE else PREVIEW
        await interaction.reply(views.offer(t, said, again, "report.button.preview", integration.id))
        return
    link = await link_to(interaction, newer)
    await interaction.reply(views.stale(t, text("shown.stale", name=integration.name), link))


def _about(run: Run) -> str:
    return "absence." if run.resource == Resource.ABSENCE else ""
