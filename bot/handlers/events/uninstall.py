"""What happens to the app itself: it is uninstalled, or its token is revoked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.services import Services
from storage import audit, installations, integrations
from storage.integrations import IntegrationState

log = structlog.get_logger(__name__)

ACTOR = "slack"
"""The actor of what Slack did, in the audit."""


def register(listeners: AuthorizedListeners) -> None:
    """The events. None comes from a person who could be asked whether they may."""
    listeners.event("app_uninstalled", _uninstalled)
    listeners.event("tokens_revoked", _revoked)


async def _uninstalled(services: Services, client: AsyncWebClient, team_id: str, event: Mapping[str, Any]) -> None:  # noqa: ARG001 - as Slack tells it
    """Nothing can be reported any more, so nothing is synced: all integrations are paused, none is lost."""
    async with services.database.session() as session:
        for one in await integrations.list_for(session, team_id):
            if one.state is not IntegrationState.PAUSED:
                await integrations.set_state(session, one.id, IntegrationState.PAUSED)
                old, new = {"state": one.state.value}, {"state": IntegrationState.PAUSED.value}
                await audit.write(
                    session, team_id, ACTOR, "integration.paused", one.id, old=old, new=new, origin="uninstalled"
                )
        await installations.delete_team(session, team_id)
    log.info("uninstalled", team=team_id)


async def _revoked(services: Services, client: AsyncWebClient, team_id: str, event: Mapping[str, Any]) -> None:
    """A bot token that was revoked is as good as an uninstallation; a user's token is not ours."""
    if event.get("tokens", {}).get("bot"):
        await _uninstalled(services, client, team_id, event)
