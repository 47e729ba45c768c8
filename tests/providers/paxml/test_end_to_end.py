"""An administrator connects a payroll system that imports PAXml by SFTP, in Slack, and reads what was delivered."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.paxml import COMPANY_NAME, COMPANY_NUMBER, CUSTOMER, GOOD, IMPORT, Paxml
from sandbox.slack.user_actions import Person
from storage.integrations import Integration
from tests.support.slack_office import Office, blocks_of

FIELD = "credential.paxml"


@pytest.fixture
async def paxml() -> AsyncIterator[Paxml]:
    async with Paxml() as system:
        yield system


async def enter(who: Person, paxml: Paxml, *, host_key: str = "", password: str = GOOD.password) -> None:
    values = {
        "host": "127.0.0.1",
        "port": str(paxml.sftp.port),
        "host_key": host_key or None,
        "username": GOOD.username,
        "password": password,
        "remote_folder": IMPORT,
        "organisation_number": COMPANY_NUMBER,
        "company_name": COMPANY_NAME,
    }
    for key, value in values.items():
        await who.fill(f"{FIELD}.{key}", value)
    await who.submit()


async def connect(office: Office, who: Person, paxml: Paxml) -> Integration:
    """The set-up from the first command to Save."""
    await office.to_credentials(who, "paxml", f"{FIELD}.delivery")
    await who.choose(f"{FIELD}.delivery", "sftp")
    await office.until_field(who, f"{FIELD}.host")
    await enter(who, paxml)
    await office.shows(who, paxml.sftp.fingerprint)
    await enter(who, paxml, host_key=paxml.sftp.fingerprint)
    await office.until_step(who, "accounts")
    await who.submit()
    await office.until_step(who, "settings")
    await who.submit()
    await office.until_step(who, "scope")
    await office.from_scope_to_summary(who, "Sjögren", "Lindvall")
    return await office.save(who, COMPANY_NAME)


async def test_the_form_asks_for_what_the_way_needs_and_keeps_what_was_typed(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    await office.assign("paxml", CUSTOMER)
    await office.to_credentials(henrik, "paxml", f"{FIELD}.delivery")
    assert f"{FIELD}.folder" in blocks_of(henrik)
    assert f"{FIELD}.password" not in blocks_of(henrik)
    await henrik.fill(f"{FIELD}.organisation_number", COMPANY_NUMBER)
    await henrik.choose(f"{FIELD}.delivery", "sftp")
    await office.until_field(henrik, f"{FIELD}.password")
    assert f"{FIELD}.folder" not in blocks_of(henrik)
    asked = next(block for block in henrik.modal.blocks if block["block_id"].endswith("organisation_number"))  # type: ignore[union-attr]
    assert asked["element"]["initial_value"] == COMPANY_NUMBER
    await henrik.choose(f"{FIELD}.delivery", "folder")
    await office.until_field(henrik, f"{FIELD}.folder")
    await henrik.fill(f"{FIELD}.folder", CUSTOMER)
    await henrik.fill(f"{FIELD}.company_name", COMPANY_NAME)
    await henrik.submit()
    await office.shows(henrik, "Filer kan ennå ikke leveres fra denne installasjonen")


async def test_a_needed_field_of_the_way_is_not_left_out(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    await office.to_credentials(henrik, "paxml", f"{FIELD}.delivery")
    await henrik.choose(f"{FIELD}.delivery", "sftp")
    await office.until_field(henrik, f"{FIELD}.host")
    for key, value in {
        "username": "u",
        "organisation_number": COMPANY_NUMBER,
        "company_name": "x",
        "host": " ",
    }.items():
        await henrik.fill(f"{FIELD}.{key}", value)
    await henrik.submit()
    assert f"{FIELD}.host" in henrik.errors
    assert paxml.sftp.steps == []


async def test_two_people_are_delivered_by_sftp(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    made = await connect(office, henrik, paxml)
    assert made.target_account_id == f"polarbonan@127.0.0.1:{paxml.sftp.port}/{COMPANY_NUMBER}"
    assert paxml.log == []
    await office.preview(henrik)
    await henrik.type("/integration sync now")
    await office.reads(lambda: henrik.messages("payroll"), henrik, "2 ansatte ble levert")
    assert [(entry.way, entry.people, entry.problems) for entry in paxml.log] == [("SFTP", 2, ())]
    assert sorted(paxml.books.people) == ["2001", "2002"]
    kept = b"".join(file.read_bytes() for file in office.folder.glob("bot.sqlite3*"))
    for secret in (GOOD.password, "197703122387", "79000.00", "0713413"):
        assert secret not in office.sent()
        assert secret.encode() not in kept
