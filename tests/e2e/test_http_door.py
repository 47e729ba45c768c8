"""The door over HTTP: strangers, rubbish, silence and repetition at the bot's own port."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import json
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
import sqlalchemy as sa
import structlog.testing

from bot.slack.http_listener import LARGEST_REQUEST, MOST_LINES, RefusalLog
from bot.slack.http_server import EVENTS_PATH, HEALTH_PATH, HttpServer
from bot.slack.oauth.flow import INSTALL_PATH, REDIRECT_PATH
from bot.slack.request_ledger import RequestLedger
from bot.slack.request_signature import RequestSignature
from sandbox.slack.payloads import slash_command
from storage.models import OAuthStateRow
from tests.support.http_office import HttpOffice
from tests.support.replica_world import until
from tests.support.slack_office import open_office

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[HttpOffice]:
    async with open_office(tmp_path, HttpOffice) as opened:
        assert isinstance(opened, HttpOffice)
        yield opened


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60) as client:
        yield client


def refusals(capfd: pytest.CaptureFixture[str]) -> list[str]:
    """The lines about refused requests; none of another kind may be a trouble."""
    lines = capfd.readouterr().out.splitlines()
    assert not [line for line in lines if "Traceback" in line or "error    " in line], lines
    return [line for line in lines if "request_refused" in line]


def signed(office: HttpOffice, body: str, content_type: str = "application/json") -> dict[str, str]:
    return office.slack.world.request_url.signature(body) | {"Content-Type": content_type}


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b'{"type": '),
        ({}, b"payload=%7B"),
        ({"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=0"}, b"{}"),
        ({"X-Slack-Request-Timestamp": "-1", "X-Slack-Signature": "v0=0"}, b"{}"),
        ({"X-Slack-Request-Timestamp": "9" * 5000, "X-Slack-Signature": "v0=0"}, b"{}"),
        ({"X-Slack-Request-Timestamp": "1700000000", "X-Slack-Signature": "v0=0"}, b"\xff\xfe"),
        ({"X-Slack-Signature": "v0=\xe6"}, b"[" * 100_000),
    ],
)
async def test_what_slack_has_not_signed_is_not_read(
    office: HttpOffice,
    browser: httpx.AsyncClient,
    headers: dict[str, str],
    body: bytes,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    capfd.readouterr()
    sent = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    answer = await browser.post(office.url + EVENTS_PATH, content=body, headers={b"Content-Type": FORM.encode()} | sent)
    assert answer.status_code == 401
    assert len(refusals(capfd)) == 1
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"type": ',
        b"[1]",
        b'"x"',
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"type": "block_actions", "user": "x", "actions": 5}',
        b'{"type": "event_callback", "event": [], "authorizations": 7}',
        b'{"team": {"id": {"id": []}}}',
        json.dumps({"type": "view_submission", "user": {"id": "U1"}, "view": {"state": {"values": [1]}}}).encode(),
    ],
)
async def test_what_slack_has_signed_and_cannot_be_read_is_one_line(
    office: HttpOffice, browser: httpx.AsyncClient, body: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    capfd.readouterr()
    headers = office.slack.world.request_url.signature(body.decode("latin-1"))
    if not body.isascii():
        headers = headers | {"X-Slack-Signature": _signature(office, headers["X-Slack-Request-Timestamp"], body)}
    answer = await browser.post(
        office.url + EVENTS_PATH, content=body, headers=headers | {"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert len(refusals(capfd)) == 1


def _signature(office: HttpOffice, stamp: str, body: bytes) -> str:
    secret = office.slack.world.request_url.signing_secret.encode()
    return "v0=" + hmac.new(secret, f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()


async def test_a_body_has_a_limit_packed_or_not(office: HttpOffice, browser: httpx.AsyncClient) -> None:
    url = office.url + EVENTS_PATH
    assert (await browser.post(url, content=b"x" * (LARGEST_REQUEST + 1))).status_code == 413

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 32_768

    assert (await browser.post(url, content=endless())).status_code == 413
    bomb = gzip.compress(b"x" * 50_000_000)
    assert (await browser.post(url, content=bomb, headers={"Content-Encoding": "gzip"})).status_code == 415
    whole = json.dumps({"type": "url_verification", "challenge": "x" * (LARGEST_REQUEST - 100)})
    assert (await browser.post(url, content=whole, headers=signed(office, whole))).status_code == 200


async def test_one_signed_request_is_acted_upon_once(office: HttpOffice, browser: httpx.AsyncClient) -> None:
    await office.install()
    event = {"type": "app_home_opened", "user": "U02HENRIK", "tab": "home", "channel": "D1", "event_ts": "1.1"}
    body = json.dumps({"type": "event_callback", "team_id": office.team_id, "api_app_id": "A1", "event": event})
    headers = signed(office, body)
    answers = await asyncio.gather(
        *(browser.post(office.url + EVENTS_PATH, content=body, headers=headers) for _ in range(5))
    )
    assert [answer.status_code for answer in answers] == [200] * 5
    await office.slack.world.changes.until(lambda: bool(office.calls("views.publish")), 10)
    await office.app.background.drain()
    assert len(office.calls("views.publish")) == 1


async def test_a_request_that_failed_may_come_again(office: HttpOffice, browser: httpx.AsyncClient) -> None:
    ledger = RequestLedger(office.app.database)
    assert await ledger.is_new("v0=1")
    assert not await ledger.is_new("v0=1")
    await ledger.forget("v0=1")
    assert await ledger.is_new("v0=1")


async def test_pages_say_what_a_browser_may_do_with_them_and_nothing_of_the_software(
    office: HttpOffice, browser: httpx.AsyncClient
) -> None:
    answers = [
        await browser.get(office.url + INSTALL_PATH),
        await browser.get(office.url + REDIRECT_PATH, params={"error": "access_denied"}),
        await browser.get(office.url + HEALTH_PATH),
        await browser.get(office.url + "/nowhere"),
        await browser.get(office.url + EVENTS_PATH),
        await browser.post(office.url + EVENTS_PATH, content=b"x"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 404, 405, 401]
    for answer in answers:
        assert "server" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_what_is_no_http_is_one_line(office: HttpOffice, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    reader, writer = await _connect(office.site, b"\x16\x03\x01 or anything\r\n\r\n")
    answer = await _end_of(reader)
    writer.close()
    assert answer.startswith(b"HTTP/1.0 400")
    assert b"server" not in answer.lower()
    assert b"nosniff" in answer
    assert len(refusals(capfd)) == 1


async def test_what_stands_in_an_address_is_shown_only_where_it_is_one_word(
    office: HttpOffice, browser: httpx.AsyncClient, capfd: pytest.CaptureFixture[str]
) -> None:
    page = await browser.get(office.url + REDIRECT_PATH, params={"error": "Call +47 900 00 000 and tell your password"})
    assert "password" not in page.text
    assert "password" not in capfd.readouterr().out
    assert "some_new_word" in (await browser.get(office.url + REDIRECT_PATH, params={"error": "some_new_word"})).text


async def test_beginning_an_installation_writes_nothing(office: HttpOffice, browser: httpx.AsyncClient) -> None:
    for _ in range(50):
        assert (await browser.get(office.url + INSTALL_PATH)).status_code == 200
    assert await _states(office) == 0
    assert (await office.install()).status_code == 200
    assert await _states(office) == 1


async def test_a_state_that_was_made_up_or_changed_is_refused(office: HttpOffice, browser: httpx.AsyncClient) -> None:
    _, cookie = await office.begin_installing(browser)
    state = cookie.partition("=")[2]
    told, over, signature = state.split(".")
    for made_up in (
        f"{told}.{int(over) + 600}.{signature}",
        f"{told}x.{over}.{signature}",
        f"{told}.{over}.",
        "x",
        "é.1.ø",
    ):
        answer = await browser.get(
            office.url + REDIRECT_PATH,
            params={"state": made_up, "code": "1"},
            headers={b"cookie": f"slack-app-oauth-state={made_up}".encode()},
        )
        assert answer.status_code in (400, 401)
    assert await _states(office) == 0
    assert office.calls("oauth.v2.access") == []


async def _states(office: HttpOffice) -> int:
    async with office.app.database.reading() as s:
        return int(await s.scalar(sa.select(sa.func.count()).select_from(OAuthStateRow)) or 0)


def server_of(office: HttpOffice, secret: str, ledger: RequestLedger | None = None, **options: Any) -> HttpServer:
    """Another server of the same bot, at a port of its own."""
    of, database = office.site, office.app.database
    return HttpServer(
        *(office.app.slack.bolt, of._client, of._flow, "127.0.0.1", 0, database.answers),
        signature=RequestSignature(secret), ledger=ledger or RequestLedger(database), **options,
    )  # fmt: skip


@pytest.fixture
async def short(office: HttpOffice) -> AsyncIterator[HttpServer]:
    """Another server of the same bot, that is patient for a moment and with ten connections."""
    server = server_of(
        office, office.slack.world.request_url.signing_secret, head_seconds=0.2, most_silent=10, most_idle=5
    )
    await server.start()
    yield server
    await server.stop()


async def _connect(server: HttpServer, said: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(server.address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(said)
    return reader, writer


async def _end_of(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(20):
        try:
            return await reader.read()
        except ConnectionError:
            return b""


@pytest.mark.parametrize("said", [b"", b"GET /hea", b"POST /slack/events HTTP/1.1\r\nHost: x\r\n"])
async def test_a_connection_that_does_not_say_what_it_wants_is_closed(short: HttpServer, said: bytes) -> None:
    reader, writer = await _connect(short, said)
    assert await _end_of(reader) == b""
    writer.close()
    assert short.silent == 0


async def test_a_body_that_does_not_come_is_not_waited_for(short: HttpServer) -> None:
    reader, writer = await _connect(short, b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
    assert (await _end_of(reader)).startswith(b"HTTP/1.1 408")
    writer.close()


async def test_many_connections_that_were_answered_make_room_too(short: HttpServer, browser: httpx.AsyncClient) -> None:
    opened = []
    for _ in range(30):
        reader, writer = await _connect(short, b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 404")
        opened.append((reader, writer))
    assert short.idle <= 5
    for reader, _ in opened[:25]:
        assert await _end_of(reader) == b""
    # The latest of them is kept, and asks again.
    reader, writer = opened[-1]
    writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    assert (await browser.get(short.address + HEALTH_PATH)).status_code == 200
    for _, writer in opened:
        writer.close()


async def test_who_asks_and_does_not_read_the_answers_is_dropped_too(
    short: HttpServer, browser: httpx.AsyncClient
) -> None:
    assert short._runner is not None
    for site in short._runner.sites:
        listening = site._server
        assert isinstance(listening, asyncio.Server)
        for opened in listening.sockets:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1024)
    deaf = []
    for _ in range(12):
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        made.connect((urlsplit(short.address).hostname, urlsplit(short.address).port))
        made.sendall(b"GET /slack/install HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
        deaf.append(made)
    assert (await browser.get(short.address + HEALTH_PATH)).status_code == 200

    async def few() -> bool:
        return short.connections <= 5 + 1

    try:
        await until(few)
    finally:
        for made in deaf:
            made.close()


async def test_many_silent_connections_make_room_for_one_that_speaks(
    office: HttpOffice, browser: httpx.AsyncClient
) -> None:
    server = server_of(office, "secret", head_seconds=600, most_silent=10)
    await server.start()
    opened = [await _connect(server, b"GET /") for _ in range(100)]
    assert (await browser.get(server.address + HEALTH_PATH)).status_code == 200
    assert server.silent <= 10
    for reader, _ in opened[:85]:
        assert await _end_of(reader) == b""
    for _, writer in opened:
        writer.close()
    await server.stop()


def test_rubbish_does_not_fill_the_log() -> None:
    now = [0.0]
    refusals = RefusalLog(clock=lambda: now[0])
    with structlog.testing.capture_logs() as lines:
        for _ in range(1000):
            refusals.refused("unsigned", 401)
        assert len(lines) == MOST_LINES
        now[0] = 60
        refusals.refused("unsigned", 401)
    assert lines[-1]["untold"] == 1000 - MOST_LINES


async def test_a_command_without_anything_known_is_answered(office: HttpOffice, browser: httpx.AsyncClient) -> None:
    body = urlencode({"command": "/integration", "text": "", "user_id": "U1", "team_id": "T1"})
    answer = await browser.post(office.url + EVENTS_PATH, content=body, headers=signed(office, body, FORM))
    assert answer.status_code == 200


class HeldLedger(RequestLedger):
    """A database that does not answer until it may."""

    def __init__(self, office: HttpOffice) -> None:
        super().__init__(office.app.database)
        self.may_answer = asyncio.Event()

    async def is_new(self, signature: str) -> bool:
        await self.may_answer.wait()
        return await super().is_new(signature)


async def test_a_command_is_acknowledged_before_the_database_is_asked(
    office: HttpOffice, browser: httpx.AsyncClient
) -> None:
    ledger, request_url = HeldLedger(office), office.slack.world.request_url
    server = server_of(office, request_url.signing_secret, ledger)
    await server.start()
    henrik = office.person("henrik")
    channels = office.slack.world.workspace.channels.values()
    channel = next(one for one in channels if one.name == "payroll")
    body = urlencode(slash_command(office.slack.world, henrik.user, channel, "/integration", "help"))
    headers = request_url.signature(body) | {"Content-Type": "application/x-www-form-urlencoded"}
    async with asyncio.timeout(60):
        answer = await browser.post(server.address + EVENTS_PATH, content=body, headers=headers)
    assert (answer.status_code, answer.text) == (200, "")
    assert not henrik.ephemeral()
    ledger.may_answer.set()
    await office.told(henrik, "not installed in this workspace any more")
    await server.stop()
