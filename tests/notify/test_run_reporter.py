"""What Slack refuses for good goes the next way, and the run ends; what passes by itself is told later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.jobs.runs.service import RunNotPossible, RunRequest
from bot.notify.run_reporter import FILE_TURNS
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message, Role
from storage import integrations, runs
from storage.integrations import Integration, IntegrationState
from storage.runs import Run, RunKind, RunState
from tests.support.slack_office import Office

FOR_EVER = 10_000


async def synced(office: Office, kind: RunKind = RunKind.SYNC, key: str = "first", **more: Any) -> Run:
    """A run of everyone that has ended, or of an integration that is there."""
    one = await _one(office, **more)
    run = await office.app.jobs.runs.start(RunRequest(one.id, kind, "U02HENRIK", key))
    return await over(office, run.id)


async def over(office: Office, run_id: str) -> Run:
    async def found() -> Run | None:
        async with office.app.database.reading() as s:
            run = await runs.get(s, run_id)
        return run if run is not None and run.ended else None

    return await office.until(found)


async def _one(office: Office, **more: Any) -> Integration:
    known = await office.integrations()
    return known[0] if known else await office.make(**more)


def top(who: Person, channel: str = "payroll") -> list[Message]:
    return [message for message in who.messages(channel) if not message.ephemeral_to and not message.is_reply]


def titles(who: Person, messages: list[Message]) -> str:
    return "\n---\n".join(who.reads(message) for message in messages)


# Of each kind of refusal two: which word is of which kind is in `tests/slack/test_refusals.py`.
EDITS = ["edit_window_closed", "block_mismatch"]


@pytest.mark.parametrize("code", EDITS)
async def test_an_edit_that_is_refused_for_good_becomes_a_new_message(office: Office, code: str) -> None:
    henrik = office.person("henrik")
    office.slack.inject_fault("chat.update", error=code, times=FOR_EVER)
    run = await synced(office)
    assert run.state.value == "done"
    assert "Ferdig" in henrik.reads(top(henrik)[-1])
    assert top(henrik)[-1].ts == run.message_ts
    # Progress is no reason for one message after the other.
    assert len(top(henrik)) <= 2


CHANNELS = ["is_archived", "a_word_of_tomorrow"]


@pytest.mark.parametrize("code", CHANNELS)
async def test_a_channel_that_is_refused_for_good_has_its_report_with_the_owner(office: Office, code: str) -> None:
    henrik = office.person("henrik")
    office.slack.inject_fault("chat.postMessage", error=code, times=FOR_EVER, place="channel")
    run = await synced(office)
    assert run.state.value == "done"
    said = titles(henrik, henrik.direct_messages())
    assert code in said
    assert "Ferdig" in said


async def test_a_channel_that_was_archived_while_the_run_worked(office: Office) -> None:
    henrik = office.person("henrik")
    one = await office.make()
    held = office.simployer.faults.slow(path="/employee$")
    run = await office.app.jobs.runs.start(RunRequest(one.id, RunKind.SYNC, "U02HENRIK", "first"))
    await held.arrived.wait()
    await office.slack.world.changes.until(lambda: bool(top(henrik)))
    office.slack.world.workspace.find_channel("C02PAYROLL").is_archived = True  # type: ignore[union-attr]
    held.release()
    await over(office, run.id)
    assert "is_archived" in titles(henrik, henrik.direct_messages())


async def test_where_nobody_can_be_reached_the_run_ends(office: Office) -> None:
    henrik = office.person("henrik")
    office.slack.inject_fault("chat.postMessage", error="restricted_action", times=FOR_EVER, place="channel")
    office.slack.inject_fault("chat.postMessage", error="messages_tab_disabled", times=FOR_EVER, place="dm")
    run = await synced(office)
    assert run.state.value == "done"
    assert top(henrik) == []


THREADS = ["restricted_action_thread_locked", "cannot_reply_to_message"]


@pytest.mark.parametrize("code", THREADS)
async def test_a_thread_that_is_refused_has_its_details_beside_the_message(office: Office, code: str) -> None:
    henrik = office.person("henrik")
    office.slack.inject_fault("chat.postMessage", error=code, times=FOR_EVER, place="thread")
    office.slack.inject_fault("files.completeUploadExternal", error=code, times=FOR_EVER, place="thread")
    run = await synced(office, RunKind.PREVIEW, **MANY)
    assert run.state.value == "done"
    assert run.message_ts
    assert henrik.thread("payroll", run.message_ts) == []
    beside = [message for message in top(henrik) if message.ts != run.message_ts]
    assert any(block["type"] == "table" for message in beside for block in message.blocks)
    assert any(message.files for message in henrik.messages("payroll"))
    # After the first refusal nothing more is tried there.
    tried = [call for call in office.calls("chat.postMessage") if call.arguments.get("thread_ts")]
    assert len(tried) == 1


async def test_a_thread_that_takes_nothing_and_a_channel_that_takes_nothing_more_end_the_run(office: Office) -> None:
    office.slack.inject_fault("chat.postMessage", error="restricted_action_thread_locked", times=9, place="thread")
    office.slack.inject_fault("files.completeUploadExternal", error="is_archived", times=FOR_EVER)
    run = await synced(office)
    assert run.state.value == "done"


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long"])
async def test_a_table_that_is_refused_is_left_out_and_the_file_comes(office: Office, code: str) -> None:
    henrik = office.person("henrik")
    office.slack.inject_fault("chat.postMessage", error=code, times=FOR_EVER, place="thread")
    run = await synced(office)
    assert run.state.value == "done"
    assert run.message_ts
    replies = henrik.thread("payroll", run.message_ts)
    assert [bool(reply.files) for reply in replies] == [True]


MANY: dict[str, Any] = {"scope": {"kind": "everyone"}}


@pytest.mark.parametrize("code", ["file_uploads_disabled", "not_in_channel"])
async def test_a_report_whose_file_was_refused_does_not_name_it(office: Office, code: str) -> None:
    henrik = office.person("henrik")
    office.slack.inject_fault("files.completeUploadExternal", error=code, times=FOR_EVER)
    run = await synced(office, RunKind.PREVIEW, **MANY)
    said = henrik.reads(next(message for message in top(henrik) if message.ts == run.message_ts))
    assert "til finnes i tråden." in said
    assert "filen" not in said


@pytest.mark.parametrize(("status", "turn"), [(403, 0), (413, 0), (503, FILE_TURNS)])
async def test_a_file_that_never_arrives_is_left_out_and_the_run_ends(office: Office, status: int, turn: int) -> None:
    henrik = office.person("henrik")
    one = await office.make(**MANY)
    office.slack.world.upload_status = status
    held = office.simployer.faults.slow(path="/employee$")
    run = await office.app.jobs.runs.start(RunRequest(one.id, RunKind.PREVIEW, "U02HENRIK", "first"))
    await held.arrived.wait()
    await office.slack.world.changes.until(lambda: bool(top(henrik)))
    async with office.app.database.session() as s:
        told = await runs.get(s, run.id)
        assert told is not None
        await runs.update(s, run.id, thread=replace(told.thread, turn=turn))
    held.release()
    run = await over(office, run.id)
    said = henrik.reads(next(message for message in top(henrik) if message.ts == run.message_ts))
    assert "til finnes i tråden." in said
    assert "filen" not in said


async def test_a_report_with_neither_table_nor_file_says_where_everybody_is(office: Office) -> None:
    henrik = office.person("henrik")
    office.slack.inject_fault("chat.postMessage", error="invalid_blocks", times=FOR_EVER, place="thread")
    office.slack.inject_fault("files.getUploadURLExternal", error="file_uploads_disabled", times=FOR_EVER)
    run = await synced(office, RunKind.PREVIEW, **MANY)
    said = henrik.reads(next(message for message in top(henrik) if message.ts == run.message_ts))
    assert "Slack tok ikke imot tabell eller fil her" in said


@pytest.mark.parametrize("code", ["rate_limited", "external_channel_migrating"])
async def test_what_passes_is_told_later_in_the_channel(office: Office, code: str) -> None:
    henrik = office.person("henrik")
    office.slack.inject_fault("chat.update", error=code, times=1)
    run = await synced(office)
    assert run.state.value == "done"
    assert [message.ts for message in top(henrik)] == [run.message_ts]
    assert "Ferdig" in henrik.reads(top(henrik)[0])
    assert henrik.direct_messages() == []


async def test_a_slack_that_asks_to_be_left_alone_does_not_hold_up_the_run(office: Office) -> None:
    one = await office.make()
    # Longer, three times over, than this test waits.
    office.slack.inject_fault("chat.postMessage", retry_after=15, times=FOR_EVER, place="channel")
    run = await office.app.jobs.runs.start(RunRequest(one.id, RunKind.SYNC, "U02HENRIK", "first"))

    async def worked() -> bool | None:
        async with office.app.database.reading() as s:
            found = await runs.get(s, run.id)
        return True if found and found.state is RunState.REPORTING else None

    await office.until(worked)


async def test_a_run_that_is_only_being_told_of_is_not_under_way(office: Office) -> None:
    henrik = office.person("henrik")
    one = await office.make()
    office.slack.inject_fault("chat.update", error="internal_error", times=FOR_EVER)
    first = await office.app.jobs.runs.start(RunRequest(one.id, RunKind.PREVIEW, "U02HENRIK", "first"))

    async def waits() -> bool | None:
        async with office.app.database.reading() as s:
            run = await runs.get(s, first.id)
        return True if run and run.state is RunState.REPORTING and run.thread.turn else None

    await office.until(waits)
    await henrik.type("/integration sync now")
    await office.told(henrik, "Synkroniseringen av")
    office.slack.world.faults.clear()
    await over(office, first.id)


@pytest.mark.parametrize("code", ["token_revoked", "token_expired"])
async def test_a_token_that_slack_does_not_take_pauses_the_integrations(office: Office, code: str) -> None:
    one = await office.make()
    other = await office.make(name="Sverige", target_account_id="another")
    run = await office.app.jobs.runs.start(RunRequest(one.id, RunKind.PREVIEW, "U02HENRIK", "first"))
    office.slack.inject_fault("*", error=code, times=FOR_EVER)
    await over(office, run.id)
    async with office.app.database.reading() as s:
        states = {each.id: each.state for each in await integrations.list_for(s, office.team_id)}
    assert states == dict.fromkeys((one.id, other.id), IntegrationState.PAUSED)
    paused = [entry for entry in await office.audited() if entry.action == "integration.paused"]
    assert {entry.integration_id for entry in paused} == {one.id, other.id}
    assert {entry.origin for entry in paused} == {code}
    office.slack.world.faults.clear()
    with pytest.raises(RunNotPossible):
        await office.app.jobs.runs.start(RunRequest(one.id, RunKind.SYNC, "U02HENRIK", "second"))


@pytest.mark.parametrize(
    ("guests", "since", "named"),
    [
        ((), "before", True),
        # Still a member when the run began to be told of to its owner.
        (("U02HENRIK",), "meanwhile", False),
        (("U02HENRIK", "U01ASTRID"), "before", False),
    ],
)
async def test_a_guest_who_is_told_in_the_channels_place_reads_numbers(
    office: Office, guests: tuple[str, ...], since: str, *, named: bool
) -> None:
    henrik, users = office.person("henrik"), office.slack.world.workspace.users
    one = await office.make(**MANY)
    office.slack.inject_fault("chat.postMessage", error="is_archived", times=FOR_EVER, place="channel")
    held = office.simployer.faults.slow(path="/employee$")
    guest = {each: replace(users[each], role=Role.GUEST) for each in guests}
    users |= guest if since == "before" else {}
    run = await office.app.jobs.runs.start(RunRequest(one.id, RunKind.PREVIEW, "U01ASTRID", "first"))
    await held.arrived.wait()
    await office.slack.world.changes.until(lambda: bool(henrik.direct_messages()))
    users |= guest
    held.release()
    run = await over(office, run.id)
    said = titles(henrik, henrik.direct_messages())
    assert "av 40 ansatte" in said
    assert ("Siv Ekroll" in said) is named
