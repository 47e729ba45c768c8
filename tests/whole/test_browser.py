"""The main job in Chromium, against the demo as a newcomer starts it: one wrong key, preview, sync, report.

Screenshots are kept in `artifacts/`, or where SCREENSHOTS says.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from sandbox.simployer import GOOD_TOKEN as SIMPLOYER_TOKEN
from sandbox.simployer import REVOKED_TOKEN
from sandbox.tripletex import GOOD_TOKEN as TRIPLETEX_TOKEN
from tests.browser import CHECKER, chromium
from tests.whole.demo_process import ROOT, Demo, demo

pytestmark = pytest.mark.browser

SHOTS = Path(os.environ.get("SCREENSHOTS", ROOT / "artifacts"))
expect.set_options(timeout=30_000)  # an upper bound for a busy machine; nothing waits for it


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with chromium() as browser, demo(tmp_path) as running:
        yield await open_page(browser, running)


async def open_page(browser: Browser, running: Demo) -> Page:
    context = await browser.new_context(viewport={"width": 1360, "height": 900}, color_scheme="light")
    page = await context.new_page()
    await page.goto(f"{running.url}/#channel/C02PAYROLL")
    return page


async def shoot(page: Page, name: str) -> None:
    await page.screenshot(path=SHOTS / f"{name}.png")
    found: list[str] = await page.evaluate(CHECKER.read_text(encoding="utf-8"))
    assert found == [], f"{name} cannot be used by everybody: {found}"


async def say(page: Page, words: str) -> None:
    box = page.get_by_role("textbox", name="Message #payroll")
    await box.fill(words)
    await box.press("Enter")


def modal(page: Page, title: str) -> Locator:
    return page.get_by_role("dialog", name=title)


async def press(dialog: Locator, name: str) -> None:
    await dialog.get_by_role("button", name=name, exact=True).click()


async def choose(dialog: Locator, label: str, option: str) -> None:
    box = dialog.get_by_role("combobox", name=label)
    await box.click()
    await box.fill(option)
    await dialog.get_by_role("option", name=option).first.click()


async def test_a_newcomer_sets_up_and_syncs(page: Page) -> None:
    await say(page, "/integration setup")
    await expect(modal(page, "Ny integration")).to_be_visible()
    await shoot(page, "01-checklist")
    await press(modal(page, "Ny integration"), "Nästa")

    await expect(modal(page, "Lönesystem")).to_be_visible()
    await modal(page, "Lönesystem").get_by_role("radio", name="Tripletex").check()
    await shoot(page, "02-system")
    await press(modal(page, "Lönesystem"), "Nästa")

    source = page.get_by_role("dialog")
    await source.get_by_label("Åtkomsttoken").fill(REVOKED_TOKEN)
    await press(source, "Kontrollera")
    await expect(source.get_by_text("godtar inte")).to_be_visible()
    await shoot(page, "03-wrong-key")
    await source.get_by_label("Åtkomsttoken").fill(SIMPLOYER_TOKEN)
    await press(source, "Kontrollera")

    target = page.get_by_role("dialog")
    await target.get_by_label("API-nyckel (employee token)").fill(TRIPLETEX_TOKEN)
    await choose(target, "Miljö", "Test")
    await shoot(page, "04-credentials")
    await press(target, "Kontrollera")

    accounts = page.get_by_role("dialog", name="Rätt företag?")
    await expect(accounts.get_by_text("Polarbønna Norge AS")).to_be_visible()
    await shoot(page, "05-companies")
    await press(accounts, "Ja, gå vidare")

    settings = page.get_by_role("dialog", name="Inställningar")
    await choose(settings, "Underenhet för nya anställningar", "Polarbønna Oslo")
    await press(settings, "Nästa")

    scope = page.get_by_role("dialog")
    for number in ("1005", "1007"):
        people = scope.get_by_role("combobox", name="Personer")
        await people.fill(number)
        await scope.get_by_role("option", name=number).click()
    await shoot(page, "06-scope")
    await press(scope, "Kontrollera")

    ready = page.get_by_role("dialog", name="Är de redo?")
    await expect(ready.get_by_text("Sunniva Haugland (1005)")).to_be_visible()
    await shoot(page, "07-readiness")
    await press(ready, "Nästa")

    schedule = page.get_by_role("dialog", name="När ska det synkas")
    await expect(schedule).to_be_visible()
    await shoot(page, "08-schedule")
    await press(schedule, "Nästa")

    channel = page.get_by_role("dialog", name="Kanal")
    await choose(channel, "Språk i kanalen", "English")
    await press(channel, "Testa")

    summary = page.get_by_role("dialog", name="Sammanfattning")
    await expect(summary.get_by_text("#payroll")).to_be_visible()
    await shoot(page, "09-summary")
    await press(summary, "Spara")
    done = page.get_by_role("dialog", name="Klart")
    await expect(done).to_be_visible()
    await press(done, "Stäng")

    await say(page, "/integration sync preview")
    preview = page.get_by_role("listitem").filter(has_text="Preview: Tripletex")
    await expect(preview.get_by_text("A sync would write 2 employees")).to_be_visible()
    await shoot(page, "10-preview")

    await preview.get_by_role("button", name="Sync now").click()
    report = page.get_by_role("listitem").filter(has_text="Sync: Tripletex")
    await expect(report.get_by_text("2 employees were written to Tripletex")).to_be_visible()
    await report.get_by_text("replies").click()
    await expect(page.get_by_text("2 employees with changes", exact=True).first).to_be_visible()
    await shoot(page, "11-report")

    await page.get_by_role("link", name="Tripletex", exact=True).click()
    await expect(page.get_by_role("cell", name="Sunniva").first).to_be_visible()
    await shoot(page, "12-tripletex")
