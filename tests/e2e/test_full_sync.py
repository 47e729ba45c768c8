"""Everyone whole once more, to a system that takes files: asked for in Slack, guarded and reported as any sync."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from sandbox.paxml import Paxml
from storage import integrations
from storage.runs import RunState
from tests.e2e.report_reader import bot_messages, report
from tests.e2e.test_export_file import connect, run_number
from tests.support.slack_office import Office, blocks_of


@pytest.fixture
async def paxml() -> AsyncIterator[Paxml]:
    async with Paxml() as system:
        yield system


async def test_everyone_is_delivered_whole_although_nothing_has_changed(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    one = await connect(office, paxml)
    await henrik.type("/integration sync now")
    await run_number(office, one)
    held = {number: dict(person) for number, person in paxml.books.people.items()}
    paxml.books.people["2001"]["efternamn"] = "Changed by hand"
    await henrik.type("/integration sync now")
    assert dict((await run_number(office, one, 2)).counts) == {"unchanged": 2}

    await henrik.type("/integration sync full")
    said = await office.shows(henrik, "leveres i sin helhet")
    assert "Sperren spør først hvis noe er ute av proporsjon" in said
    assert len(paxml.log) == 1
    await henrik.submit()
    await office.shows(henrik, "Rapporten kommer i <#C02PAYROLL>")
    assert dict((await run_number(office, one, 3)).counts) == {"updated": 2}
    await report(office, henrik, "2 ansatte ble levert")
    assert paxml.books.people == held
    assert [(entry.people, entry.problems) for entry in paxml.log] == [(2, ()), (2, ())]


async def test_the_card_offers_it_and_a_system_that_is_read_says_why_not(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    await office.make()
    await henrik.type("/integration")
    await henrik.click("integration.settings", await office.told(henrik, "*Norge*"))
    await office.shows(henrik, "*Norge*")
    assert "settings.runs" not in blocks_of(henrik)
    await henrik.close()
    await henrik.type("/integration sync full Norge")
    await office.told(henrik, "Tripletex kan leses")
    await connect(office, paxml)
    await henrik.type("/integration status Sverige")
    await henrik.click("integration.settings", await office.told(henrik, "*Sverige*", "Satt opp"))
    await office.until_field(henrik, "settings.runs")
    await henrik.click("integration.full")
    await office.until_step(henrik, "full")


async def test_only_who_may_manage_can_ask(office: Office, paxml: Paxml) -> None:
    maja = office.person("maja")
    await connect(office, paxml)
    await maja.type("/integration sync full")
    await office.reads(maja.ephemeral, maja, "<@U01ASTRID>")
    assert maja.modal is None


async def test_the_guard_asks_and_a_late_approval_still_delivers_everyone(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    one = await connect(office, paxml, thresholds={"drop_share": 0.01, "drop_people": 1})
    await henrik.type("/integration sync now")
    await run_number(office, one)
    async with office.app.database.session() as s:
        await integrations.record_source(s, one.id, 10, None)  # as if there had been more people before
    await henrik.type("/integration sync full")
    await office.until_step(henrik, "full")
    await henrik.submit()
    message = await office.reads(lambda: bot_messages(henrik), henrik, "Godkjenn og skriv")
    assert len(paxml.log) == 1
    office.clock.at += timedelta(hours=13)  # the plan has grown old: another run is made of it
    await henrik.click("run.approve", message)
    assert (await run_number(office, one, 2)).state is RunState.CANCELLED
    assert dict((await run_number(office, one, 3)).counts) == {"updated": 2}
    assert [entry.people for entry in paxml.log] == [2, 2]
