"""The Home tab: published when it is opened, and again when something was done on it."""

from __future__ import annotations

import structlog

from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.screen import show
from bot.handlers.overview import cards
from bot.slack.client import NOT_DONE, word_of
from bot.slack.roles import Action
from bot.views.blocks import View
from bot.views.overview import home as views
from storage import workspaces

log = structlog.get_logger(__name__)


def register(listeners: AuthorizedListeners) -> None:
    """The event that the tab was opened."""
    listeners.home(publish)


async def publish(interaction: Interaction) -> None:
    """Show the person the integrations as they are now."""
    if interaction.member.may(Action.LOOK):
        shown, number = await cards.cards(interaction, views.SHOWN_CARDS)
        workspace = await _workspace(interaction)
        view = views.home(interaction.t, workspace, shown, interaction.refusal, interaction.team_id, number=number)
    else:
        refusal = interaction.refusal or interaction.services.access.refusal(interaction.member)
        view = views.empty_home(interaction.t, refusal, interaction.team_id)

    async def send(view: View) -> None:
        await interaction.client.views_publish(user_id=interaction.user_id, view=view)

    await show(send, view, interaction.t)


async def _workspace(interaction: Interaction) -> str:
    """The workspace's name: asked of Slack once, then kept; "" when Slack does not tell."""
    async with interaction.services.database.reading() as session:
        known = await workspaces.get(session, interaction.team_id)
    if known is not None and known.name:
        return known.name
    try:
        answer = await interaction.client.auth_test()
    except NOT_DONE as error:
        log.info("workspace_not_named", error=word_of(error))
        return ""
    name = str(answer.get("team") or "")
    async with interaction.services.database.session() as session:
        await workspaces.ensure(session, interaction.team_id, name)
    return name


async def refresh(interaction: Interaction) -> None:
    """Bring the tab up to date where the interaction came from it; what was done stands whether or not this works."""
    if interaction.view is None or interaction.view.get("type") != "home":
        return
    try:
        await publish(interaction)
    except NOT_DONE as error:
        log.info("home_not_refreshed", error=word_of(error))
