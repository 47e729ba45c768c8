"""The one way to a Slack client: retries for busy and broken answers are set up here."""

from __future__ import annotations

from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient


def slack_client(token: str, base_url: str) -> AsyncWebClient:
    """A Web API client that waits when Slack says so and repeats what did not get through.

    A post whose answer was lost may then be made twice; who posts a report looks for it first.
    """
    client = AsyncWebClient(token=token, base_url=base_url, timeout=20)
    client.retry_handlers[:] = [
        AsyncConnectionErrorRetryHandler(max_retry_count=2),
        AsyncRateLimitErrorRetryHandler(max_retry_count=3),
        AsyncServerErrorRetryHandler(max_retry_count=2),
    ]
    return client
