"""Who reads a channel: asked when one is chosen, and before each post that names people.

Source: Slack docs, `conversations.info` and the object `conversation` (`is_im`, `is_mpim`, `is_ext_shared`,
`context_team_id`, `shared_team_ids`, `internal_team_ids`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client import code_of
from bot.slack.refusals import RefusalKind, kind_of

CHANNEL_ID = re.compile(r"^[CG][A-Z0-9]{2,}$")
"""What a menu of channels gives: no person, no direct message, no name."""

NOT_THERE = frozenset({"channel_not_found", "is_archived", "not_in_channel"})
"""Slack's words where nothing can be posted either: who posts finds that out, and goes another way."""


class Audience(StrEnum):
    """Who can read a channel."""

    OURS = "ours"
    SHARED = "shared"
    DIRECT = "direct"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"
    NOBODY = "nobody"


async def audience_of(client: AsyncWebClient, team_id: str, channel_id: str) -> Audience:
    """Who reads the channel now. `UNKNOWN` where Slack does not say; `NOBODY` where there is no such channel.

    Raises `SlackApiError` where asking again may help, or the token is refused.
    """
    if not CHANNEL_ID.match(channel_id):
        return Audience.DIRECT
    try:
        answer = await client.conversations_info(channel=channel_id)
    except SlackApiError as error:
        if kind_of(error) in (RefusalKind.PASSES, RefusalKind.TOKEN):
            raise
        return Audience.NOBODY if code_of(error) in NOT_THERE else Audience.UNKNOWN
    channel: Mapping[str, Any] = answer["channel"]
    if channel.get("is_im") or channel.get("is_mpim"):
        return Audience.DIRECT
    if channel.get("is_ext_shared"):
        return Audience.SHARED
    context = str(channel.get("context_team_id") or team_id)
    teams = {context, *(channel.get("shared_team_ids") or ()), *(channel.get("internal_team_ids") or ())}
    # An organisation's own id is no workspace's.
    return Audience.OURS if team_id in teams or not context.startswith("T") else Audience.FOREIGN


def may_name(audience: Audience, channel_id: str, attention: Mapping[str, Any]) -> bool:
    """Whether people may be named there: in our own channels, and where somebody who manages has confirmed it."""
    if audience in (Audience.OURS, Audience.NOBODY):
        return True
    return audience is Audience.SHARED and attention.get(CONFIRMED) == channel_id


CONFIRMED = "confirmed_channel"
"""The key within `Integration.attention`: the id of the shared channel in which people may be named."""
