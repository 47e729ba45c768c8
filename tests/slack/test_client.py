"""Calls to Slack take places, of which each workspace has a share: who is held up waits alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.errors import SlackApiError

from bot.slack.client import SHARE, code_of, readable, slack_client
from bot.slack.refusals import passes, retry_after_of

MANY = 5 * SHARE


@dataclass
class HoldingSlack:
    """A Slack that holds what the workspace `held` asks, until it is let go."""

    held: str
    url: str = ""
    arrived: Counter[str] = field(default_factory=Counter)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    full: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        self.arrived[f"{token} {request.path}"] += 1
        if self.arrived[f"{self.held} {request.path}"] >= SHARE:
            self.full.set()
        if token == self.held:
            await self.let_go.wait()
        return web.json_response({"ok": True, "ts": "1", "channel": "C"})


@pytest.fixture
async def slack() -> AsyncIterator[HoldingSlack]:
    held = HoldingSlack("xoxb-busy")
    app = web.Application()
    app.router.add_route("*", "/{method}", held.answer)
    async with TestServer(app) as server:
        held.url = str(server.make_url("/"))
        yield held


async def test_a_workspace_that_slack_holds_up_holds_its_share_and_no_more(slack: HoldingSlack) -> None:
    busy, other = slack_client("xoxb-busy", slack.url), slack_client("xoxb-other", slack.url)
    reports = [asyncio.create_task(busy.chat_postMessage(channel="C", text=str(n))) for n in range(MANY)]
    await slack.full.wait()
    for n in range(MANY):
        await other.chat_postMessage(channel="C", text=str(n))
    assert slack.arrived["xoxb-busy /chat.postMessage"] == SHARE
    # What a person waits for goes beside the reports.
    asked = asyncio.create_task(busy.users_info(user="U"))
    while not slack.arrived["xoxb-busy /users.info"]:
        await other.auth_test()
    slack.let_go.set()
    await asyncio.gather(asked, *reports)
    assert slack.arrived["xoxb-busy /chat.postMessage"] == MANY


async def test_who_gives_up_waiting_leaves_no_place_taken(slack: HoldingSlack) -> None:
    busy = slack_client("xoxb-busy", slack.url)
    reports = [asyncio.create_task(busy.chat_postMessage(channel="C", text=str(n))) for n in range(MANY)]
    await slack.full.wait()
    for report in reports:
        report.cancel()
    for report in reports:
        with suppress(asyncio.CancelledError):
            await report
    slack.let_go.set()
    assert (await busy.chat_postMessage(channel="C", text="after"))["ok"]


@dataclass
class SayingSlack:
    """A Slack, or what stands before it, that answers everything with this."""

    url: str = ""
    answer: web.Response | None = None
    asked: int = 0

    async def say(self, request: web.Request) -> web.Response:
        self.asked += 1
        if self.answer is None:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        told = self.answer
        return web.Response(status=told.status, body=told.body, headers=told.headers)


@pytest.fixture
async def saying() -> AsyncIterator[SayingSlack]:
    slack = SayingSlack()
    app = web.Application()
    app.router.add_route("*", "/{method}", slack.say)
    async with TestServer(app) as server:
        slack.url = str(server.make_url("/"))
        yield slack


def told(body: str | bytes, status: int = 200, kind: str = "application/json", **headers: str) -> web.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(
        status=status, body=body if isinstance(body, bytes) else body.encode(), headers={"Content-Type": kind, **named}
    )


BUSY = '{"ok": false, "error": "ratelimited"}'


@pytest.mark.parametrize("of_a_request", [False, True])
@pytest.mark.parametrize(
    "answer",
    [
        *(told(body) for body in ("[]", "null", '"no"', "7", "{}", "", '{"ok": "yes"}', '{"ok": false, "error": 5}')),
        *(told("<html>", status, "text/html") for status in (200, 403, 502)),
        told(b'{"ok": false, "error": "\xe5"}'),
        told(b"abc", Content_Encoding="gzip"),
        None,
    ],
)
async def test_an_answer_that_cannot_be_read_is_one_that_passes(
    saying: SayingSlack, answer: web.Response | None, of_a_request: bool
) -> None:
    saying.answer = answer
    client = slack_client("xoxb-1", saying.url)
    client.retry_handlers = client.retry_handlers[:1]  # without waiting for a second try
    if of_a_request:
        client = readable(client)
    for call in (client.users_info(user="U"), client.chat_postMessage(channel="C", text="x")):
        with pytest.raises(SlackApiError) as refused:
            await call
        assert passes(refused.value)
        assert code_of(refused.value).startswith("http_")


@pytest.mark.parametrize("after", [None, "-5", "soon", "0.5", "nan", "Wed, 21 Oct 2026 07:28:00 GMT", "7"])
async def test_whatever_says_how_long_slack_is_busy_the_call_is_tried_again(
    saying: SayingSlack, after: str | None
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    saying.answer = told(BUSY, 429, **({} if after is None else {"Retry_After": after}))
    with pytest.raises(SlackApiError) as refused:
        await slack_client("xoxb-1", saying.url, sleep=sleep).users_info(user="U")
    assert saying.asked == 4
    assert code_of(refused.value) == "ratelimited"
    least = 7.0 if after == "7" else 1.0
    assert all(least <= seconds <= least + 1 for seconds in waited)


@pytest.mark.parametrize(
    ("method", "after", "tries"),
    [
        *((method, "16", 1) for method in ("chat.postMessage", "conversations.info", "conversations.history")),
        *((method, "15", 4) for method in ("chat.update", "functions.completeSuccess")),
        *((method, "16", 4) for method in ("views.update", "users.info")),
        *((method, "86400", 1) for method in ("views.update", "users.info", "conversations.open")),
        ("users.list", "inf", 1),
    ],
)
async def test_no_call_waits_long_in_its_place(saying: SayingSlack, method: str, after: str, tries: int) -> None:
    async def sleep(seconds: float) -> None:
        assert seconds < 62

    saying.answer = told(BUSY, 429, Retry_After=after)
    with pytest.raises(SlackApiError) as refused:
        await slack_client("xoxb-1", saying.url, sleep=sleep).api_call(method)
    assert saying.asked == tries
    assert retry_after_of(refused.value) == float(after)
