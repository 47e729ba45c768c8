"""An administrator connects Agda PS in Slack, syncs two people into its test folder, and reads what was delivered."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.agda_ps import GOOD, AgdaPs, demo
from sandbox.slack.user_actions import Person
from storage.integrations import Integration, IntegrationState
from tests.support.slack_office import Office

FIELD = "credential.agda_ps"


@pytest.fixture
async def agda() -> AsyncIterator[AgdaPs]:
    async with demo() as system:
        yield system


async def enter(
    who: Person, agda: AgdaPs, *, host_key: str = "", password: str = GOOD.password, scheme: str = "", port: int = 0
) -> None:
    values = {
        "host": scheme + agda.host,
        "port": str(port or agda.port),
        "host_key": host_key or None,
        "username": GOOD.username,
        "password": password,
        "company_number": "1",
        "company_name": "Polarbönan Norden AB",
    }
    for key, value in values.items():
        await who.fill(f"{FIELD}.{key}", value)
    await who.submit()


async def connect(office: Office, who: Person, agda: AgdaPs) -> Integration:
    """The set-up from the first command to Save."""
    await office.to_credentials(who, "agda_ps", f"{FIELD}.host")
    await enter(who, agda)
    await office.shows(who, agda.fingerprint)
    await enter(who, agda, host_key=agda.fingerprint)
    await office.until_step(who, "accounts")
    await who.submit()
    await office.until_step(who, "settings")
    await who.fill("setting.salary_code", "1000")
    await who.submit()
    await office.until_step(who, "scope")
    await office.from_scope_to_summary(who, "Sjögren", "Lindvall")
    return await office.save(who, "Polarbönan Norden AB")


async def test_the_key_is_shown_before_anything_secret_is_sent(office: Office, agda: AgdaPs) -> None:
    henrik = office.person("henrik")
    await office.to_credentials(henrik, "agda_ps", f"{FIELD}.host")
    await enter(henrik, agda)
    await office.shows(henrik, agda.fingerprint)
    assert agda.steps == []
    await enter(henrik, agda, host_key=agda.fingerprint)
    await office.until_step(henrik, "accounts")
    said = henrik.reads()
    assert "Polarbönan Norden AB (FTG_NR 1)" in said
    assert agda.fingerprint in said


async def test_whoever_has_compared_the_key_says_so_with_a_button_and_types_nothing_again(
    office: Office, agda: AgdaPs
) -> None:
    henrik = office.person("henrik")
    await office.to_credentials(henrik, "agda_ps", f"{FIELD}.host")
    await enter(henrik, agda, scheme="sftp://")
    await office.shows(henrik, agda.fingerprint, "Det er den samme nøkkelen")
    assert agda.steps == []
    await henrik.click("flow.act:same_key")
    await office.until_step(henrik, "accounts")
    assert agda.fingerprint in henrik.reads()
    assert GOOD.password not in office.sent()


async def test_a_wrong_address_is_said_to_be_one(office: Office, agda: AgdaPs) -> None:
    henrik = office.person("henrik")
    await office.to_credentials(henrik, "agda_ps", f"{FIELD}.host")
    await enter(henrik, agda, port=1)
    await office.shows(henrik, "Kontroller adressen og porten")


async def test_only_test_is_offered_and_the_pay_code_is_typed(office: Office, agda: AgdaPs) -> None:
    henrik = office.person("henrik")
    integration = await connect(office, henrik, agda)
    assert integration.settings == {"folder": "test", "salary_code": "1000"}
    assert integration.target_account_id == f"polarbonan@127.0.0.1:{agda.port}/1"
    assert agda.log == []


async def test_two_people_are_delivered_to_the_test_folder(office: Office, agda: AgdaPs) -> None:
    henrik = office.person("henrik")
    made = await connect(office, henrik, agda)
    await office.preview(henrik)
    await henrik.type("/integration sync now")
    await office.reads(lambda: henrik.messages("payroll"), henrik, "2 ansatte ble levert")
    (entry,) = agda.log
    assert (entry.environment, entry.people, entry.problems) == ("Test", 2, ())
    assert sorted(agda.of(GOOD.username).people) == ["1/2001", "1/2002"]
    assert (await office.integration(made.id)).state in (IntegrationState.TESTED, IntegrationState.CONNECTED)
    kept = b"".join(file.read_bytes() for file in office.folder.glob("bot.sqlite3*"))
    for secret in (GOOD.password, "197703122387", "79000.00", "0713413"):
        assert secret not in office.sent()
        assert secret.encode() not in kept
