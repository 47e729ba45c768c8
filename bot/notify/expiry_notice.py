"""Tells Slack that credentials will soon stop being good: the channel and the owner of each integration concerned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.text import Text, text
from bot.domain.notification_policy import NotificationPolicy
from bot.locales import translator
from bot.slack.client import code_of
from bot.slack.deputies import owner_or_deputy
from bot.slack.idempotent_post import PostOnce
from bot.slack.refusals import is_final
from bot.views.edit.expiry import warning
from bot.views.message import Message
from storage import expiries, integrations
from storage.database import Database
from storage.delivery import DeliveryState
from storage.expiries import SOURCE
from storage.integrations import Integration

log = structlog.get_logger(__name__)


class WarningPosts:
    """A `bot.slack.idempotent_post.PostRecord` of one warning; its posts are known by their places."""

    def __init__(self, database: Database, team_id: str, integration_id: str, state: DeliveryState) -> None:
        self._database = database
        self._team_id = team_id
        self._integration_id = integration_id
        self._state = state
        self.since = state.at or datetime.now(UTC)

    @property
    def subject(self) -> str:
        """The warning's id."""
        return self._state.id

    def is_begun(self, key: str) -> bool:
        """Whether this place was the last that was begun."""
        return self._state.begun == key

    def is_over(self, place: str) -> bool:
        """Whether this place has been told, or cannot be."""
        return place in self._state.reached

    async def begin(self, key: str) -> None:
        """Note that a place is about to be told."""
        await self._note(replace(self._state, at=self.since, begun=key))

    async def over(self, place: str) -> None:
        """Note that nothing more is to be told there."""
        await self._note(replace(self._state, at=self.since, reached=(*self._state.reached, place)))

    async def _note(self, state: DeliveryState) -> None:
        self._state = state
        async with self._database.session() as session:
            await expiries.note(session, self._team_id, self._integration_id, state)


async def warn(
    database: Database, client: AsyncWebClient, warning_id: str, team_id: str, integration_id: str, until: date
) -> None:
    """Post the warning wherever it is not yet, unless the credentials have been replaced by now.

    A channel that cannot be posted to is passed over: its integration's owner is told in any case. Raises
    `SlackApiError` where it is worth repeating.
    """
    async with database.reading() as session:
        expiry = await expiries.get(session, team_id, integration_id)
        known = await integrations.list_for(session, team_id)
    concerned = [each for each in known if integration_id in (SOURCE, each.id)]
    if expiry is None or expiry.until != until:
        return
    begun = expiry.told if expiry.told and expiry.told.id == warning_id else DeliveryState(id=warning_id)
    record = WarningPosts(database, team_id, integration_id, begun)
    people = await _people(database, client, concerned)
    for place, here in _places(concerned, people).items():
        if record.is_over(place):
            continue
        try:
            await PostOnce(record, place).make(client, place, _said(place, here, integration_id, until))
        except SlackApiError as error:
            if not is_final(error):
                raise
            log.warning("expiry_not_posted", subject=warning_id, place=place, error=code_of(error))
        await record.over(place)


async def _people(database: Database, client: AsyncWebClient, concerned: Sequence[Integration]) -> dict[str, str]:
    """Whom to tell, by the integration's id: Slack is asked once about each owner, not about each integration."""
    asked: dict[tuple[str, str | None], str] = {}
    found: dict[str, str] = {}
    for each in concerned:
        owner = each.owner_user_id
        key = owner, NotificationPolicy.from_json(each.attention).responsible(owner)
        if key not in asked:
            asked[key] = await owner_or_deputy(database, client, each)
        found[each.id] = asked[key]
    return found


def _said(place: str, here: Sequence[Integration], integration_id: str, until: date) -> Message:
    first, t = here[0], translator(here[0].language)
    responsible = NotificationPolicy.from_json(first.attention).responsible(first.owner_user_id)
    called = responsible if place == first.channel_id and responsible != first.owner_user_id else None
    names = tuple(each.name for each in here)
    return warning(names, first.id, _what(first, integration_id, until), t, called)


def _places(concerned: Sequence[Integration], people: Mapping[str, str]) -> dict[str, list[Integration]]:
    """Whom to tell, by channel or person, and of which integrations: each place hears of all of its own at once."""
    places: dict[str, list[Integration]] = {}
    for each in concerned:
        places.setdefault(each.channel_id, []).append(each)
        places.setdefault(people[each.id], []).append(each)
    return places


def _what(integration: Integration, integration_id: str, until: date) -> Text:
    if integration_id == SOURCE:
        return text("expiry.source", day=until)
    return text(
        "expiry.target", day=until, system=text(f"{integration.provider}.name"), company=integration.target_account_name
    )
