"""Everyone as a file in a direct message: for the one who asked, recorded, in no channel, and never kept by us."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core import log_config
from sandbox.companies import polarbonan
from sandbox.paxml import COMPANY_NAME, COMPANY_NUMBER, GOOD, Books, Paxml
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Channel, Message
from storage import people, runs
from storage.integrations import Integration
from storage.runs import Run, RunState
from tests.e2e.report_reader import bot_messages
from tests.providers.paxml.customer import by_sftp
from tests.support.slack_office import SIMPLOYER_TOKEN, Office, open_office

NUMBERS = ("2001", "2002")


@pytest.fixture
async def paxml() -> AsyncIterator[Paxml]:
    async with Paxml() as system:
        yield system


async def connect(office: Office, paxml: Paxml, *numbers: str, **more: Any) -> Integration:
    """An integration of these people."""
    async with office.app.services.connections.try_source({"access_token": SIMPLOYER_TOKEN}) as source:
        ids = [found.source_id for number in numbers or NUMBERS for found in await source.search(number)]
    values = {
        "provider": "paxml",
        "target_account_id": f"{GOOD.username}@127.0.0.1:{paxml.sftp.port}/{COMPANY_NUMBER}",
        "target_account_name": COMPANY_NAME,
        "name": "Sverige",
        "credentials": by_sftp(paxml),
        "environment": "production",
        "scope": {"kind": "people", "ids": ids},
        "settings": {},
    }
    return await office.make(**(values | more))


async def ask(office: Office, who: Person, words: str = "/integration file") -> None:
    """Ask for the file, and say yes."""
    await who.type(words)
    await office.until_step(who, "file")
    await who.submit()
    await office.shows(who, "Filen for *Sverige* lages")


def im(office: Office, who: Person) -> Channel:
    return office.slack.world.workspace.im_of(who.user.id)


async def file_of(office: Office, who: Person) -> tuple[Message, bytes]:
    """The message with the file in the person's direct messages, and the file's bytes."""

    def found() -> Message | None:
        return next((message for message in im(office, who).messages if message.files), None)

    message = await office.slack.world.changes.until(found)
    assert message is not None
    return message, content_of(office, message)


def content_of(office: Office, message: Message) -> bytes:
    return office.slack.world.files[str(message.files[0]["id"])].content or b""


async def run_number(office: Office, one: Integration, n: int = 1) -> Run:
    """The nth run of the integration, once it has ended."""

    async def ended() -> Run | None:
        async with office.app.database.reading() as s:
            found = await runs.latest(s, one.id)
        return found[-n] if len(found) >= n and found[-n].ended else None

    return await office.until(ended)


async def test_the_question_says_what_the_file_holds_and_who_gets_it(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    await connect(office, paxml)
    await henrik.type("/integration file")
    said = await office.shows(henrik, "personnumre, bankkontoer og lønn", "Sverige")
    assert "Den går til deg alene, som en direktemelding fra denne boten" in said
    assert "Det noteres at du ba om den, når, og hvor mange personer den inneholder" in said
    assert await office.audited() == []
    assert office.calls("files.getUploadURLExternal") == []


async def test_it_goes_to_the_one_who_asked_alone_and_is_recorded(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    one = await connect(office, paxml)
    await ask(office, henrik)
    message, content = await file_of(office, henrik)
    books = Books()
    assert sorted(books.take(content)) == list(NUMBERS)
    assert books.people["2001"]["persnr"] == "197703122387"
    assert "Sverige" in henrik.reads(message)
    note = await office.reads(henrik.direct_messages, henrik, "Bare du har fått den", "regnes ikke som levert")
    assert "en eldre fil som importeres senere" in henrik.reads(note)

    told = await office.reads(lambda: bot_messages(henrik), henrik, "ba om alle som en fil", "2 ansatte")
    assert "<@U02HENRIK>" in str(told.blocks)
    run = await run_number(office, one)
    assert (run.state, dict(run.counts)) == (RunState.DONE, {"created": 2})
    elsewhere = [c for c in office.slack.world.workspace.channels.values() if c.im_with != henrik.user.id]
    assert [file for channel in elsewhere for message in channel.messages for file in message.files] == []
    entries = [(entry.actor_id, entry.action, entry.integration_id) for entry in await office.audited()]
    assert entries == [("U02HENRIK", "run.file", one.id), ("U02HENRIK", "file.sent", one.id)]
    assert (await office.audited())[1].new == {"run": run.id, "file": message.files[0]["name"], "people": 2}
    assert (await office.integration(one.id)).state == "connected", "a file proves nothing of the delivery"
    assert (paxml.sftp.steps, paxml.log) == ([], [])


async def test_it_can_be_had_while_the_systems_own_door_is_closed(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    await connect(office, paxml)
    await paxml.sftp.stop()
    await ask(office, henrik)
    _, content = await file_of(office, henrik)
    assert len(Books().take(content)) == 2


async def test_nothing_private_is_anywhere_else(office: Office, paxml: Paxml) -> None:
    written = io.StringIO()
    log_config.configure("DEBUG", "json", written)
    logging.getLogger().setLevel(logging.DEBUG)
    henrik = office.person("henrik")
    needles = {GOOD.password, SIMPLOYER_TOKEN, *_plant(office)}
    for person in polarbonan.company().people:
        if person["number"] in NUMBERS:
            account = person.get("bank") or {}
            identity = str(person["identity_number"])
            needles |= {identity, identity.replace("-", ""), str(account["number"])}
    one = await connect(office, paxml)
    await ask(office, henrik)
    _, content = await file_of(office, henrik)
    await run_number(office, one)
    await henrik.type("/integration audit")
    await henrik.type("/integration")
    inside = content.decode("iso-8859-1")
    assert len([needle for needle in needles if needle in inside]) >= 6, "without them this proves nothing"

    (upload,) = [note for note in office.slack.world.journal.notes if note.kind == "upload"]
    office.slack.world.journal.notes.remove(upload)
    said = written.getvalue()
    assert "http" in said
    stored = {file.name: file.read_bytes().decode("utf-8", "replace") for file in office.folder.iterdir()}
    for place, haystack in {"slack": office.sent(), "log": said, **stored}.items():
        assert [needle for needle in needles if needle in haystack] == [], place


def _plant(office: Office) -> set[str]:
    planted = set()
    for number, amount in zip(NUMBERS, ("43217.69", "44217.71"), strict=True):
        office.simployer.admin.change_compensation(number, amount=float(amount))
        planted |= {amount, amount.replace(".", ",")}
    return planted


async def test_it_does_not_count_as_delivered(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    one = await connect(office, paxml)
    await henrik.type("/integration sync now")
    await run_number(office, one)
    await ask(office, henrik)
    await run_number(office, one, 2)
    async with office.app.database.reading() as s:
        assert {person.last_outcome for person in (await people.load(s, one.id)).values()} == {"unknown"}
    await henrik.type("/integration sync now")
    await run_number(office, one, 3)
    assert [(entry.people, entry.problems) for entry in paxml.log] == [(2, ()), (2, ())]
    await henrik.type("/integration sync now")
    assert dict((await run_number(office, one, 4)).counts) == {"unchanged": 2}


async def test_a_number_that_was_in_a_file_is_never_exchanged_unasked(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    one = await connect(office, paxml)
    await ask(office, henrik)
    await run_number(office, one)
    office.simployer.admin.change("2001", employeeNumber="2999")
    await henrik.type("/integration sync now")
    run = await run_number(office, one, 2)
    assert dict(run.counts) == {"updated": 1, "conflict": 1}
    assert sorted(paxml.books.people) == ["2002"]


async def test_the_file_can_be_deleted_from_slack(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    await connect(office, paxml)
    await ask(office, henrik)
    message, _ = await file_of(office, henrik)
    note = await office.reads(henrik.direct_messages, henrik, "Bare du har fått den")
    await henrik.click("file.delete", note)
    await office.reads(henrik.direct_messages, henrik, "Filen er slettet fra Slack")
    assert office.slack.world.files == {}
    assert message.files == []


async def test_a_file_that_was_deleted_is_said_to_be_whatever_becomes_of_its_note(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    await connect(office, paxml)
    await ask(office, henrik)
    await file_of(office, henrik)
    note = await office.reads(henrik.direct_messages, henrik, "Bare du har fått den")
    office.slack.inject_fault("chat.update", error="edit_window_closed")
    await henrik.click("file.delete", note)
    await office.reads(henrik.direct_messages, henrik, "Filen er slettet")
    assert office.slack.world.files == {}


async def test_only_who_got_the_file_deletes_it_and_only_by_its_run(office: Office, paxml: Paxml) -> None:
    henrik, astrid = office.person("henrik"), office.person("astrid")
    one = await connect(office, paxml)
    await ask(office, henrik)
    message, _ = await file_of(office, henrik)
    note = await office.reads(henrik.direct_messages, henrik, "Bare du har fått den")
    run = await run_number(office, one)
    file_id = str(message.files[0]["id"])
    (button,) = (block for block in note.blocks if block["type"] == "actions")
    assert button["elements"][0]["value"] == run.id
    for who, value in ((astrid, run.id), (office.person("maja"), run.id), (henrik, file_id), (henrik, "sync:x:first")):
        seen = len(office.calls("files.delete"))
        button["elements"][0]["value"] = value
        await who.click("file.delete", note)
        assert len(office.calls("files.delete")) == seen
    assert file_id in office.slack.world.files
    button["elements"][0]["value"] = run.id
    await henrik.click("file.delete", note)
    await office.reads(henrik.direct_messages, henrik, "Filen er slettet fra Slack")
    assert office.slack.world.files == {}
    deeds = [entry for entry in await office.audited() if entry.action == "file.deleted"]
    assert [(deed.actor_id, deed.new) for deed in deeds] == [("U02HENRIK", {"run": run.id})]


async def test_a_right_that_was_lost_a_moment_ago_gives_no_file(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    one = await connect(office, paxml)
    held = office.simployer.faults.slow(path="employee")
    await ask(office, henrik)
    await asyncio.wait_for(held.arrived.wait(), 10)
    users = office.slack.world.workspace.users
    users[henrik.user.id] = replace(henrik.user, is_deactivated=True)
    held.release()
    run = await run_number(office, one)
    assert run.state is RunState.FAILED
    assert office.calls("files.getUploadURLExternal") == []


async def test_who_may_not_manage_gets_no_file(office: Office, paxml: Paxml) -> None:
    maja = office.person("maja")
    await connect(office, paxml)
    await maja.type("/integration file")
    await office.reads(maja.ephemeral, maja, "<@U01ASTRID>")
    assert maja.modal is None


async def test_whoever_has_lost_the_right_meanwhile_gets_none(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    one = await connect(office, paxml)
    held = office.simployer.faults.slow(path="employee")
    await ask(office, henrik)
    await asyncio.wait_for(held.arrived.wait(), 10)
    users = office.slack.world.workspace.users
    users[henrik.user.id] = replace(henrik.user, role=office.person("maja").user.role)
    office.app.services.access._members.clear()  # a minute has passed
    held.release()
    run = await run_number(office, one)
    assert run.state is RunState.FAILED
    assert office.calls("files.getUploadURLExternal") == []
    told = await office.reads(lambda: bot_messages(henrik), henrik, "Den kunne ikke overleveres")
    assert "Filen ble ikke gitt" in henrik.reads(told)
    await office.reads(henrik.direct_messages, henrik, "Den kunne ikke overleveres")
    assert [entry.action for entry in await office.audited()] == ["run.file", "file.refused"]


async def test_slack_naming_another_conversation_is_not_believed(
    office: Office, paxml: Paxml, monkeypatch: pytest.MonkeyPatch
) -> None:
    henrik, workspace = office.person("henrik"), office.slack.world.workspace
    others = im(office, office.person("astrid"))
    one = await connect(office, paxml)
    monkeypatch.setattr(workspace, "im_of", lambda _: others)
    await ask(office, henrik)
    assert (await run_number(office, one)).state is RunState.FAILED
    assert office.calls("files.getUploadURLExternal") == []


async def test_the_operator_can_forbid_it(tmp_path: Path, paxml: Paxml, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FILES_BY_MESSAGE", "false")
    async with open_office(tmp_path) as office:
        henrik = office.person("henrik")
        await connect(office, paxml)
        await henrik.type("/integration file Sverige")
        await office.told(henrik, "tillater ikke filer med personer i direktemeldinger")
        assert henrik.modal is None
        await henrik.type("/integration")
        await henrik.click("integration.settings", await office.told(henrik, "*Sverige*"))
        await office.until_field(henrik, "settings.runs")
        page: Any = henrik.modal
        shown = str(page.blocks)
        assert "integration.full" in shown
        assert "integration.file" not in shown


async def test_a_system_that_is_written_to_has_no_file(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    await office.make()
    await henrik.type("/integration file Norge")
    await office.told(henrik, "Tripletex tar ikke imot filer fra personer")
    await connect(office, paxml)
    await henrik.type("/integration file")
    await office.until_step(henrik, "file")
    assert "Sverige" in henrik.reads(), "the only one that has files is meant"


async def test_a_card_offers_it_and_twice_is_once(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    one = await connect(office, paxml)
    await henrik.type("/integration")
    await henrik.click("integration.settings", await office.told(henrik, "*Sverige*"))
    await office.until_field(henrik, "settings.runs")
    await henrik.click("integration.file")
    await office.until_step(henrik, "file")
    held = office.simployer.faults.slow(path="employee")
    await henrik.submit()
    await asyncio.wait_for(held.arrived.wait(), 10)
    await henrik.type("/integration file")
    await office.until_step(henrik, "file")
    await henrik.submit()
    await office.shows(henrik, "Noe annet i denne integrasjonen er i gang", "En fil for *Sverige* lages")
    held.release()
    await run_number(office, one)
    assert len([message for message in im(office, henrik).messages if message.files]) == 1


async def test_what_would_have_stopped_a_sync_is_told_beside_the_file(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    one = await connect(office, paxml, scope={"kind": "everyone"}, settings={"other_form": "visstid"})
    await henrik.type("/integration sync now")
    await run_number(office, one)
    for person in polarbonan.company().people[::2]:
        office.simployer.admin.remove(person["number"])
    await ask(office, henrik)
    await file_of(office, henrik)
    await office.reads(henrik.direct_messages, henrik, "Se etter før du importerer den", "ikke med")
