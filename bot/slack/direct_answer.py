"""Answers one person alone: where they are, and by direct message where Slack does not take it there.

An address to answer at is good for half an hour and five answers, and refuses with a status alone. Source:
docs.slack.dev, "Handling user interaction in your Slack apps".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aiohttp
import structlog
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client import NOT_DONE

log = structlog.get_logger(__name__)

TAKEN = 200


async def answer_alone(
    respond: AsyncRespond,
    client: AsyncWebClient,
    user_id: str,
    text: str,
    blocks: Sequence[dict[str, Any]] | None = None,
) -> None:
    """Say it; twice where an answer was lost on the way. Raises what `NOT_DONE` names where nothing is taken."""
    try:
        answer = await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=False)
        if answer.status_code == TAKEN:
            return
        why = f"http_{answer.status_code}"
    except (aiohttp.ClientError, *NOT_DONE) as error:
        why = type(error).__name__
    log.warning("answer_refused", error=why, user=user_id)
    await client.chat_postMessage(channel=user_id, text=text, blocks=blocks)
