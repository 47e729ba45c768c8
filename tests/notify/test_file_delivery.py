"""Whoever asked for a file hears what became of it, whatever Slack refuses, and has it once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.paxml import Paxml
from storage.runs import RunState
from tests.e2e.report_reader import bot_messages
from tests.e2e.test_export_file import ask, connect, im, run_number
from tests.support.slack_office import Office


@pytest.fixture
async def paxml() -> AsyncIterator[Paxml]:
    async with Paxml() as system:
        yield system


async def test_a_workspace_that_takes_no_files_is_asked_once_and_whoever_asked_hears_it(
    office: Office, paxml: Paxml
) -> None:
    henrik = office.person("henrik")
    one = await connect(office, paxml)
    office.slack.inject_fault("files.getUploadURLExternal", error="file_uploads_disabled", times=99)
    # Slack is busy at the moment at which it is to be told.
    office.slack.inject_fault("chat.postMessage", error="rate_limited", place="dm")
    await ask(office, henrik)
    assert (await run_number(office, one)).state is RunState.FAILED
    await office.reads(henrik.direct_messages, henrik, "Slack tok ikke imot filen")
    told = [message for message in henrik.direct_messages() if "tok ikke imot" in henrik.reads(message)]
    assert len(told) == 1
    assert [entry.action for entry in await office.audited()] == ["run.file", "file.sent"]


async def test_whom_slack_gives_no_direct_message_is_named_below_the_runs_message(office: Office, paxml: Paxml) -> None:
    henrik = office.person("henrik")
    one = await connect(office, paxml)
    office.slack.inject_fault("files.getUploadURLExternal", error="file_uploads_disabled", times=99)
    office.slack.inject_fault("chat.postMessage", error="messages_tab_disabled", place="dm", times=99)
    await ask(office, henrik)
    await run_number(office, one)
    (report,) = bot_messages(henrik)
    (below,) = henrik.thread("payroll", report.ts)
    assert "<@U02HENRIK>" in str(below.blocks)
    assert "Slack tok ikke imot filen" in henrik.reads(below)


@pytest.mark.parametrize("lost", [False, True])
async def test_what_belongs_beside_the_file_comes_later_and_the_file_once(
    office: Office, paxml: Paxml, *, lost: bool
) -> None:
    henrik = office.person("henrik")
    one = await connect(office, paxml)
    office.slack.inject_fault("chat.postMessage", error="internal_error", place="dm", after_commit=lost)
    await ask(office, henrik)
    run = await run_number(office, one)
    assert run.state is RunState.DONE
    note = await office.reads(henrik.direct_messages, henrik, "Bare du har fått den")
    assert len([message for message in im(office, henrik).messages if message.files]) == 1
    beside = [message for message in henrik.direct_messages() if "Bare du har" in henrik.reads(message)]
    assert beside == [note]
    await henrik.click("file.delete", note)
    await office.reads(henrik.direct_messages, henrik, "Filen er slettet fra Slack")
