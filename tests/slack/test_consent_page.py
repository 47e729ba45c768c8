"""Where a vendor leads people back to: a page that shows them what to carry into Slack, and keeps nothing."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from bot.providers.consent import CONSENT_PATH, REDIRECT_URL, consent_answer
from storage.models import OAuthStateRow
from tests.support.http_office import HttpOffice
from tests.support.slack_office import open_office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[HttpOffice]:
    async with open_office(tmp_path, HttpOffice) as opened:
        assert isinstance(opened, HttpOffice)
        yield opened


async def test_the_page_shows_what_to_carry_and_nothing_of_it_is_kept(
    office: HttpOffice, caplog: pytest.LogCaptureFixture
) -> None:
    options = office.app.services.settings.provider_options
    where = options("fortnox")[REDIRECT_URL]
    assert where == f"{office.url}{CONSENT_PATH}"
    assert REDIRECT_URL not in options("tripletex")
    asked = {"code": "CANARY/1", "state": "s&<2", "scope": "all", "error_description": "x"}
    async with httpx.AsyncClient() as browser:
        page = await browser.get(where, params=asked, headers={"accept-language": "sv"})
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert "script" not in page.text.lower().replace("error_description", "")
    assert "Tillbaka till Slack" in page.text
    line = html.unescape(page.text.partition("readonly>")[2].partition("</textarea>")[0])
    assert line == "code=CANARY%2F1&state=s%26%3C2&error_description=x"
    answer = consent_answer(line)
    assert (answer.code, answer.state) == ("CANARY/1", "s&<2")
    async with office.app.database.reading() as s:
        assert (await s.scalar(sa.select(sa.func.count()).select_from(OAuthStateRow))) == 0
    assert [record for record in caplog.records if "CANARY" in record.getMessage() and "bot" in record.name] == []


async def test_without_an_address_of_its_own_people_are_led_to_their_own_machine(tmp_path: Path) -> None:
    async with open_office(tmp_path) as socket_office:
        options = socket_office.app.services.settings.provider_options("fortnox")
    assert options[REDIRECT_URL] == "http://localhost/consent"
