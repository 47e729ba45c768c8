"""Somebody agrees in the browser and syncs; tokens are renewed on the way, and what differs is a list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message
from sandbox.spiris_lon import COMPANY, NO_MODULE, OTHER_COMPANY, SpirisLon, demo
from sandbox.spiris_lon.company import SpirisCompany
from storage import integrations, problems, runs
from tests.providers.second_workspace import consent_link
from tests.providers.spiris_lon.connections import consented
from tests.support.slack_office import SIMPLOYER_TOKEN, Office, open_office

FIELD = "credential.spiris_lon.consent"
NAME, NUMBER = "Polarbönan Sverige AB", COMPANY.replace("-", "")
NEW, OTHER_PHONE = "2007", "2002"


@dataclass
class Place:
    """An office, and the payroll that it has."""

    office: Office
    spiris: SpirisLon

    @property
    def sweden(self) -> SpirisCompany:
        return self.spiris.companies[COMPANY]

    async def stored(self, integration_id: str) -> dict[str, str]:
        async with self.office.app.database.reading() as s:
            return await integrations.credentials(s, self.office.app.database.vault, integration_id)


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    async with demo() as spiris:
        for name, value in spiris.operator_environment().items():
            monkeypatch.setenv(name, value)
        async with open_office(tmp_path) as office:
            yield Place(office, spiris)


async def agree(who: Person, company: str) -> str:
    """Follow the form's link as a browser does, and agree for a company; gives the address that it lands at."""
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        page = await browser.get(consent_link(who))
        assert "Tillåt åtkomst" in page.text
        approve = page.url.copy_with(path="/oauth/approve").copy_merge_params({"company": company})
        return str((await browser.get(approve)).url)


async def test_the_form_leads_to_spiris_and_says_what_is_missing(place: Place) -> None:
    office, henrik = place.office, place.office.person("henrik")
    await office.to_credentials(henrik, "spiris_lon", FIELD)
    await henrik.fill(FIELD, await agree(henrik, NO_MODULE))
    await henrik.submit()
    await office.shows(henrik, "ingen lisens for Spiris Lön")
    await office.until_field(henrik, FIELD)
    await henrik.fill(FIELD, await agree(henrik, COMPANY))
    await henrik.submit()
    await office.until_step(henrik, "accounts")
    assert NAME in henrik.reads()
    draft = await office.draft(henrik)
    assert draft is not None
    assert set(draft.data["target_credentials"]) == {"refresh_token", "access_token", "access_until"}
    assert [word for word in draft.data["target_credentials"].values() if word in office.sent()] == []
    assert "code=" not in office.sent()


async def test_sync_and_what_is_left_to_type_in(place: Place) -> None:
    office, henrik, sweden = place.office, place.office.person("henrik"), place.sweden
    made = await _made(place, NEW, OTHER_PHONE)
    before = await place.stored(made)
    place.spiris.sign_in.end_all()
    left, last = "For 2 ansatte gjenstår noe i Spiris Lön", ""
    for said in (("Er et utkast i Spiris", "Telefon: Ikke som"), ("Telefon: Ikke som", "Ferdig")):
        seen = last

        def later(before: str = seen) -> list[Message]:
            return [message for message in henrik.messages("payroll") if message.ts > before]

        await henrik.type("/integration sync now")
        last = (await office.reads(later, henrik, left, *said)).ts
        await _over(office)
        assert len(sweden.numbered(NEW)) == 1
    (created,) = place.spiris.requests.writes()
    assert (created.method, created.path) == ("POST", "/v2/employees")
    # The token was renewed once, for both runs, and kept; nothing else of the integration has changed by that.
    after = await place.stored(made)
    assert (place.spiris.sign_in.spent, after["refresh_token"] != before["refresh_token"]) == (1, True)
    async with office.app.database.reading() as s:
        found = await integrations.get(s, made)
        known = await problems.load(s, made)
    # What is left to type in is news once, whatever the integration's policy is about reports.
    assert {code for _, code in known} == {
        f"value.by_hand.{name}" for name in ("phone", "street", "postal_code", "city")
    }
    assert found is not None
    assert found.has_synced_as_is
    assert [word for word in after.values() if word in office.sent()] == []


async def test_a_consent_that_was_taken_back_is_given_again(place: Place) -> None:
    office, henrik = place.office, place.office.person("henrik")
    made = await _made(place)
    before = await place.stored(made)
    place.spiris.sign_in.revoke(COMPANY)
    await henrik.type("/integration credentials")
    await office.until_field(henrik, FIELD)
    await henrik.fill(FIELD, await agree(henrik, OTHER_COMPANY))
    await henrik.submit()
    await office.shows(henrik, "Polarbönan Kaffebarer AB")
    await office.until_field(henrik, FIELD)
    await henrik.fill(FIELD, await agree(henrik, COMPANY))
    await henrik.submit()
    await office.shows(henrik, NAME)

    async def stored() -> bool:
        return (await place.stored(made))["refresh_token"] != before["refresh_token"]

    await office.until(stored)


async def _made(place: Place, *numbers: str) -> str:
    people: list[str] = []
    for number in numbers:
        async with place.office.app.services.connections.try_source({"access_token": SIMPLOYER_TOKEN}) as source:
            people += [found.source_id for found in await source.search(number)]
    made = await place.office.make(
        provider="spiris_lon",
        target_account_id=NUMBER,
        target_account_name=NAME,
        environment="production",
        credentials=await consented(place.spiris),
        settings={"employee_category": "white_collar"},
        scope={"kind": "people", "ids": people},
    )
    return made.id


async def _over(office: Office) -> None:
    """Wait until no run is under way."""

    async def ended() -> bool | None:
        async with office.app.services.database.reading() as s:
            return not await runs.active(s) or None

    await office.until(ended)
