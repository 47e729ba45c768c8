"""The Home tab: published when it is opened, and again when something was done on it."""

from __future__ import annotations

import structlog
from slack_sdk.errors import SlackApiError

from bot.handlers.framework.interaction import Visit
from bot.handlers.framework.listeners import Guarded
from bot.handlers.overview import cards
from bot.views.overview import home as views
from storage import workspaces

log = structlog.get_logger(__name__)


def register(guarded: Guarded) -> None:
    """The event that the tab was opened."""
    guarded.home(publish)


async def publish(visit: Visit) -> None:
    """Show the person the integrations as they are now."""
    view = views.home(visit.t, await _workspace(visit), await cards.cards(visit), visit.refusal)
    await visit.client.views_publish(user_id=visit.user_id, view=view)


async def _workspace(visit: Visit) -> str:
    """The workspace's name: asked of Slack once, then kept; "" when Slack does not tell."""
    async with visit.services.database.reading() as s:
        known = await workspaces.get(s, visit.team_id)
    if known is not None and known.name:
        return known.name
    try:
        answer = await visit.client.auth_test()
    except SlackApiError as error:
        log.info("workspace_not_named", error=error.response.get("error"))
        return ""
    name = str(answer.get("team") or "")
    async with visit.services.database.session() as s:
        await workspaces.ensure(s, visit.team_id, name)
    return name


async def refresh(visit: Visit) -> None:
    """Bring the tab up to date where the visit came from it; what was done stands whether or not this works."""
    if visit.view is None or visit.view.get("type") != "home":
        return
    try:
        await publish(visit)
    except SlackApiError as error:
        log.info("home_not_refreshed", error=error.response.get("error"))
