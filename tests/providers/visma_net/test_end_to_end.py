"""An administrator connects Visma.net in Slack: told the steps in Visma App Store, told which one is missing, and that
whoever is new waits there for an approval."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.slack.workspace import Message
from sandbox.visma_net import READ_ONLY_TENANT, TENANT, UNAPPROVED_TENANT, VismaNet, demo
from storage import runs
from tests.support.slack_office import SIMPLOYER_TOKEN, Office, open_office

FIELD = "credential.visma_net.tenant_id"
COMPANY = "Polarbønna Norge AS"


@dataclass
class Place:
    """An office, and the payroll that it has."""

    office: Office
    visma: VismaNet


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    async with demo() as visma:
        for name, value in visma.operator_environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("VISMA_NET_JOB_POLL_SECONDS", "0.01")
        monkeypatch.setenv("ACCOUNTS_ASSIGNED", ",".join(f"visma_net:{one}:T01NORDLIND" for one in visma.tenants))
        async with open_office(tmp_path) as office:
            yield Place(office, visma)


async def test_the_steps_in_visma_app_store_stand_beside_the_choice(place: Place) -> None:
    office, henrik = place.office, place.office.person("henrik")
    await henrik.type("/integration setup")
    await office.until_step(henrik, "system")
    await henrik.choose("system", "visma_net")
    await office.until_field(henrik, "system.visma_net")
    said = henrik.reads()
    for word in ("Integration Administrator", "invitasjonskode", "Tenant ID", "My Apps"):
        assert word in said


async def test_the_live_check_says_which_step_is_missing(place: Place) -> None:
    office, henrik = place.office, place.office.person("henrik")
    await office.to_credentials(henrik, "visma_net", FIELD)
    await henrik.fill(FIELD, UNAPPROVED_TENANT)
    await henrik.submit()
    said = await office.shows(henrik, "har ikke godkjent integrasjonen i Visma App Store")
    assert "Integration Administrator" in said
    assert "My Apps" in said
    await henrik.fill(FIELD, READ_ONLY_TENANT)
    await henrik.submit()
    await office.shows(henrik, "visma_net_employee:employees:write")
    await henrik.fill(FIELD, "Polarbønna")
    await henrik.submit()
    await office.shows(henrik, "kan ikke kobles til fra dette arbeidsområdet")
    await henrik.fill(FIELD, TENANT)
    await henrik.submit()
    await office.until_step(henrik, "accounts")
    assert COMPANY in henrik.reads()


async def test_a_new_employee_waits_for_approval_and_the_head_of_each_report_says_so_until_it_is_given(
    place: Place,
) -> None:
    office, henrik = place.office, place.office.person("henrik")
    tenant = place.visma.tenants[TENANT]
    async with office.app.services.connections.try_source({"access_token": SIMPLOYER_TOKEN}) as source:
        people = [found.source_id for found in await source.search("1005")]
    await office.make(
        provider="visma_net",
        target_account_id=TENANT,
        target_account_name=COMPANY,
        credentials={"tenant_id": TENANT},
        settings={
            "tax_unit": tenant.lists["taxUnits"][0]["id"],
            "work_time_agreement": tenant.lists["workTimeAgreements"][0]["id"],
            "occupation_code": "2221103",
        },
        scope={"kind": "people", "ids": people},
    )
    assert tenant.by_number("1005") == []
    await henrik.type("/integration sync now")
    written = await office.reads(lambda: henrik.messages("payroll"), henrik, "1 ansatt", "Ferdig")
    (made,) = tenant.by_number("1005")
    assert made["isDraft"] is True
    assert [each["key"] for each in made["externalIds"]] == ["simployer"]
    _says_who_waits(henrik.reads(written))
    await _over(office)

    def later() -> list[Message]:
        return [message for message in henrik.messages("payroll") if message.ts > written.ts]

    await henrik.type("/integration sync now")
    compared = await office.reads(later, henrik, "1 ansatt", "Ferdig")
    _says_who_waits(henrik.reads(compared))
    await _over(office)
    tenant.approve(made["id"])
    await henrik.type("/integration sync now")
    approved = await office.reads(
        lambda: [message for message in later() if message.ts > compared.ts], henrik, "Ingenting å endre", "Ferdig"
    )
    assert "Venter på godkjenning" not in henrik.reads(approved)


async def _over(office: Office) -> None:
    """Wait until no run is under way: the head is there before the thread is."""

    async def ended() -> bool | None:
        async with office.app.services.database.reading() as s:
            return not await runs.active(s) or None

    await office.until(ended)


def _says_who_waits(said: str) -> None:
    assert "Venter på godkjenning i Visma.net" in said
    assert "(1005)" in said
    assert "godkjenne kladden" in said
    for untrue in ("Alle er på plass", "Ingenting å endre"):
        assert untrue not in said
