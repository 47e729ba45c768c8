"""What is shown to one of whom Slack does not say, or not in time, who they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.text import Text, text
from bot.locales.translator import translator
from bot.slack.client import NOT_DONE, code_of, word_of
from bot.slack.refusals import RefusalKind, kind_of, passes
from bot.views import wizard as views
from bot.views.blocks import View
from bot.views.overview.home import empty_home

log = structlog.get_logger(__name__)


NOBODY = text("flow.unsure")
"""What is said where the request names nobody, and where asking again may help."""


def reason_of(error: Exception) -> Text:
    """What is said to somebody whom Slack did not tell of."""
    if not isinstance(error, SlackApiError) or passes(error):
        return NOBODY
    key = "flow.unsure.token" if kind_of(error) is RefusalKind.TOKEN else "flow.unsure.refused"
    return text(key, error=code_of(error))


async def open_unsure(body: Mapping[str, Any], client: AsyncWebClient, reason: Text) -> None:
    """The notice over a Home tab or on top of a form, which stays as it is."""
    opening = client.views_push if (body.get("view") or {}).get("type") == "modal" else client.views_open
    try:
        await opening(trigger_id=body["trigger_id"], view=_unsure_view(reason))
    except NOT_DONE as error:
        log.warning("unsure_not_shown", error=word_of(error))
        await _tell_anyhow(body, client, reason)


async def publish_unsure(event: Mapping[str, Any], client: AsyncWebClient, team_id: str, reason: Text) -> None:
    """In a Home tab that is empty yet; one that shows something stays as it is, and asks at each press."""
    if not event.get("user") or event.get("view"):
        return
    try:
        await client.views_publish(user_id=event["user"], view=empty_home(translator("en"), reason, team_id))
    except NOT_DONE as error:
        log.warning("unsure_not_shown", error=word_of(error))


async def _tell_anyhow(body: Mapping[str, Any], client: AsyncWebClient, reason: Text) -> None:
    """By direct message, where nothing can be opened any more: it took too long, or there are three views already."""
    user_id = (body.get("user") or {}).get("id")
    if not isinstance(user_id, str):
        return
    try:
        await client.chat_postMessage(channel=user_id, text=translator("en").render(reason))
    except NOT_DONE as error:
        log.warning("unsure_not_told", error=word_of(error))


def unsure_acknowledgement(body: Mapping[str, Any], reason: Text) -> dict[str, Any]:
    """Of a submission. An error at the first field keeps what was typed, which a notice would not."""
    blocks: Sequence[Mapping[str, Any]] = (body.get("view") or {}).get("blocks") or ()
    field = next((block.get("block_id") for block in blocks if block.get("type") == "input"), None)
    if field:
        return {"response_action": "errors", "errors": {field: translator("en").render(reason)}}
    return {"response_action": "update", "view": _unsure_view(reason)}


def _unsure_view(reason: Text) -> View:
    t = translator("en")
    return views.notice(t, t("flow.trouble.title"), reason)
