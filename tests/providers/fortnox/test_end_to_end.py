"""An administrator agrees in the browser, previews, syncs, and the next sync finds nothing to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from sandbox.fortnox import COMPANY, NO_LICENCE, OTHER_COMPANY, Fortnox, demo
from sandbox.fortnox.company import FortnoxCompany
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message
from storage import integrations, runs
from tests.providers.second_workspace import consent_link
from tests.support.slack_office import SIMPLOYER_TOKEN, Office, open_office

FIELD = "credential.fortnox.consent"
NAME = "Polarbönan Sverige AB"
NEW = "2007"


@dataclass
class Place:
    """An office, and the payroll that it has."""

    office: Office
    fortnox: Fortnox

    @property
    def sweden(self) -> FortnoxCompany:
        return self.fortnox.companies[COMPANY]


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    async with demo() as fortnox:
        fortnox.limit = 100_000
        for name, value in fortnox.operator_environment().items():
            monkeypatch.setenv(name, value)
        async with open_office(tmp_path) as office:
            yield Place(office, fortnox)


async def agree(who: Person, tenant: int, role: str = "administrator") -> str:
    """Follow the form's link as a browser does, and agree for a company; gives the address that it lands at."""
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        page = await browser.get(consent_link(who))
        assert "Godkänn behörighet" in page.text
        approve = page.url.copy_with(path="/oauth-v1/approve").copy_merge_params({"tenant": str(tenant), "role": role})
        return str((await browser.get(approve)).url)


async def test_the_form_leads_to_fortnox_and_says_what_is_missing(place: Place) -> None:
    office, henrik = place.office, place.office.person("henrik")
    await office.to_credentials(henrik, "fortnox", FIELD)
    for tenant, role, *said in (
        (0, "", "kommer ikke fra en godkjenning"),
        (COMPANY, "user", "ingen har godkjent", "System administrator required"),
        (NO_LICENCE, "administrator", "ingen lisens for Fortnox Lön"),
    ):
        await henrik.fill(FIELD, await agree(henrik, tenant, role) if tenant else str(COMPANY))
        await henrik.submit()
        await office.shows(henrik, *said)
        await office.until_field(henrik, FIELD)
    good = await agree(henrik, COMPANY)
    await henrik.fill(FIELD, good)
    await henrik.submit()
    await office.until_step(henrik, "accounts")
    assert NAME in henrik.reads()
    draft = await office.draft(henrik)
    assert draft is not None
    assert draft.data["target_credentials"] == {"tenant_id": str(COMPANY)}
    assert "code=" not in office.sent()


async def test_without_an_application_nobody_is_sent_to_a_link_that_is_not_there(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        henrik = office.person("henrik")
        await office.to_credentials(henrik, "fortnox", FIELD)
        assert "Botens egen applikasjon i Fortnox mangler" in henrik.reads()
        await henrik.fill(FIELD, "https://bot.example/consent?code=a&state=b")
        await henrik.submit()
        await office.shows(henrik, "Botens egen applikasjon i Fortnox mangler")


async def test_a_consent_is_kept_where_somebody_goes_back_or_the_check_fails(place: Place) -> None:
    office, henrik = place.office, place.office.person("henrik")
    await office.to_credentials(henrik, "fortnox", FIELD)
    failed = place.fortnox.faults.status(503, "away", path="/companyinformation$", times=None)
    await henrik.fill(FIELD, await agree(henrik, COMPANY))
    await henrik.submit()
    await office.until_field(henrik, "credentials.retry")
    failed.times = 0
    await henrik.submit()
    await office.until_step(henrik, "accounts")
    await henrik.click("flow.back")
    await office.until_field(henrik, FIELD)
    await henrik.submit()
    await office.until_step(henrik, "accounts")
    await henrik.click("flow.back")
    await office.until_field(henrik, FIELD)
    await henrik.fill(FIELD, await agree(henrik, COMPANY, "user"))
    await henrik.submit()
    await office.shows(henrik, "ingen har godkjent")
    await office.until_field(henrik, FIELD)
    await henrik.submit()
    assert FIELD in henrik.errors


async def test_preview_sync_and_unchanged(place: Place) -> None:
    office, henrik, sweden = place.office, place.office.person("henrik"), place.sweden
    async with office.app.services.connections.try_source({"access_token": SIMPLOYER_TOKEN}) as source:
        people = [found.source_id for found in await source.search(NEW)]
    await _made(place, people)
    last = ""
    for command, *said in (
        ("/integration sync preview", "Forhåndsvisning: Norge", "Ferdig"),
        ("/integration sync now", "1 ansatt", "Ferdig"),
        ("/integration sync now", "Ingenting å endre", "Ferdig"),
    ):
        before = last

        def later(before: str = before) -> list[Message]:
            return [message for message in henrik.messages("payroll") if message.ts > before]

        await henrik.type(command)
        last = (await office.reads(later, henrik, *said)).ts
        await _over(office)
        assert (NEW in sweden.employees) is ("preview" not in command)
    row = sweden.employees[NEW]
    assert (row["FirstName"], row["EmploymentForm"], row["DatedWages"][0]["MonthlySalary"]) == ("Tindra", "TV", "33500")


async def test_a_consent_that_was_taken_back_is_given_again(place: Place) -> None:
    office, henrik = place.office, place.office.person("henrik")
    made = await _made(place, [])
    place.fortnox.sign_in.revoke(COMPANY)
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
        async with office.app.database.reading() as s:
            found = await integrations.credentials(s, office.app.database.vault, made)
        return found == {"tenant_id": str(COMPANY)} and place.fortnox.sign_in.consents.get(COMPANY) is not None

    await office.until(stored)


async def _made(place: Place, people: list[str]) -> str:
    place.fortnox.sign_in.consents[COMPANY] = ("companyinformation", "salary", "costcenter")
    made = await place.office.make(
        provider="fortnox",
        target_account_id=str(COMPANY),
        target_account_name=NAME,
        environment="production",
        credentials={"tenant_id": str(COMPANY)},
        settings={"personnel_type": "tjm"},
        scope={"kind": "people", "ids": people},
    )
    return made.id


async def _over(office: Office) -> None:
    """Wait until no run is under way."""

    async def ended() -> bool | None:
        async with office.app.services.database.reading() as s:
            return not await runs.active(s) or None

    await office.until(ended)
