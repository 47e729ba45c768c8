"""Calls to Slack take places, of which each workspace has a share: who is held up, or refused, waits alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.bolt_options import before_authorize
from bot.slack.call_pauses import LONGEST_PAUSE, UNTOLD_PAUSE, CallPauses
from bot.slack.client import SHARE, TRIES, Lanes, SharedClient, SharedRespond, code_of, slack_client
from bot.slack.oauth.teams import TeamResolver
from bot.slack.refusals import passes, retry_after_of
from bot.slack.upload import CompressedFile, FileNotArrived, send_file, upload
from storage.database import Database
from storage.vault import Vault

MANY = 5 * SHARE


@dataclass
class HoldingSlack:
    """A Slack that holds what the workspace `held` asks, but for views, until it is let go."""

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
        if token == self.held and request.path != "/views.open":
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
    lanes = Lanes()
    busy, other = (slack_client(f"xoxb-{who}", slack.url, lanes=lanes) for who in ("busy", "other"))
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
    client.retry_handlers.clear()  # without waiting for a second try
    if of_a_request:
        client = client.for_request(client)
    for call in (client.users_info(user="U"), client.chat_postMessage(channel="C", text="x")):
        with pytest.raises(SlackApiError) as refused:
            await call
        assert passes(refused.value)
        assert code_of(refused.value).startswith("http_")


class Waits:
    """A clock that waiting alone moves on."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def lanes(self) -> Lanes:
        return Lanes(CallPauses(lambda: self.now, self.sleep))

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.mark.parametrize("after", [None, "-5", "soon", "0.5", "nan", "Wed, 21 Oct 2026 07:28:00 GMT", "7"])
async def test_whatever_says_how_long_slack_is_busy_the_call_is_tried_again(
    saying: SayingSlack, after: str | None
) -> None:
    waits = Waits()
    saying.answer = told(BUSY, 429, **({} if after is None else {"Retry_After": after}))
    with pytest.raises(SlackApiError) as refused:
        await slack_client("xoxb-1", saying.url, lanes=waits.lanes()).users_info(user="U")
    assert saying.asked == TRIES
    assert code_of(refused.value) == "ratelimited"
    asked = {"7": 7.0, "0.5": 0.5}.get(after or "", UNTOLD_PAUSE)
    assert waits.slept == [asked] * (TRIES - 1)


@pytest.mark.parametrize(
    ("method", "after", "tries"),
    [
        *((method, "16", 1) for method in ("chat.postMessage", "conversations.info", "conversations.history")),
        *((method, "15", 4) for method in ("chat.update", "functions.completeSuccess")),
        *((method, "16", 4) for method in ("views.update", "users.info")),
        *((method, "2", 1) for method in ("views.open", "views.push")),
        *((method, "86400", 1) for method in ("views.update", "users.info", "conversations.open")),
        ("users.list", "inf", 1),
    ],
)
async def test_no_call_waits_long_in_its_place(saying: SayingSlack, method: str, after: str, tries: int) -> None:
    waits = Waits()
    saying.answer = told(BUSY, 429, Retry_After=after)
    with pytest.raises(SlackApiError) as refused:
        await slack_client("xoxb-1", saying.url, lanes=waits.lanes()).api_call(method)
    assert saying.asked == tries
    assert all(seconds < 62 for seconds in waits.slept)
    assert retry_after_of(refused.value) >= min(float(after), LONGEST_PAUSE)


@dataclass
class RefusingSlack:
    """A Slack that has been asked too much for `posts` to the channel `C`, and counts what arrives."""

    url: str = ""
    arrived: Counter[str] = field(default_factory=Counter)
    retry_after: str = "30"

    async def answer(self, request: web.Request) -> web.Response:
        channel = (await request.json()).get("channel", "") if request.content_type == "application/json" else ""
        self.arrived[f"{request.path} {channel}".strip()] += 1
        if request.path == "/chat.postMessage" and channel == "C":
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": self.retry_after}
            )
        return web.json_response({"ok": True, "ts": "1", "channel": channel})


@pytest.fixture
async def refusing() -> AsyncIterator[RefusingSlack]:
    refusing = RefusingSlack()
    app = web.Application()
    app.router.add_route("*", "/{method}", refusing.answer)
    async with TestServer(app) as server:
        refusing.url = str(server.make_url("/"))
        yield refusing


async def test_what_slack_refused_one_client_is_not_asked_by_another_of_the_workspace(refusing: RefusingSlack) -> None:
    lanes = Lanes()
    first = slack_client("xoxb-refused", refusing.url, workspace="TREFUSED", lanes=lanes)
    second = slack_client("xoxb-rotated", refusing.url, workspace="TREFUSED", lanes=lanes)
    for client in (first, second, second):
        with pytest.raises(SlackApiError) as refused:
            await client.chat_postMessage(channel="C", text="one too many")
        assert code_of(refused.value) == "ratelimited"
        assert 0 < retry_after_of(refused.value) <= 30
    assert refusing.arrived["/chat.postMessage C"] == 1
    # Another channel, another method and another workspace are asked as before.
    await second.chat_postMessage(channel="D", text="elsewhere")
    await second.chat_update(channel="C", ts="1", text="another method")
    third = slack_client("xoxb-other", refusing.url, workspace="TOTHER", lanes=lanes)
    with pytest.raises(SlackApiError):
        await third.chat_postMessage(channel="C", text="other")
    assert refusing.arrived["/chat.postMessage C"] == 2


async def test_what_bolt_makes_for_a_listener_is_within_the_share(slack: HoldingSlack, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/unasked.sqlite3", Vault([Vault.generate_key()]))
    template = slack_client(slack.held, slack.url, workspace=slack.held)
    app = AsyncApp(
        name="t",
        client=template,
        before_authorize=before_authorize(TeamResolver(database), template),
        request_verification_enabled=False,
    )
    given: list[AsyncWebClient] = []
    opened = asyncio.Event()

    async def listener(ack: AsyncAck, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        given.append(client)
        assert isinstance(respond, SharedRespond)
        asyncio.get_running_loop().call_soon(opened.set)

    app.action("press")(listener)
    slack.let_go.set()
    pressed = {
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": "U1", "team_id": "T1"},
        "trigger_id": "1.2.3",
        "response_url": f"{slack.url}respond",
        "actions": [{"type": "button", "action_id": "press", "block_id": "b", "value": "v", "action_ts": "1"}],
    }
    await app.async_dispatch(AsyncBoltRequest(body=pressed, mode="socket_mode"))
    await opened.wait()
    (client,) = given
    assert isinstance(client, SharedClient)
    assert client.workspace == template.workspace
    slack.let_go.clear()
    # With all places for questions and reports taken, a view opens at once, and one question more waits.
    asked = [asyncio.create_task(template.users_info(user="U")) for _ in range(SHARE)]
    await slack.full.wait()
    asked.append(asyncio.create_task(client.users_info(user="U")))
    await client.views_open(trigger_id="1", view={})
    assert slack.arrived[f"{slack.held} /users.info"] == SHARE
    slack.let_go.set()
    await asyncio.gather(*asked)
    assert slack.arrived[f"{slack.held} /users.info"] == SHARE + 1


@dataclass
class SendingElsewhere:
    """A Slack, or what stands before it, that answers everything with an address of its own, and what comes there."""

    status: int
    url: str = ""
    elsewhere: list[tuple[str, str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        if request.path.startswith("/elsewhere"):
            said = request.headers.get("Authorization", "") + (await request.read()).decode()
            self.elsewhere.append((request.method, request.path, said))
            return web.json_response({"ok": True, "ts": "1", "channel": "C"})
        if request.path == "/files.getUploadURLExternal":
            return web.json_response({"ok": True, "upload_url": f"{self.url}upload", "file_id": "F1"})
        # Another name is another origin, as a private address would be.
        other = self.url.replace("127.0.0.1", "localhost")
        return web.Response(status=self.status, headers={"Location": f"{other}elsewhere"})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_nothing_that_is_said_to_slack_goes_where_a_redirect_leads(status: int) -> None:
    slack = SendingElsewhere(status)
    app = web.Application()
    app.router.add_route("*", "/{method}", slack.answer)
    async with TestServer(app) as server:
        slack.url = str(server.make_url("/"))
        client = slack_client("xoxb-CANARY", slack.url)
        with pytest.raises(SlackApiError):
            await client.chat_postMessage(channel="C", text="Kari CANARY")
        with pytest.raises(SlackApiError):
            await client.oauth_v2_access(client_id="1", client_secret="CANARY", code="CANARY")
        with pytest.raises(OSError, match="redirect"):
            await SharedRespond(client, f"{slack.url}respond")(text="Kari CANARY")
        file = CompressedFile()
        file.write(b"43217.69 CANARY")
        file.close()
        noted: list[str] = []

        async def note(file_id: str) -> None:
            noted.append(file_id)

        with pytest.raises(FileNotArrived):
            await upload(client, file, "f.csv", "File", "C", None, note)
        with pytest.raises(SlackRequestError):
            await client.files_upload_v2(channel="C", filename="f.csv", title="File", content=b"43217.69 CANARY")
    assert slack.elsewhere == []
    assert noted == []


async def test_a_file_goes_to_no_address_in_clear() -> None:
    file = CompressedFile()
    file.close()
    with pytest.raises(FileNotArrived) as refused:
        await send_file(slack_client("xoxb-1", "https://slack.com/api/"), "http://127.0.0.1:1/upload", file)
    assert refused.value.final
