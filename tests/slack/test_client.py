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

from bot.slack.client import SHARE, slack_client

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
