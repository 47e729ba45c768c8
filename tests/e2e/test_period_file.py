"""Absence by files that a person imports: from a preview to the correction of what was imported, in Slack alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from datetime import date

import pytest

from bot.domain.leave_settings import LeaveSettings
from sandbox.paxml import Paxml
from sandbox.paxml.times import read_times
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message
from storage import leave_settings, runs
from storage.integrations import Integration
from storage.runs import NewRun, RunKind, RunState, RunTrigger
from tests.e2e.report_reader import bot_messages
from tests.e2e.test_export_file import connect, content_of
from tests.support.slack_office import Office

NUMBER = "2001"
MONDAY, TUESDAY = "2026-11-09", "2026-11-10"


@pytest.fixture
async def paxml() -> AsyncIterator[Paxml]:
    async with Paxml() as system:
        yield system


def files(office: Office, who: Person) -> Sequence[Message]:
    """The messages with files, in anybody's conversation: each must be this person's own."""
    found = [m for channel in office.slack.world.workspace.channels.values() for m in channel.messages if m.files]
    assert all(message in who.direct_messages() for message in found)
    return found


async def run(office: Office, who: Person, words: str, *wanted: str) -> Message:
    """Start a run, and wait for the message in the channel that says all of this."""
    await who.type(f"/integration {words}")
    return await office.reads(lambda: who.messages("payroll"), who, *wanted)


@asynccontextmanager
async def running(office: Office, made: Integration) -> AsyncIterator[None]:
    """A sync of absence that another process is in the middle of."""
    new = NewRun(
        id="absence:elsewhere", integration_id=made.id, team_id=office.team_id, kind=RunKind.SYNC,
        trigger=RunTrigger.MANUAL, resource="absence", requested_by="U02HENRIK",
    )  # fmt: skip
    async with office.app.database.session() as s:
        await runs.create(s, new)
        await runs.advance(s, new.id, RunState.READING)
    yield
    async with office.app.database.session() as s:
        await runs.advance(s, new.id, RunState.REPORTING)
        await runs.advance(s, new.id, RunState.CANCELLED)


async def test_a_file_is_handed_over_imported_and_corrected(office: Office, paxml: Paxml) -> None:
    henrik, maja = office.person("henrik"), office.person("maja")
    leave = office.simployer.admin.leave
    for known in [*office.simployer.store.rows["leave"]]:
        leave.delete(known)
    leave.work_week(NUMBER, "2020-01-01", zone="Europe/Stockholm")
    asked = leave.request(NUMBER, "Sick leave", MONDAY, TUESDAY, status="APPROVED")
    made = await connect(office, paxml, language="en")
    chosen = LeaveSettings(enabled=True, first_day=date(2026, 11, 1), with_employees=False)
    async with office.app.database.session() as s:
        await leave_settings.put(s, made.id, chosen.to_json())

    await run(office, henrik, "sync preview absence", "A sync would make a file of the absence", "1 person, 2 days")
    report = await run(office, henrik, "sync now absence", "Absence of 2026-11: 2 rows wait for import")
    # Who may not manage gets nothing and books nothing.
    await maja.click("leave.period.get", report)
    await maja.click("leave.period.imported", report)
    assert files(office, henrik) == []

    await henrik.click("leave.period.get", report)
    await office.reads(henrik.direct_messages, henrik, "hvorfor folk er borte")
    (given,) = files(office, henrik)
    assert "2026-11" in str(given.files[0]["name"])
    assert NUMBER not in str(given.files[0]["name"])
    content = content_of(office, given)
    assert [(row.number, row.on, str(row.hours)) for row in read_times(content).rows] == [
        (NUMBER, MONDAY, "7.50"),
        (NUMBER, TUESDAY, "7.50"),
    ]
    paxml.times.take(content, [NUMBER])
    before = deepcopy(report.blocks)
    # While a sync makes files of what it found before, nothing is noted that it would not know of.
    async with running(office, made):
        await henrik.click("leave.period.imported", report)
        await office.told(henrik, "En synkronisering av fravær kjører")
    await henrik.click("leave.period.imported", report)
    await office.told(henrik, "2 rader med fravær for 2026-11 er i lønnssystemet")
    # Everybody reads in the report who said so, and there is nothing more to press.
    settled = await office.reads(lambda: henrik.messages("payroll"), henrik, "2 rows are in payroll, says <@U02HENRIK>")
    assert settled.ts == report.ts
    assert "wait for import" not in henrik.reads(settled)
    settled.blocks = before  # as on a screen that has not been drawn again
    await henrik.click("leave.period.imported", settled)
    await office.told(henrik, "allerede sagt at 2026-11 er i lønnssystemet")

    leave.shorten(asked["id"], MONDAY)
    correction = await run(office, henrik, "sync now absence", "Absence of 2026-11 is in payroll and has changed")
    assert "1 correction to type" in henrik.reads(correction)
    # A report of before says nothing of what is there now.
    await henrik.click("leave.period.imported", settled)
    await office.told(henrik, "ikke lenger det siste for 2026-11")
    await henrik.click("leave.period.get", correction)
    await office.reads(henrik.direct_messages, henrik, "Rettelser av fravær", "2026-11")
    lines = content_of(office, files(office, henrik)[-1]).decode("utf-8-sig").splitlines()
    assert lines[0].endswith("Timer å trekke fra;Timer å legge til")
    assert [line.split(";")[0] for line in lines[1:]] == [NUMBER]
    assert lines[1].endswith(f"{TUESDAY};SJK;7,50;")

    shown = [*bot_messages(henrik), *henrik.thread("payroll", str(report.ts))]
    assert not any("SJK" in str(each.blocks) + each.text for each in shown)
    deeds = [(entry.actor_id, entry.action) for entry in await office.audited()]
    assert [deed for _, deed in deeds if deed.startswith(("file.", "leave_file."))] == [
        "file.sent",
        "leave_file.imported",
        "file.sent",
    ]
    assert "SJK" not in str([entry.new for entry in await office.audited()])
