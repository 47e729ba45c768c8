"""The sandbox page in Chromium, with a real Bolt app behind it."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from sandbox.slack.guide import GuideLine
from sandbox.slack.server import SlackSandbox
from tests.sandbox.page_app import CHANNEL, PageApp
from tests.sandbox.slack.conftest import manifest
from tests.support.browser import chromium

DESKTOP = {"width": 1280, "height": 860}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def slack(browser: Browser) -> AsyncIterator[SlackSandbox]:
    sandbox = await SlackSandbox.start(manifest())
    sandbox.add_guide_card("Start here", [GuideLine("Set up", "/integration setup", "Opens the set-up", True)])
    sandbox.add_guide_card("Tokens", [GuideLine("Simployer token", "sim_good", "", True)], "token")
    yield sandbox
    await sandbox.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def app(slack: SlackSandbox) -> AsyncIterator[PageApp]:
    connected = PageApp(slack)
    await connected.connect()
    yield connected
    await connected.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, slack: SlackSandbox) -> AsyncIterator[Page]:
    async with await browser.new_context(viewport=DESKTOP) as context:  # type: ignore[arg-type]
        opened = await context.new_page()
        complaints: list[str] = []
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        await opened.goto(f"{slack.url}/#channel/{CHANNEL}")
        await expect(opened.get_by_role("textbox", name="Message #payroll")).to_be_visible()
        yield opened
        assert complaints == []
