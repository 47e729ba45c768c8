"""The one way to a Slack client: retries for busy and broken answers are set up here."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryState
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.core.fair_places import FairPlaces
from bot.core.ownership import require_ownership

NOT_REPEATED = ("chat.postMessage", "files.completeUploadExternal")
"""Posts: one whose answer was lost may be there all the same, so `bot.slack.idempotent_post` looks before it posts
again."""


TIMEOUT = 20
"""Seconds. Two thirds of `Policy.dead_after`: a post is over before a peer can look whether it is there."""


TOLD = (
    *("chat.postMessage", "chat.update", "chat.getPermalink"),
    *("files.getUploadURLExternal", "files.completeUploadExternal"),
    *("conversations.info", "conversations.open", "conversations.history", "conversations.replies"),
    *("functions.completeSuccess", "functions.completeError"),
)
"""What reports are made of: set for a later time by whoever reports, where Slack is busy for long."""

PLACES, SHARE = 64, 8
"""Calls under way at once, and those of one workspace: of reports, and as many of all else. A call that waits because
Slack asks for it holds its place, so a workspace that Slack holds up waits by itself and takes nothing from others."""

LONGEST_WAIT, LONGEST_ASKED = 15.0, 60.0
"""Seconds that a report, and that any other call, waits in its place because Slack asks for it."""

_UNREADABLE = (ValueError, AttributeError, aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError)
"""What the SDK lets through of an answer that is cut off, text in no encoding, badly packed, or JSON of another shape.
None of these is an `OSError`, as the network's other errors are."""


Sleep = Callable[[float], Awaitable[None]]


def retry_after_in(headers: object) -> float:
    """How many seconds Slack asks to be left alone; 0 where it does not say."""
    if not isinstance(headers, Mapping):
        return 0.0
    value: Any = next((value for name, value in headers.items() if str(name).lower() == "retry-after"), 0)
    try:
        return max(0.0, float(value[0] if isinstance(value, list) else value))
    except (TypeError, ValueError, IndexError):
        return 0.0


def code_of(error: SlackApiError) -> str:
    """Slack's own word for a refusal; `http_<status>` where the answer was no word of Slack's at all.

    What comes with the error holds no mapping where an answer could not be read: then it is aiohttp's own response.
    """
    answer: Any = error.response
    read = getattr(answer, "data", answer)
    if isinstance(read, Mapping) and isinstance(read.get("error"), str) and read["error"]:
        return str(read["error"])
    status = getattr(answer, "status_code", None) or getattr(answer, "status", None)
    return f"http_{status or 'unreadable'}"


class _Busy(AsyncRateLimitErrorRetryHandler):
    def __init__(self, sleep: Sleep) -> None:
        super().__init__(max_retry_count=3)
        self._sleep = sleep

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        longest = LONGEST_WAIT if request.url.endswith(TOLD) else LONGEST_ASKED
        if response is not None and retry_after_in(response.headers) > longest:
            return False
        return await super()._can_retry_async(state=state, request=request, response=response, error=error)

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,  # noqa: ARG002 - as the SDK calls it
    ) -> None:
        """Wait as long as Slack says, and ask again whether the post is still this process's to make.

        The SDK's own reads whole seconds alone, and breaks off at what a proxy may say instead.
        """
        state.next_attempt_requested = True
        pause = retry_after_in(response.headers if response is not None else None)
        await self._sleep(max(pause, 1.0) + random.random())  # noqa: S311 - that not all come back at once
        state.increment_current_attempt()
        if request.url.endswith(NOT_REPEATED):
            await require_ownership()


class _NeverRepeatsPosts(AsyncRetryHandler):
    """Beside one of the SDK's handlers, in front of it: a post that may have been made is not made again."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        return not request.url.endswith(NOT_REPEATED) and await super()._can_retry_async(
            state=state, request=request, response=response, error=error
        )


class _LostAnswers(_NeverRepeatsPosts, AsyncConnectionErrorRetryHandler):
    """An answer that never came."""


class _ServerErrors(_NeverRepeatsPosts, AsyncServerErrorRetryHandler):
    """An answer that says that Slack is in trouble."""


class ReadableClient(AsyncWebClient):
    """A client whose every failed call is a `SlackApiError`, or one of the network's."""

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        """As the SDK's. Raises `SlackApiError` also for an answer that cannot be read, or says neither yes nor no."""
        try:
            answer = await super().api_call(api_method, **options)
        except _UNREADABLE:
            raise SlackApiError("The answer cannot be read.", None) from None  # type: ignore[no-untyped-call]
        if answer.get("ok") is not True:
            raise SlackApiError("The answer says neither yes nor no.", None)  # type: ignore[no-untyped-call]
        return answer


def readable(client: AsyncWebClient) -> ReadableClient:
    """A client like this one, as Bolt makes one of its own for each request."""
    return ReadableClient(
        token=client.token,
        base_url=client.base_url,
        timeout=client.timeout,
        ssl=client.ssl,
        proxy=client.proxy,
        session=client.session,
        trust_env_in_session=client.trust_env_in_session,
        headers=client.headers,
        team_id=client.default_params.get("team_id"),
        logger=client.logger,
        retry_handlers=client.retry_handlers,
    )


class SharedClient(ReadableClient):
    """A client whose calls take places, of which each workspace has a share."""

    def __init__(self, *, places: FairPlaces, workspace: str, **options: Any) -> None:
        super().__init__(**options)
        self._places, self._workspace = places, workspace

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        """As the SDK's, once there is a place. Reports do not hold up what a person waits for."""
        lane = "told" if api_method in TOLD else "asked"
        async with self._places.place(f"{lane}:{self._workspace}"):
            return await super().api_call(api_method, **options)


_places = FairPlaces(PLACES, SHARE)


def slack_client(
    token: str, base_url: str, timeout: int = TIMEOUT, team_id: str | None = None, sleep: Sleep = asyncio.sleep
) -> AsyncWebClient:
    """A Web API client that waits when Slack says so, and repeats what did not get through unless it is a post.

    `team_id` is the workspace that is meant where the token is an organisation's.
    """
    client = SharedClient(
        places=_places,
        workspace=team_id or token,
        token=token,
        base_url=base_url,
        timeout=timeout,
        team_id=team_id,
    )
    client.retry_handlers[:] = [
        _Busy(sleep),
        _LostAnswers(max_retry_count=2),
        _ServerErrors(max_retry_count=2),
    ]
    return client
