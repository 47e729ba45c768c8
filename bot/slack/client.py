"""The one way to a Slack client: retries for busy and broken answers are set up here."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ssl import SSLContext
from typing import Any

import aiohttp
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryState
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.web.file_upload_v2_result import FileUploadV2Result
from slack_sdk.webhook.async_client import AsyncWebhookClient
from slack_sdk.webhook.webhook_response import WebhookResponse

from bot.core import traces
from bot.core.fair_places import FairPlaces
from bot.core.ownership import require_ownership
from bot.slack.call_pauses import CallKind, CallPauses, StillPaused

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

POST = "chat.postMessage"
"""What Slack counts by channel as well."""

ANSWER = "response_url"

OPENED = ("views.open", "views.push", ANSWER)
"""What a person has pressed for: they wait behind nothing but each other, as Slack takes them for three seconds."""

PLACES, SHARE = 64, 8
"""Calls of reports under way at once, and those of one workspace; it has as many for all else, and as many to open
views and to answer. A call that waits because Slack asks for it holds no place."""

TRIES = 4
"""How often a call is sent at most because Slack said that it was one too many."""

LONGEST_OPENING, LONGEST_WAIT, LONGEST_QUESTION = 1.0, 15.0, 60.0
"""Seconds that a view, a report and all else wait before each try because Slack asks for it: for more, the caller is
told at once how long it is."""

KEPT_SECONDS = 5.0
"""How long a connection is kept between two answers: shorter than any server keeps it, which must not close one into
which an answer is just sent."""

TOO_MANY = 429

_UNREADABLE = (ValueError, AttributeError, aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError)
"""What the SDK lets through of an answer that is cut off, text in no encoding, badly packed, or JSON of another shape.
None of these is an `OSError`, as the network's other errors are."""


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


NOT_DONE = (SlackClientError, OSError, TimeoutError)
"""All that a call can fail with: Slack's refusal, an answer that cannot be read, the network. For whoever goes on
without it; what was lost on the way back may have been done."""


def word_of(error: Exception) -> str:
    """For a line of the log: Slack's word for a refusal, else the kind of error."""
    return code_of(error) if isinstance(error, SlackApiError) else type(error).__name__


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


async def stay(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Follow no redirect: what is said to Slack, and the files of people's pay, go to no address that anybody names.

    A middleware of aiohttp's. Raises `aiohttp.ClientOSError`, which is an `OSError`.
    """
    answer = await handler(request)
    if 300 <= answer.status < 400:
        answer.close()
        raise aiohttp.ClientOSError("A redirect is not followed.")
    return answer


class ReadableClient(AsyncWebClient):
    """A client whose every failed call is a `SlackApiError`, or one of the network's."""

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        # As `stay`, for sessions that the SDK makes itself.
        return await super()._request(
            http_verb=http_verb, api_url=api_url, req_args={**req_args, "allow_redirects": False}
        )

    async def _upload_file(
        self,
        *,
        url: str,
        data: bytes,
        logger: logging.Logger,  # noqa: ARG002 - as the SDK calls it
        timeout: int,
        proxy: str | None,
        ssl: SSLContext | None,
    ) -> FileUploadV2Result:
        # Private files go by this way. What the address answers is not repeated: the SDK puts it into its error.
        if self.base_url.startswith("https:") and not url.startswith("https:"):
            return FileUploadV2Result(0, "an address in clear")
        patience = aiohttp.ClientTimeout(total=timeout)
        options: dict[str, Any] = {"data": data, "proxy": proxy, "ssl": True if ssl is None else ssl}
        try:
            async with (
                aiohttp.ClientSession(timeout=patience, trust_env=self.trust_env_in_session) as session,
                session.post(url, allow_redirects=False, **options) as answer,
            ):
                return FileUploadV2Result(answer.status, "")
        except _UNREADABLE:
            raise SlackRequestError("The answer cannot be read.") from None

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        """As the SDK's. Raises `SlackApiError` also for an answer that cannot be read, or says neither yes nor no."""
        try:
            with traces.span("call", system="slack", method="POST", route=api_method):
                answer = await super().api_call(api_method, **options)
        except _UNREADABLE:
            raise SlackApiError("The answer cannot be read.", None) from None  # type: ignore[no-untyped-call]
        if answer.get("ok") is not True:
            raise SlackApiError("The answer says neither yes nor no.", None)  # type: ignore[no-untyped-call]
        return answer


class Lanes:
    """The places of calls, those that are held back, and what keeps them apart.

    Answers by response URLs share connections, as each would else begin with a handshake; no more is shared by them.
    """

    def __init__(self, pauses: CallPauses | None = None) -> None:
        self.pauses = pauses or CallPauses()
        self._connector: aiohttp.TCPConnector | None = None
        self._told = FairPlaces(PLACES, SHARE)
        self._asked = FairPlaces(sys.maxsize, SHARE)

    def place(self, workspace: str, api_method: str) -> AbstractAsyncContextManager[None]:
        """A place of the workspace's share. Reports do not hold up what a person waits for, nor workspaces each other:
        of all else than reports nobody waits for another workspace's."""
        if api_method in TOLD:
            return self._told.place(workspace)
        return self._asked.place(f"{'opened' if api_method in OPENED else 'asked'}:{workspace}")

    def connector(self) -> aiohttp.TCPConnector:
        """Where answers by response URLs take their connections from."""
        if self._connector is None or self._connector.closed:
            self._connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_SECONDS)
        return self._connector

    async def close(self) -> None:
        """Let go of the connections."""
        if self._connector is not None:
            await self._connector.close()


class SharedClient(ReadableClient):
    """A client whose calls take places, of which each workspace has a share, and that leaves Slack alone when asked to.

    `workspace` is whose calls they are, "" where the token tells. A workspace is known by one name wherever its calls
    come from, so that what Slack refuses to one client holds back the others.
    """

    def __init__(self, *, lanes: Lanes, workspace: str, **options: Any) -> None:
        super().__init__(**options)
        self._lanes, self._workspace = lanes, workspace

    @property
    def connector(self) -> aiohttp.TCPConnector:
        """Of the answers by response URLs."""
        return self._lanes.connector()

    @property
    def workspace(self) -> str:
        """Whose share its calls are of."""
        return self._workspace or str(self.default_params.get("team_id") or self.token or "")

    def for_request(self, of_bolt: AsyncWebClient) -> SharedClient:
        """The like of what Bolt has made for one request, with this client's share and retries."""
        return SharedClient(
            lanes=self._lanes,
            workspace=self._workspace,
            token=of_bolt.token,
            base_url=of_bolt.base_url,
            timeout=of_bolt.timeout,
            ssl=of_bolt.ssl,
            proxy=of_bolt.proxy,
            session=of_bolt.session,
            trust_env_in_session=of_bolt.trust_env_in_session,
            headers=dict(of_bolt.headers),
            team_id=of_bolt.default_params.get("team_id"),
            logger=of_bolt.logger,
            retry_handlers=list(self.retry_handlers),
        )

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        """As the SDK's, once there is a place and Slack is not to be left alone. Raises `SlackApiError`, also with
        `ratelimited` and the seconds that are left, where that takes too long."""
        kind = CallKind(self.workspace, api_method, _channel_of(options) if api_method == POST else "")
        patience = _patience(api_method)
        for again in reversed(range(TRIES)):
            try:
                async with self._lanes.pauses.passage(kind, patience):
                    answer = await self._once(kind, options)
            except StillPaused as paused:
                raise self._busy(api_method, paused.seconds) from None
            except SlackApiError as error:
                if not again or not _is_one_too_many(error):
                    raise
            else:
                return answer
        raise AssertionError("the last try gives an answer or raises")

    async def _once(self, kind: CallKind, options: dict[str, Any]) -> AsyncSlackResponse:
        async with self._lanes.place(self.workspace, kind.method):
            if kind.method in NOT_REPEATED:
                # It may have waited: whether the post is still this process's to make is asked again.
                await require_ownership()
            try:
                answer = await super().api_call(kind.method, **options)
            except SlackApiError as error:
                if _is_one_too_many(error):
                    self._lanes.pauses.refused(kind, retry_after_in(getattr(error.response, "headers", None)))
                raise
        self._lanes.pauses.answered(kind)
        return answer

    @asynccontextmanager
    async def place_beside(self, api_method: str) -> AsyncIterator[None]:
        """A place for what goes to an address of its own: the bytes of a file, an answer by a response URL."""
        async with self._lanes.place(self.workspace, api_method):
            yield

    def _busy(self, api_method: str, seconds: float) -> SlackApiError:
        """What Slack would say, had it been asked."""
        return SlackApiError(  # type: ignore[no-untyped-call]
            "Slack asks to be left alone.",
            AsyncSlackResponse(
                client=self,
                http_verb="POST",
                api_url=self.base_url + api_method,
                req_args={},
                data={"ok": False, "error": "ratelimited"},
                headers={"Retry-After": str(math.ceil(seconds))},
                status_code=TOO_MANY,
            ),
        )


class SharedRespond(AsyncRespond):
    """Bolt's answer by a response URL, which takes a place of the workspace's share as every other call does."""

    def __init__(self, client: SharedClient, response_url: str | None) -> None:
        super().__init__(response_url=response_url, proxy=client.proxy, ssl=client.ssl)
        self._client = client

    async def __call__(self, *text: Any, **named: Any) -> WebhookResponse:
        """As Bolt's, once there is a place; Bolt itself gives a text alone. Raises `ValueError` without a URL."""
        if self.response_url is None:
            raise ValueError("There is nowhere to answer.")
        if text:
            named["text"] = text[0]
        patience = aiohttp.ClientTimeout(total=TIMEOUT)
        own_proxy = self._client.trust_env_in_session
        async with (
            self._client.place_beside(ANSWER),
            aiohttp.ClientSession(
                timeout=patience,
                trust_env=own_proxy,
                middlewares=(stay,),
                connector=self._client.connector,
                connector_owner=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            ) as session,
        ):
            webhook = AsyncWebhookClient(self.response_url, proxy=self.proxy, ssl=self.ssl, session=session)
            return await webhook.send(**named)


def _patience(api_method: str) -> float:
    if api_method in OPENED:
        return LONGEST_OPENING
    return LONGEST_WAIT if api_method in TOLD else LONGEST_QUESTION


def _is_one_too_many(error: SlackApiError) -> bool:
    answer: Any = error.response
    return TOO_MANY in (getattr(answer, "status_code", None), getattr(answer, "status", None))


def _channel_of(options: Mapping[str, Any]) -> str:
    for given in (options.get("json"), options.get("params"), options.get("data")):
        if isinstance(given, Mapping) and given.get("channel"):
            return str(given["channel"])
    return ""


def slack_client(
    token: str,
    base_url: str,
    timeout: int = TIMEOUT,
    team_id: str | None = None,
    workspace: str = "",
    lanes: Lanes | None = None,
) -> SharedClient:
    """A Web API client that waits when Slack says so, and repeats what did not get through unless it is a post.

    `team_id` is the workspace that is meant where the token is an organisation's, `workspace` whose share its calls
    are of where neither that nor the token tells; `lanes` is shared by all clients of one bot.
    """
    client = SharedClient(
        lanes=lanes or Lanes(),
        workspace=workspace,
        token=token,
        base_url=base_url,
        timeout=timeout,
        team_id=team_id,
    )
    client.retry_handlers[:] = [_LostAnswers(max_retry_count=2), _ServerErrors(max_retry_count=2)]
    return client
