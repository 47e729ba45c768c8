"""What becomes of a channel that an integration reports in, as Slack tells it. Its owner hears of it at once.

Reports that cannot be posted go to the owner by direct message, so nothing is lost until another channel is chosen.
A channel that is renamed is known by its id. Source: Slack docs, events `channel_archive`, `channel_deleted`,
`channel_left`, `channel_id_changed`, `channel_shared`, and those of groups, which are private channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.text import Markup, text
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.occurrence import Occurrence
from bot.handlers.framework.services import Services
from bot.locales.translator import translator
from bot.slack.client import NOT_DONE, word_of
from bot.slack.deputies import owner_or_deputy
from bot.slack.patient_post import patiently
from bot.views.shared.channel import happened
from storage import audit, integrations
from storage.errors import StaleVersion
from storage.integrations import Integration

log = structlog.get_logger(__name__)

ACTOR = "slack"
"""The actor of what Slack did, in the audit."""

TOLD = {
    "channel_archive": "channel.gone.archived",
    "group_archive": "channel.gone.archived",
    "channel_deleted": "channel.gone.deleted",
    "group_deleted": "channel.gone.deleted",
    "channel_left": "channel.gone.left",
    "group_left": "channel.gone.left",
    "channel_shared": "channel.gone.shared",
}

UNDONE = {
    "channel_archive": ("is_archived", False),
    "group_archive": ("is_archived", False),
    "channel_left": ("is_member", True),
    "group_left": ("is_member", True),
}
"""What Slack says of the channel where what the event tells has been undone meanwhile."""

ATTEMPTS = 3


def register(listeners: AuthorizedListeners) -> None:
    """The events. None comes from a person who could be asked whether they may."""
    for name in TOLD:
        listeners.event(name, _told)
    listeners.event("channel_id_changed", _followed)


async def _told(services: Services, client: AsyncWebClient, what: Occurrence) -> None:
    """Tell the owners of the integrations that report there, if it is so still: events come late, and in any order."""
    if what.team_id:
        channel = str(what.event.get("channel"))
        concerned = await _reporting_in(services, what.team_id, channel)
        if concerned and not await _is_undone(client, what.kind, channel):
            await _tell(services, client, concerned, TOLD[what.kind])


async def _is_undone(client: AsyncWebClient, kind: str, channel: str) -> bool:
    """Whether the channel is back already; False where Slack does not say."""
    undone = UNDONE.get(kind)
    if undone is None:
        return False
    try:
        answer = await client.conversations_info(channel=channel)
    except NOT_DONE as error:
        log.info("channel_not_asked", error=word_of(error))
        return False
    state, value = undone
    found = answer.get("channel")
    return isinstance(found, dict) and found.get(state) is value


async def _followed(services: Services, client: AsyncWebClient, what: Occurrence) -> None:
    """A private channel gets another id when it is shared with another organisation: go with it, and say so."""
    if not what.team_id:
        return
    old, new = str(what.event.get("old_channel_id")), str(what.event.get("new_channel_id"))
    for one in await _reporting_in(services, what.team_id, old):
        await _follow(services, one.id, old, new)
    await _tell(services, client, await _reporting_in(services, what.team_id, new), "channel.gone.shared")


async def _follow(services: Services, integration_id: str, old: str, new: str) -> None:
    for _ in range(ATTEMPTS):
        try:
            async with services.database.session() as session:
                integration = await integrations.get(session, integration_id)
                if integration is None or integration.channel_id != old:
                    return
                await integrations.update(session, integration.id, integration.version, channel_id=new)
                was, now = {"channel": old}, {"channel": new}
                await audit.write(
                    session, integration.team_id, ACTOR, "channel.changed", integration.id, old=was, new=now
                )
            return
        except StaleVersion:
            continue  # somebody saved a form meanwhile


async def _reporting_in(services: Services, team_id: str, channel: str) -> Sequence[Integration]:
    async with services.database.reading() as session:
        return [one for one in await integrations.list_for(session, team_id) if one.channel_id == channel]


async def _tell(services: Services, client: AsyncWebClient, concerned: Sequence[Integration], key: str) -> None:
    for one in concerned:
        t = translator(one.language)
        what = text(key, name=one.name, channel=Markup(f"<#{one.channel_id}>"))
        try:
            shared = one.channel_id if key == TOLD["channel_shared"] else None
            said = happened(t, what, one.id, shared_channel=shared)
            await patiently(partial(_tell_owner, services, client, one, said))
        except NOT_DONE as error:
            log.warning("owner_not_told", integration=one.id, error=word_of(error))


async def _tell_owner(services: Services, client: AsyncWebClient, one: Integration, said: Mapping[str, Any]) -> None:
    person = await owner_or_deputy(services.database, client, one)
    await client.chat_postMessage(channel=person, **said)
