"""What is told once, outside the durable work of reports: while Slack is too busy to take it, it waits a little."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from slack_sdk.errors import SlackApiError

from bot.slack.refusals import passes, retry_after_of

TRIES = 3
PAUSE, LONGEST_PAUSE = 1.0, 600.0
"""Seconds between two tries: where Slack does not say how long, and at most."""


async def patiently(
    tell: Callable[[], Awaitable[object]], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Tell it, again where the refusal passes. Heard twice, where an answer was lost, is better than not at all.

    Raises `SlackApiError` for what does not pass, or not in time.
    """
    for left in reversed(range(TRIES)):
        try:
            await tell()
        except SlackApiError as error:
            if not left or not passes(error):
                raise
            await sleep(min(retry_after_of(error) or PAUSE, LONGEST_PAUSE))
        else:
            return
