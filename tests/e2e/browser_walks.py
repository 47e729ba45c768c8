"""Walking through the demo as people do: in Chromium, by what is written on buttons, fields and messages.

Every screen that is reached is checked for those who cannot see it, or cannot see it well. Pictures are kept where
SCREENSHOTS says, else in `artifacts/`.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, FloatRect, Locator, Page, expect

from tests.e2e.demo_process import ROOT
from tests.support.browser import CHECKER

SHOTS = Path(os.environ.get("SCREENSHOTS", ROOT / "artifacts"))
PAYROLL = "C02PAYROLL"
ASTRID, HENRIK, MAJA, OLIVER = "U01ASTRID", "U02HENRIK", "U03MAJAOB", "U04OLIVER"
DESKTOP = {"width": 1180, "height": 860}
PHONE = {"width": 390, "height": 844}
MARGIN = 12

PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)  # an upper bound for a busy machine; nothing waits for it


@dataclass(frozen=True)
class Walker:
    """Somebody at the page; `url` is where the demo is."""

    page: Page
    url: str

    async def act_as(self, user: str) -> None:
        """Become another person, as the page allows."""
        await self.page.get_by_role("button", name="Act as").click()
        await self.page.locator(f"[data-act-as={user}]").click()
        await expect(self.page.locator(f"[data-act-as={user}]")).to_have_count(0)
        await self.close_what_was_left()

    async def close_what_was_left(self) -> None:
        """Slack keeps a person's modal open, also from an earlier walk."""
        left = self.page.get_by_role("dialog")
        if await left.count():
            await left.get_by_role("button", name="Close", exact=True).first.click()
            await expect(left).to_have_count(0)

    async def type(self, words: str, channel: str = "payroll") -> None:
        """Send a message, or a command, once no modal is in the way."""
        await expect(self.page.get_by_role("dialog")).to_have_count(0)
        box = self.page.get_by_role("textbox", name=f"Message #{channel}")
        await box.fill(words)
        await box.press("Enter")

    async def dialog(self, title: str) -> Locator:
        """The modal with this title, once it is there."""
        found = self.page.get_by_role("dialog", name=title, exact=True)
        await expect(found).to_be_visible()
        await self.can_be_used_by_everybody(title)
        return found

    async def press(self, name: str, where: Locator | None = None) -> None:
        """Press a button by its whole label; of two, the lower one: a modal is closed by its cross too."""
        await (where or self.page.get_by_role("dialog")).get_by_role("button", name=name, exact=True).last.click()

    async def fill(self, label: str, value: str) -> None:
        """Write into a field of the modal."""
        await self.page.get_by_role("dialog").get_by_label(_label(label)).fill(value)

    async def choose(self, label: str, option: str, then: str | None = None) -> None:
        """Search for an option and take it; `then` is how it reads where that differs."""
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_role("combobox", name=_label(label)).fill(option)
        await dialog.get_by_role("option", name=then or option).first.click()

    def message(self, *words: str) -> Locator:
        """The newest message of the conversation that says all of this."""
        found = self.page.get_by_role("main").get_by_role("listitem")
        for each in words:
            found = found.filter(has_text=each)
        return found.last

    async def reads(self, *words: str) -> Locator:
        """The same, once it is there."""
        found = self.message(*words)
        await expect(found).to_be_visible()
        return found

    async def can_be_used_by_everybody(self, what: str) -> None:
        """Raises AssertionError with what a screen reader or a weak eye would trip over."""
        found: list[str] = await self.page.evaluate(CHECKER.read_text(encoding="utf-8"))
        assert found == [], f"{what} cannot be used by everybody: {found}"

    async def picture(self, name: str, *of: Locator) -> None:
        """Keep a picture of the page, or of what is named and what lies between, for the documentation."""
        await self.page.evaluate("document.fonts.ready")
        clip = await _around([await one.bounding_box() for one in of], self.page.viewport_size) if of else None
        await self.page.screenshot(path=SHOTS / f"{name}.png", clip=clip, animations="disabled", caret="hide")
        await self.can_be_used_by_everybody(name)


def _label(words: str) -> re.Pattern[str]:
    return re.compile(rf"^{re.escape(words)}( \(optional\))?$")


async def _around(boxes: list[Any], page: Any) -> FloatRect:
    left, top = min(box["x"] for box in boxes) - MARGIN, min(box["y"] for box in boxes) - MARGIN
    right = max(box["x"] + box["width"] for box in boxes) + MARGIN
    bottom = max(box["y"] + box["height"] for box in boxes) + MARGIN
    left, top = max(left, 0), max(top, 0)
    return {
        "x": left,
        "y": top,
        "width": min(right, page["width"]) - left,
        "height": min(bottom, page["height"]) - top,
    }


@asynccontextmanager
async def walker(browser: Browser, url: str, **looks: Any) -> AsyncIterator[Walker]:
    """Somebody who opens the page in the payroll channel; what the page complains of fails the test."""
    options = {"viewport": DESKTOP, "color_scheme": "light", "locale": "en-GB", **looks}
    async with await browser.new_context(**options) as context:
        page = await context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.add_init_script("localStorage.setItem('sandbox.guide', 'closed')")
        page.set_default_timeout(PATIENCE)
        await page.goto(f"{url}/#channel/{PAYROLL}")
        await expect(page.get_by_role("textbox", name="Message #payroll")).to_be_visible()
        somebody = Walker(page, url)
        await somebody.close_what_was_left()
        yield somebody
        assert complaints == []
