"""The client: what is repeated, what is not, what is said about it, and what is never said."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
import structlog
from aiohttp import web

from bot.providers.errors import Unavailable
from bot.providers.kit.http import HttpClient, RetryPolicy
from bot.providers.kit.rate_limit import RateLimiter
from tests.support.fake_clock import Clockwork

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

CANARY = "canary-7d1f"


class Server:
    """Answers with what it was given, in order, the last one for ever; keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[tuple[str, str, Any]] = []
        self.release = asyncio.Event()
        self.url = ""

    def say(self, status: int, body: Any = None, text: str | None = None, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        async def answer(_: web.Request) -> web.StreamResponse:
            if text is not None:
                return web.Response(status=status, text=text, headers=named)
            return web.json_response(body, status=status, headers=named)

        self.answers.append(answer)

    def hang(self) -> None:
        async def answer(_: web.Request) -> web.StreamResponse:
            await self.release.wait()
            return web.Response()

        self.answers.append(answer)

    def cut(self) -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()

        self.answers.append(answer)

    def trickle(self) -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            while not self.release.is_set():
                await response.write(b" ")
                await asyncio.sleep(0.01)
            return response

        self.answers.append(answer)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        self.asked.append((request.method, request.path_qs, raw.decode()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Server]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            self.release.set()
            await runner.cleanup()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server().running() as running:
        yield running


@pytest.fixture
def time() -> Clockwork:
    return Clockwork()


def client(url: str, time: Clockwork, **patience: Any) -> HttpClient:
    limiter = RateLimiter(clock=time.clock, sleep=time.sleep, jitter=lambda: 0.5)
    return HttpClient("tripletex", url, limiter, patience=RetryPolicy(**patience), sleep=time.sleep, jitter=lambda: 0.5)


async def test_a_read_is_repeated_until_it_succeeds_with_growing_pauses(server: Server, time: Clockwork) -> None:
    server.say(503)
    server.say(500, {"message": None})
    server.say(200, {"fine": True})
    async with client(server.url, time) as http:
        answer = await http.read("/thing")
    assert answer.ok
    assert answer.body == {"fine": True}
    assert time.slept == [0.5, 1.0]
    assert http.stats.total == 3
    assert http.stats.repeats == 2


@pytest.mark.parametrize("page", ["<html><h1>404</h1>", "\ufeff  <!doctype html>", "<Error/>"])
@pytest.mark.parametrize("status", [400, 403, 404, 410])
async def test_a_page_of_whoever_stands_before_the_system_is_no_refusal_of_its_own(
    server: Server, time: Clockwork, status: int, page: str
) -> None:
    server.say(status, text=page)
    async with client(server.url, time, attempts=2) as http:
        with pytest.raises(Unavailable) as failed:
            await http.read("/thing")
        assert failed.value.text.key == "provider.unreadable"
        assert not failed.value.sent
        # A write that was refused was not done, whoever refused it.
        assert (await http.write("PUT", "/thing", {})).status == status
    assert len(server.asked) == 3


@pytest.mark.parametrize(("status", "said"), [(404, ""), (404, "not found"), (401, "<html>"), (403, '{"x": 1}')])
async def test_a_refusal_in_no_words_or_few_is_told_by_its_status(
    server: Server, time: Clockwork, status: int, said: str
) -> None:
    server.say(status, text=said)
    async with client(server.url, time) as http:
        assert (await http.read("/thing")).status == status


async def test_a_window_that_ends_in_hours_is_handed_on_and_not_slept_through(server: Server, time: Clockwork) -> None:
    server.say(200, {}, X_Rate_Limit_Remaining="0", X_Rate_Limit_Reset="7200", X_Rate_Limit_Limit="100")
    async with client(server.url, time) as http:
        await http.read("/thing")
        with pytest.raises(Unavailable) as failed:
            await http.read("/thing")
    assert failed.value.text.key == "provider.busy"
    assert failed.value.retry_after == pytest.approx(7200, abs=1)
    assert time.slept == []
    assert len(server.asked) == 1


async def test_a_read_gives_up_after_its_attempts(server: Server, time: Clockwork) -> None:
    server.say(503, None, x_request_id="ref-1")
    async with client(server.url, time, attempts=3) as http:
        with pytest.raises(Unavailable) as failed:
            await http.read("/thing")
    assert len(server.asked) == 3
    assert failed.value.sent is False
    assert failed.value.reference == "ref-1"
    assert failed.value.text.key == "provider.broken"


@pytest.mark.parametrize("trouble", ["500", "cut", "hang", "unreadable", "redirect"])
async def test_a_write_whose_outcome_is_unknown_is_sent_once_and_says_so(
    server: Server, time: Clockwork, trouble: str
) -> None:
    match trouble:
        case "500":
            server.say(500)
        case "cut":
            server.cut()
        case "hang":
            server.hang()
        case "unreadable":
            server.say(201, text='{"value": {"id"')
        case "redirect":
            server.say(302, None, Location="/elsewhere")
    async with client(server.url, time, timeout=0.3) as http:
        with pytest.raises(Unavailable) as failed:
            await http.write("POST", "/thing", {"a": 1})
    assert len(server.asked) == 1
    assert failed.value.sent is True
    assert failed.value.text.key == "provider.unknown_outcome"


async def test_a_write_that_never_left_says_so(time: Clockwork, unused_tcp_port: int) -> None:
    async with client(f"http://127.0.0.1:{unused_tcp_port}", time) as http:
        with pytest.raises(Unavailable) as failed:
            await http.write("POST", "/thing", {"a": 1})
    assert failed.value.sent is False
    assert failed.value.text.key == "provider.unreachable"
    assert http.stats.total == 1


async def test_a_write_that_was_refused_for_haste_is_sent_again(server: Server, time: Clockwork) -> None:
    server.say(429, text="Too many requests", Retry_After="3")
    server.say(201, {"value": {"id": 1}})
    async with client(server.url, time) as http:
        answer = await http.write("POST", "/thing", {"a": 1})
    assert answer.status == 201
    assert len(server.asked) == 2
    assert sum(time.slept) == pytest.approx(3.05)


async def test_haste_is_given_up_after_some_refusals(server: Server, time: Clockwork) -> None:
    server.say(429)
    async with client(server.url, time, refusals=3) as http:
        with pytest.raises(Unavailable) as failed:
            await http.write("POST", "/thing", {})
    assert len(server.asked) == 4
    assert failed.value.sent is False
    assert failed.value.retry_after is not None


async def test_a_pause_too_long_to_wait_is_handed_to_the_caller(server: Server, time: Clockwork) -> None:
    server.say(429, None, Retry_After="4000")
    async with client(server.url, time) as http:
        with pytest.raises(Unavailable) as failed:
            await http.read("/thing")
    assert len(server.asked) == 1
    assert time.slept == []
    assert failed.value.retry_after == pytest.approx(4000.05)


@pytest.mark.parametrize("trouble", ["cut", "unreadable", "hang"])
async def test_a_read_survives_a_passing_trouble(server: Server, time: Clockwork, trouble: str) -> None:
    match trouble:
        case "cut":
            server.cut()
        case "unreadable":
            server.say(200, text="<html>")
        case "hang":
            server.hang()
    server.say(200, [1])
    async with client(server.url, time, timeout=0.3) as http:
        assert (await http.read("/thing")).body == [1]
    assert len(server.asked) == 2


async def test_an_answer_that_trickles_is_cut_off(server: Server, time: Clockwork) -> None:
    server.trickle()
    async with client(server.url, time, timeout=0.3, attempts=1) as http:
        with pytest.raises(Unavailable) as failed:
            await http.read("/thing")
    assert failed.value.text.key == "provider.timeout"


async def test_a_refusal_that_is_no_json_is_still_an_answer(server: Server, time: Clockwork) -> None:
    server.say(403, text="<html>proxy</html>")
    async with client(server.url, time) as http:
        answer = await http.write("PUT", "/thing", {})
    assert (answer.status, answer.body, answer.ok) == (403, None, False)


async def test_money_keeps_its_cents(server: Server, time: Clockwork) -> None:
    server.say(200, text='{"amount": 31250.10, "whole": 41000}')
    async with client(server.url, time) as http:
        answer = await http.write("POST", "/pay", {"a": Decimal("31250.10"), "b": Decimal("375000.00")})
    assert answer.body == {"amount": Decimal("31250.10"), "whole": 41000}
    assert server.asked[0][2] == '{"a": 31250.1, "b": 375000}'


async def test_the_hook_sees_every_try(server: Server, time: Clockwork) -> None:
    server.cut()
    server.say(200, {})
    seen: list[tuple[str, str, int]] = []
    limiter = RateLimiter(clock=time.clock, sleep=time.sleep)
    async with HttpClient(
        "simployer", server.url, limiter, sleep=time.sleep, on_request=lambda *call: seen.append(call)
    ) as http:
        await http.read("/thing")
    assert seen == [("GET", "/thing", 0), ("GET", "/thing", 200)]


def test_patience_from_an_operators_options() -> None:
    patience = RetryPolicy.from_options({"timeout_seconds": "2.5", "backoff_seconds": "0.1", "attempts": "6"})
    assert (patience.timeout, patience.connect_timeout, patience.backoff, patience.attempts) == (2.5, 2.5, 0.1, 6)
    with pytest.raises(ValueError, match="could not convert"):
        RetryPolicy.from_options({"timeout_seconds": "soon"})


@pytest.mark.parametrize("trouble", ["none", "500", "cut", "hang", "unreadable", "refused", "closed"])
async def test_no_secret_is_logged_or_told(
    server: Server, time: Clockwork, trouble: str, caplog: pytest.LogCaptureFixture, unused_tcp_port: int
) -> None:
    caplog.set_level(logging.DEBUG)
    url = server.url
    match trouble:
        case "none":
            server.say(200, {"secret": CANARY})
        case "500":
            server.say(500, {"message": CANARY})
        case "cut":
            server.cut()
        case "hang":
            server.hang()
        case "unreadable":
            server.say(200, text=f'{{"a": "{CANARY}')
        case "refused":
            server.say(422, {"message": CANARY})
        case "closed":
            url = f"http://127.0.0.1:{unused_tcp_port}"
    told = ""
    with structlog.testing.capture_logs() as logged:
        async with client(url, time, timeout=0.3, attempts=2) as http:
            for write in (False, True):
                try:
                    if write:
                        answer = await http.write(
                            "POST", "/thing", {"ssn": CANARY}, params=[("token", CANARY)], headers=_signed()
                        )
                    else:
                        answer = await http.read("/thing", [("token", CANARY)], headers=_signed())
                    told += repr(answer)
                except Unavailable as failed:
                    told += f"{failed!r} {failed} {failed.text} {failed.advice} {failed.__cause__}"
    assert CANARY not in told
    assert CANARY not in repr(logged)
    assert CANARY not in caplog.text
    assert logged


def _signed() -> dict[str, str]:
    return {"Authorization": f"Bearer {CANARY}"}
