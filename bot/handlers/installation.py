"""What happens to the app itself: it is uninstalled, or a channel that it reports in goes away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.handlers.guarded import Guarded
from bot.locales.translator import translator
from bot.services import Services
from bot.text import Markup, text
from bot.views.command import said
from storage import audit, installations, integrations
from storage.integrations import Integration, IntegrationState

log = structlog.get_logger(__name__)

ACTOR = "slack"
"""The actor of what Slack did, in the audit."""

GONE_CHANNELS = {
    "channel_archive": "channel.gone.archived",
    "group_archive": "channel.gone.archived",
    "channel_left": "channel.gone.left",
    "group_left": "channel.gone.left",
}


def register(guarded: Guarded) -> None:
    """The events. None comes from a person who could be asked whether they may."""
    guarded.event("app_uninstalled", _uninstalled)
    guarded.event("tokens_revoked", _revoked)
    for name in GONE_CHANNELS:
        guarded.event(name, _channel_gone)


async def _uninstalled(services: Services, client: AsyncWebClient, team_id: str, event: Mapping[str, Any]) -> None:  # noqa: ARG001 - as Slack tells it
    """Nothing can be reported any more, so nothing is synced: all integrations are paused, none is lost."""
    async with services.database.session() as s:
        for one in await integrations.list_for(s, team_id):
            if one.state is not IntegrationState.PAUSED:
                await integrations.set_state(s, one.id, IntegrationState.PAUSED)
                old, new = {"state": one.state.value}, {"state": IntegrationState.PAUSED.value}
                await audit.write(
                    s, team_id, ACTOR, "integration.paused", one.id, old=old, new=new, origin="uninstalled"
                )
        await installations.delete_team(s, team_id)
    log.info("uninstalled", team=team_id)


async def _revoked(services: Services, client: AsyncWebClient, team_id: str, event: Mapping[str, Any]) -> None:
    """A bot token that was revoked is as good as an uninstallation; a user's token is not ours."""
    if event.get("tokens", {}).get("bot"):
        await _uninstalled(services, client, team_id, event)


async def _channel_gone(services: Services, client: AsyncWebClient, team_id: str, event: Mapping[str, Any]) -> None:
    """Tell the owners of the integrations that report there; their reports come to them until then."""
    channel, kind = str(event.get("channel")), str(event.get("type"))
    async with services.database.reading() as s:
        concerned: Sequence[Integration] = [
            one for one in await integrations.list_for(s, team_id) if one.channel_id == channel
        ]
    for one in concerned:
        t = translator(one.language)
        reply = said(t, text(GONE_CHANNELS[kind], name=one.name, channel=Markup(f"<#{channel}>")))
        try:
            await client.chat_postMessage(channel=one.owner_user_id, **reply)
        except SlackApiError as error:
            log.warning("owner_not_told", integration=one.id, error=error.response.get("error"))
