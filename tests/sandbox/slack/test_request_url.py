"""An app without Socket Mode: signed requests, acknowledged by their answers, and events sent again."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

from aiohttp import web

from sandbox.slack.user_actions import Person
from tests.sandbox.slack.conftest import StartSlack


@asynccontextmanager
async def listening(*answers: web.Response) -> AsyncIterator[tuple[str, list[tuple[web.Request, str]]]]:
    """An app that gives these answers in turn, and what it was sent."""
    got: list[tuple[web.Request, str]] = []
    waiting = list(answers)

    async def take(request: web.Request) -> web.Response:
        got.append((request, await request.text()))
        return waiting.pop(0) if waiting else web.Response()

    app = web.Application()
    app.add_routes([web.post("/slack/events", take)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events", got
    finally:
        await runner.cleanup()


async def test_a_command_is_a_signed_form(start_slack: StartSlack) -> None:
    slack = await start_slack()
    async with listening(web.json_response({"text": "Only you see this"})) as (address, got):
        slack.reach_at(address)
        astrid = Person(slack, "astrid")
        assert (await astrid.type("/integration setup"))["ok"]
    [(request, body)] = got
    assert parse_qs(body)["text"] == ["setup"]
    signed = f"v0:{request.headers['X-Slack-Request-Timestamp']}:{body}".encode()
    wanted = hmac.new(slack.world.request_url.signing_secret.encode(), signed, hashlib.sha256).hexdigest()
    assert request.headers["X-Slack-Signature"] == f"v0={wanted}"
    [delivery] = slack.deliveries
    assert delivery.ack == {"text": "Only you see this"}


async def test_an_answer_other_than_200_fails_the_command(start_slack: StartSlack) -> None:
    slack = await start_slack()
    async with listening(web.Response(status=500)) as (address, _):
        slack.reach_at(address)
        answer = await Person(slack, "astrid").type("/integration setup")
    assert answer["error"] == "dispatch_failed"


async def test_nobody_at_the_address_fails_the_command(start_slack: StartSlack) -> None:
    slack = await start_slack()
    slack.reach_at("http://127.0.0.1:9/slack/events")
    answer = await Person(slack, "astrid").type("/integration setup")
    assert answer["error"] == "dispatch_failed"
    assert [delivery.outcome for delivery in slack.deliveries] == ["connection_lost"]


async def test_an_event_that_is_not_taken_is_sent_again_and_says_why(start_slack: StartSlack) -> None:
    slack = await start_slack(retry_delays=(0, 0, 0))
    async with listening(web.Response(status=503), web.Response()) as (address, got):
        slack.reach_at(address)
        Person(slack, "astrid").open_home()
        await slack.until(lambda: [d.outcome for d in slack.deliveries] == ["http_error", "acked"])
    first, second = (request for request, _ in got)
    assert "X-Slack-Retry-Num" not in first.headers
    assert (second.headers["X-Slack-Retry-Num"], second.headers["X-Slack-Retry-Reason"]) == ("1", "http_error")
