"""Tells Slack that credentials will soon stop being good: the channel and the owner of each integration concerned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.text import Text, text
from bot.domain.notification_policy import NotificationPolicy
from bot.locales import translator
from bot.slack.idempotent_post import UNREACHABLE, Post, post_once
from bot.views.edit.expiry import warning
from storage import expiries, integrations
from storage.database import Database
from storage.expiries import SOURCE
from storage.integrations import Integration

log = structlog.get_logger(__name__)


async def warn(
    database: Database, client: AsyncWebClient, warning_id: str, team_id: str, integration_id: str, until: date
) -> None:
    """Post the warning wherever it is not yet, unless the credentials have been replaced by now.

    A channel that cannot be posted to is passed over: its integration's owner is told in any case.
    """
    async with database.reading() as session:
        integration = await expiries.get(session, team_id, integration_id)
        known = await integrations.list_for(session, team_id)
    concerned = [each for each in known if integration_id in (SOURCE, each.id)]
    if integration is None or integration.until != until:
        return
    told = dict(integration.told or {})
    if told.get("id") != warning_id:
        told = {"id": warning_id, "at": datetime.now(UTC).isoformat()}
    for place, here in _places(concerned).items():
        if place in told.get("reached", ()):
            continue

        async def note(place: str = place) -> None:
            told["begun"] = place
            await _keep(database, team_id, integration_id, told)

        post = Post(
            subject=warning_id,
            part=place,
            since=datetime.fromisoformat(told["at"]),
            begun=told.get("begun") == place,
            note=note,
        )
        first, t = here[0], translator(here[0].language)
        responsible = NotificationPolicy.from_json(first.attention).responsible(first.owner_user_id)
        called = responsible if place == first.channel_id and responsible != first.owner_user_id else None
        names = tuple(each.name for each in here)
        message = warning(names, first.id, _what(first, integration_id, until), t, called)
        try:
            await post_once(client, post, place, message)
        except SlackApiError as error:
            if error.response["error"] not in UNREACHABLE:
                raise
            log.warning("expiry_not_posted", place=place, error=error.response["error"])
        told["reached"] = [*told.get("reached", ()), place]
        await _keep(database, team_id, integration_id, told)


def _places(concerned: Sequence[Integration]) -> dict[str, list[Integration]]:
    """Whom to tell, by channel or person, and of which integrations: each place hears of all of its own at once."""
    places: dict[str, list[Integration]] = {}
    for one in concerned:
        places.setdefault(one.channel_id, []).append(one)
        places.setdefault(one.owner_user_id, []).append(one)
    return places


def _what(integration: Integration, integration_id: str, until: date) -> Text:
    if integration_id == SOURCE:
        return text("expiry.source", day=until)
    return text(
        "expiry.target", day=until, system=text(f"{integration.provider}.name"), company=integration.target_account_name
    )


async def _keep(database: Database, team_id: str, integration_id: str, told: dict[str, Any]) -> None:
    async with database.session() as session:
        await expiries.note(session, team_id, integration_id, told)
