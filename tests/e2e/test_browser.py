"""The main job in Chromium, as a newcomer does it: one wrong key, one test employee who is not ready, preview, sync,
report. Most pictures of the documentation are made on the way.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import expect

from sandbox.simployer import GOOD_TOKEN as SIMPLOYER_TOKEN
from sandbox.simployer import REVOKED_TOKEN
from sandbox.tripletex import GOOD_TOKEN as TRIPLETEX_TOKEN
from tests.e2e.browser_walks import ASTRID, walker
from tests.e2e.demo_process import in_process
from tests.support.browser import chromium

pytestmark = [pytest.mark.browser, pytest.mark.long]


async def test_a_newcomer_sets_up_and_syncs(tmp_path: Path) -> None:
    async with chromium() as browser, in_process(tmp_path) as demo:
        users = demo.slack.world.workspace.users
        users[ASTRID] = replace(users[ASTRID], locale="en-GB")
        async with walker(browser, demo.slack.url) as w:
            page = w.page
            await w.type("/integration setup")
            systems = await w.dialog("Set up an integration")
            await w.choose("Payroll system", "Tripletex")
            await expect(systems.get_by_text("An API key made in")).to_be_visible()
            await w.picture("12-systems", systems)
            await w.press("Next")

            source = await w.dialog("Connect Simployer")
            await w.fill("Access token", REVOKED_TOKEN)
            await w.press("Check and continue")
            await expect(source.get_by_text("does not accept")).to_be_visible()
            await w.picture("01-wrong-key", await w.dialog("Connect Simployer"))
            await w.fill("Access token", SIMPLOYER_TOKEN)
            await w.press("Check and continue")

            await w.dialog("Payroll credentials")
            await w.fill("API key (employee token)", TRIPLETEX_TOKEN)
            await w.press("Check and continue")
            companies = await w.dialog("The right companies?")
            await expect(companies.get_by_text("Polarbønna Norge AS")).to_be_visible()
            await w.press("Yes, continue")
            await w.dialog("Settings")
            await w.choose("Business unit for new employments", "Polarbønna Oslo")
            await w.press("Next")

            scope = await w.dialog("Who takes part")
            for number in ("1005", "1007", "1012"):
                await w.choose("People", number)
            await w.press("Check these people")
            ready = await w.dialog("Are they ready?")
            await expect(ready.get_by_text("1 of 3 lacks something that is needed")).to_be_visible()
            await w.picture("02-readiness", ready)
            await w.press("Back")
            await scope.get_by_role("button", name="Remove Mattis Ulvestad (1012)").click()
            await w.press("Check these people")
            summary = await w.dialog("Check and save")
            await expect(summary.get_by_text("2 of 2 have what is needed.")).to_be_visible()
            channel = summary.get_by_role("combobox", name="Channel for previews and results")
            await expect(channel).to_have_value(re.compile("payroll"))
            await w.picture("11-summary", summary)
            await w.press("Save")
            await w.dialog("Done")
            await w.press("Close")

            await w.type("/integration sync preview")
            preview = await w.reads("Preview: Tripletex", "A sync would transfer 2 employees", "Finished")
            await preview.get_by_text("replies").click()
            thread = page.get_by_role("complementary", name="Thread")
            await expect(thread.get_by_role("cell", name="Coffee bars")).to_be_visible()
            await w.picture("03-preview")
            await w.press("Apply this preview", preview)
            report = await w.reads("Sync: Tripletex", "2 employees were transferred to Tripletex", "Finished")
            await report.get_by_text("replies").click()
            await expect(thread.get_by_text("1 new employee", exact=True)).to_be_visible()
            await w.picture("04-report")
            await page.keyboard.press("Escape")

            await page.get_by_role("link", name="Tripletex", exact=True).click()
            await expect(page.get_by_role("cell", name="Sunniva").first).to_be_visible()
            await w.can_be_used_by_everybody("Tripletex")
