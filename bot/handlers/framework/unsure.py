"""What is shown to one of whom Slack could not say in time who they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.text import text
from bot.locales.translator import translator
from bot.slack.client import code_of
from bot.views import wizard as views
from bot.views.blocks import View

log = structlog.get_logger(__name__)


async def open_unsure(body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """The notice over a Home tab or on top of a form, which stays as it is."""
    opening = client.views_push if (body.get("view") or {}).get("type") == "modal" else client.views_open
    try:
        await opening(trigger_id=body["trigger_id"], view=_unsure_view())
    except SlackApiError as error:
        log.warning("unsure_not_told", error=code_of(error))
    except (SlackClientError, OSError, TimeoutError) as error:
        log.warning("unsure_not_told", error=type(error).__name__)


def unsure_acknowledgement(body: Mapping[str, Any]) -> dict[str, Any]:
    """Of a submission. An error at the first field keeps what was typed, which a notice would not."""
    blocks: Sequence[Mapping[str, Any]] = (body.get("view") or {}).get("blocks") or ()
    field = next((block.get("block_id") for block in blocks if block.get("type") == "input"), None)
    if field:
        return {"response_action": "errors", "errors": {field: translator("en")("flow.unsure")}}
    return {"response_action": "update", "view": _unsure_view()}


def _unsure_view() -> View:
    t = translator("en")
    return views.notice(t, t("flow.trouble.title"), text("flow.unsure"))
