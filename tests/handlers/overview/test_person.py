"""`/integration person`: one person's records as a file for who may manage, and their erasure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.handlers.framework.refused_attempts import REFUSED
from bot.handlers.overview.person import PersonRequestDraft
from bot.person_requests import ERASED, EXPORTED
from sandbox.slack.faults import Fault
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message
from storage import integrations, leave_ledger, outcomes, people, runs
from storage.integrations import Integration
from storage.outcomes import StoredOutcome
from storage.people import PersonState
from storage.runs import NewRun, RunKind, RunState, RunTrigger
from tests.storage.leave_rows import leave_entry
from tests.support.slack_office import Office, metadata_of, open_office

NOW = datetime(2026, 11, 2, tzinfo=UTC)
NUMBER, OTHER = "4711-CANARY", "4712-CANARY"
NAME, OTHER_NAME = "Ingrid Canary", "Olav Canary"


async def stored(office: Office, made: Integration, run_id: str = "sync:told", *, ended: bool = True) -> None:
    """A run that has told of two people, who are remembered; one has absence."""
    database = office.app.database
    new = NewRun(
        id=run_id, integration_id=made.id, team_id=made.team_id, kind=RunKind.SYNC, trigger=RunTrigger.MANUAL
    )  # fmt: skip
    rows = [
        StoredOutcome(position=at, source_id=f"c{at}", person_number=number, kind="updated", person_name=name)
        for at, (number, name) in enumerate([(NUMBER, NAME), (OTHER, OTHER_NAME)])
    ]
    async with database.session() as s:
        await runs.create(s, new)
        await runs.advance(s, run_id, RunState.READING)
        await outcomes.record(s, database.vault, run_id, rows)
        known = [PersonState(source_id=row.source_id, number=row.person_number, seen_at=NOW) for row in rows]
        await people.upsert(s, made.id, known)
        await leave_ledger.append(s, database.vault, made.id, [leave_entry(employee_id="c0")])
        if ended:
            await runs.advance(s, run_id, RunState.CANCELLED)


async def ask(office: Office, who: Person, number: str, deed: str) -> None:
    await who.type("/integration person")
    await office.until_step(who, "person")
    await who.fill("person.number", f" {number} ")
    await who.choose("person.deed", deed)
    await who.submit()


def files(office: Office) -> list[Message]:
    channels = office.slack.world.workspace.channels.values()
    return [message for channel in channels for message in channel.messages if message.files]


def _value(note: Message) -> str:
    (button,) = (block["elements"][0] for block in note.blocks if block["type"] == "actions")
    return str(button["value"])


async def press(office: Office, who: Person, value: str) -> None:
    """The button that deletes, with whatever value, as if it stood in the channel; until the answer is there."""
    world, seen = office.slack.world, len(who.ephemeral())
    body = {
        "type": "block_actions",
        "team": {"id": office.team_id},
        "user": {"id": who.user.id},
        "trigger_id": world.triggers.issue(who.user.id),
        "response_url": world.response_urls.issue(world.url, who.user.id, "C02PAYROLL"),
        "container": {"type": "message", "channel_id": "C02PAYROLL", "message_ts": "1.0"},
        "actions": [{"type": "button", "action_id": "person.file.delete", "block_id": "b", "value": value}],
    }
    await office.app.slack.bolt.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
    await world.changes.until(lambda: len(who.ephemeral()) > seen, 10)


async def known(office: Office, made: Integration) -> list[str]:
    async with office.app.database.reading() as s:
        return sorted(source_id for source_id in await people.load(s, made.id) if source_id.startswith("c"))


async def test_whoever_may_manage_gets_one_persons_file_alone_and_deletes_it(
    office: Office, capfd: pytest.CaptureFixture[str]
) -> None:
    made = await office.make()
    await stored(office, made)
    henrik, maja = office.person("henrik"), office.person("maja")
    await ask(office, henrik, NUMBER, "file")
    await office.shows(henrik, "Du har fått filen som en direktemelding")
    note = await office.reads(henrik.direct_messages, henrik, "denne ene personen")
    (given,) = files(office)
    assert given in henrik.direct_messages()
    file_id = str(given.files[0]["id"])
    content = (office.slack.world.files[file_id].content or b"").decode()
    rows = [json.loads(line) for line in content.splitlines()]
    assert sorted(row["table"] for row in rows) == ["leave_ledger", "outcomes", "people"]
    assert next(row for row in rows if row["table"] == "outcomes")["name"] == NAME
    assert not any(word in content for word in (OTHER, OTHER_NAME, '"c1"'))
    assert "CANARY" not in str(given.files[0]["name"])

    await press(office, maja, _value(note))
    await press(office, henrik, file_id)
    assert file_id in office.slack.world.files
    await henrik.click("person.file.delete", note)
    await office.reads(henrik.direct_messages, henrik, "Filen er slettet fra Slack")
    assert office.slack.world.files == {}

    deeds = [(entry.actor_id, entry.action) for entry in await office.audited()]
    assert deeds == [
        (henrik.user.id, EXPORTED), (maja.user.id, "file.delete_refused"),
        (henrik.user.id, "file.deleted"),
    ]  # fmt: skip
    assert "CANARY" not in str([entry.new for entry in await office.audited()])
    assert not any("canary" in (str(each.blocks) + each.text).casefold() for each in henrik.messages("payroll"))
    printed = capfd.readouterr()
    assert printed.out
    assert "canary" not in (printed.out + printed.err).casefold()
    # What is left of the conversation tells nobody.
    kept = await office.draft(henrik, "person")
    assert kept is not None
    assert PersonRequestDraft.from_draft(kept.data) == PersonRequestDraft(finished="file")


async def test_an_erasure_says_what_stays_and_asks_for_the_number_once_more(office: Office) -> None:
    made = await office.make()
    await stored(office, made)
    async with office.app.database.session() as s:
        one = await integrations.locked(s, made.id)
        scope = {"kind": "people", "ids": ["c0", "c1"], "excluded": []}
        await integrations.update(s, made.id, one.version, scope=scope)
    henrik = office.person("henrik")
    await ask(office, henrik, NUMBER, "erase")
    await office.until_step(henrik, "erase_person")
    shown = henrik.reads()
    for words in ("1 oppføring om fravær", "Utvalget for Norge", "/integration audit", "Lønnssystemet"):
        assert words in shown.replace("*", ""), words
    assert "CANARY" not in metadata_of(henrik)
    await henrik.fill("person.again", OTHER)
    await henrik.submit()
    assert "ikke nummeret" in henrik.errors["person.again"]
    assert await known(office, made) == ["c0", "c1"]
    await henrik.fill("person.again", NUMBER)
    await henrik.submit()
    await office.shows(henrik, "2 opplysninger om personen er slettet", "1 oppføring om fravær")
    assert await known(office, made) == ["c1"]
    async with office.app.database.reading() as s:
        left = [row.source_id for row in await outcomes.all(s, office.app.database.vault, "sync:told")]
    assert left == ["c1"]
    assert [entry.action for entry in await office.audited()] == [ERASED]
    assert "CANARY" not in str([entry.new for entry in await office.audited()])

    await henrik.close()
    await ask(office, henrik, NUMBER, "file")
    # The entries of absence alone name nobody by number.
    await office.shows(henrik, "Ingenting er lagret")
    assert files(office) == []


async def test_nobody_is_erased_while_a_run_is_under_way(office: Office) -> None:
    made = await office.make()
    await stored(office, made, ended=False)
    henrik = office.person("henrik")
    await ask(office, henrik, NUMBER, "erase")
    await office.until_step(henrik, "erase_person")
    await henrik.fill("person.again", NUMBER)
    await henrik.submit()
    await office.shows(henrik, "en kjøring av Norge er ikke ferdig")
    assert await known(office, made) == ["c0", "c1"]
    assert await office.audited() == []
    async with office.app.database.session() as s:
        await runs.advance(s, "sync:told", RunState.CANCELLED)
    await henrik.fill("person.again", NUMBER)
    await henrik.submit()
    await office.shows(henrik, "er slettet")
    assert await known(office, made) == ["c1"]


async def test_of_several_with_the_number_one_is_chosen_and_nothing_of_the_other_is_given(office: Office) -> None:
    made = await office.make()
    await stored(office, made)
    async with office.app.database.session() as s:
        await people.upsert(s, made.id, [PersonState(source_id="c9", number=NUMBER, seen_at=NOW)])
    henrik = office.person("henrik")
    await ask(office, henrik, NUMBER, "file")
    await office.until_step(henrik, "which_person")
    await henrik.choose("person.which", "c9")
    await henrik.submit()
    await office.shows(henrik, "Du har fått filen")
    (given,) = files(office)
    content = (office.slack.world.files[str(given.files[0]["id"])].content or b"").decode()
    assert [json.loads(line)["source_id"] for line in content.splitlines()] == ["c9"]
    assert NAME not in content


async def test_another_workspaces_people_are_not_known(office: Office) -> None:
    await office.make()
    theirs = await office.make(team_id="T02OTHER", target_account_id="77")
    await stored(office, theirs)
    henrik = office.person("henrik")
    for deed in ("file", "erase"):
        await ask(office, henrik, NUMBER, deed)
        await office.shows(henrik, "Ingenting er lagret om det nummeret")
        await henrik.close()
    assert await known(office, theirs) == ["c0", "c1"]
    assert (files(office), await office.audited()) == ([], [])


async def test_whoever_may_not_manage_is_asked_nothing(office: Office) -> None:
    await office.make()
    maja = office.person("maja")
    await maja.type(f"/integration person {NUMBER}")
    await office.told(maja, "<@U01ASTRID>")
    assert maja.modal is None
    await office.app.background.drain()
    (tried,) = await office.audited()
    assert (tried.action, (tried.new or {})["action"]) == (REFUSED, "person")


async def test_where_files_are_forbidden_none_is_given_and_an_erasure_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FILES_BY_MESSAGE", "false")
    async with open_office(tmp_path) as office:
        await stored(office, await office.make())
        henrik = office.person("henrik")
        await ask(office, henrik, NUMBER, "file")
        await office.shows(henrik, "tillater ikke filer")
        assert [entry.action for entry in await office.audited()] == ["file.refused"]
        assert files(office) == []
        await henrik.choose("person.deed", "erase")
        await henrik.submit()
        await office.until_step(henrik, "erase_person")


async def test_a_file_that_slack_does_not_take_is_told_and_recorded(office: Office) -> None:
    await stored(office, await office.make())
    henrik = office.person("henrik")
    office.slack.world.faults.inject(Fault("files.getUploadURLExternal", error="restricted_action"))
    await ask(office, henrik, NUMBER, "file")
    await office.shows(henrik, "Slack tok ikke imot filen")
    assert files(office) == []
    assert [entry.action for entry in await office.audited()] == [EXPORTED]


async def test_a_file_that_is_there_is_not_said_to_be_refused_for_want_of_the_note_beside_it(office: Office) -> None:
    await stored(office, await office.make())
    henrik = office.person("henrik")
    office.slack.world.faults.inject(Fault("chat.postMessage", error="rate_limited", place="dm"))
    await ask(office, henrik, NUMBER, "file")
    await office.shows(henrik, "Du har fått filen som en direktemelding")
    assert len(files(office)) == 1
