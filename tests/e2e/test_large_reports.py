"""A report of any size: read page by page, complete in the file, and short in the channel."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from slack_sdk.errors import SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.engine import Engine

from bot.core.ownership import ownership_check
from bot.domain.change import Change, ChangeKind, FieldChange, Person
from bot.domain.findings import Finding, Severity
from bot.domain.outcome import Outcome, OutcomeKind
from bot.domain.record import Level
from bot.jobs.engine.engine import OwnershipLost
from bot.jobs.notifications.notifier import Notifier, NotTold
from bot.notify.composite import slack_notifier
from bot.slack.client import slack_client
from bot.slack.upload import PIECE, CompressedFile, upload
from bot.sync.codec import change_to_json, outcome_to_json
from bot.views.report.details import TABLES
from storage import outcomes, plans, runs
from storage.outcomes import StoredOutcome
from storage.runs import NewRun, RunKind, RunState, RunTrigger
from storage.upsert import CHUNK
from tests.e2e.report_reader import full_list
from tests.support.slack_office import MONDAY, Office

MANY = 5 * CHUNK + 1
BLOCK = Finding("bank.invalid", Severity.BLOCKING, "bank_account")
FIELD = FieldChange(Level.PERSON, (), "phone", "+47 400 00 000", None)


def person(n: int) -> Person:
    return Person(f"s{n}", f"{n}", f"Ås {n}", f"t{n}")


def outcome(n: int) -> Outcome:
    if n % 3 == 0:
        return Outcome(OutcomeKind.BLOCKED, person(n), findings=(BLOCK,))
    return Outcome(OutcomeKind.UPDATED, person(n), ((Level.PERSON, (), "phone"),))


def change(n: int) -> Change:
    if n % 3 == 0:
        return Change(ChangeKind.BLOCKED, person(n), findings=(BLOCK,))
    return Change(ChangeKind.UPDATE, person(n), (FIELD,), basis="b")


async def finished_run(office: Office, kind: RunKind, size: int = MANY) -> str:
    """A run that has done its work, with as many people, and waits to be told."""
    integration, database = await office.make(), office.app.database
    new = NewRun(id=f"{kind}:large", integration_id=integration.id, team_id=office.team_id, kind=kind,
                 trigger=RunTrigger.MANUAL, requested_by="U02HENRIK")  # fmt: skip
    counts = Counter(outcome(n).kind.value for n in range(size))
    async with database.session() as s:
        await runs.create(s, new)
    if kind is RunKind.PREVIEW:
        made = ((f"s{n}", change(n).kind.value, change_to_json(change(n))) for n in range(size))
        async with database.session() as s:
            await plans.store(s, database.vault, new.id, {}, made)
    else:
        rows = [
            StoredOutcome(position=n, source_id=f"s{n}", person_number=f"{n}", kind=outcome(n).kind.value,
                       detail=outcome_to_json(outcome(n)))
            for n in range(size)
        ]  # fmt: skip
        async with database.session() as s:
            await outcomes.record(s, database.vault, new.id, rows)
    async with database.session() as s:
        ended = MONDAY + timedelta(minutes=3)
        await runs.advance(s, new.id, RunState.REPORTING, finished_at=ended, counts=dict(counts))
    return new.id


def reporter(office: Office) -> Notifier:
    async def client(_: str) -> AsyncWebClient:
        return slack_client(office.slack.bot_token, office.slack.api_url)

    return slack_notifier(office.app.database, client)


@contextmanager
def reading_of_people() -> Iterator[list[tuple[str, Any]]]:
    """The statements that read what is sealed of a run's people, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if (
            statement.startswith("SELECT")
            and ".sealed" in statement
            and ("FROM outcomes" in statement or "FROM plan_changes" in statement)
        ):
            seen.append((statement, parameters))

    sa.event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("kind", [RunKind.SYNC, RunKind.PREVIEW])
async def test_many_people_are_read_by_the_page_and_all_stand_in_the_file(office: Office, kind: RunKind) -> None:
    run_id, henrik = await finished_run(office, kind), office.person("henrik")
    with reading_of_people() as read:
        await reporter(office).finished(run_id)
    assert all("LIMIT" in statement and CHUNK in tuple(parameters) for statement, parameters in read)
    assert len(read) == MANY // CHUNK + 2, "each page once, and a look whether there is another"

    blocked, written = MANY // 3 + 1, MANY - MANY // 3 - 1
    (message,) = [m for m in henrik.messages("payroll") if m.blocks]
    assert f"{written} av {MANY:,}".replace(",", "\N{NO-BREAK SPACE}") in henrik.reads(message)
    rows = await full_list(office, henrik, message)
    assert [row["Ansattnummer"] for row in rows] == [str(n) for n in range(MANY)]
    assert sum(bool(row["Alvorlighet"]) for row in rows) == blocked

    assert ("ville blitt oppdatert" if kind is RunKind.PREVIEW else "oppdatert") in {row["Resultat"] for row in rows}
    tables = [block for reply in henrik.thread("payroll", message.ts) for block in reply.blocks]
    assert sum(block["type"] == "table" for block in tables) == TABLES
    changed = "felt ville blitt endret" if kind is RunKind.PREVIEW else "ansatte med endringer"
    assert f"{written} {changed}" in str(tables[0])
    assert any(f"{blocked} ansatte" in str(block) for block in tables), "who needs a person is told by reason, below"


async def test_a_report_told_again_posts_nothing_twice(office: Office) -> None:
    run_id, henrik = await finished_run(office, RunKind.SYNC, 10), office.person("henrik")
    await reporter(office).finished(run_id)
    before = [reply.ts for reply in henrik.thread("payroll", henrik.messages("payroll")[-1].ts)]
    await reporter(office).finished(run_id)
    assert [reply.ts for reply in henrik.thread("payroll", henrik.messages("payroll")[-1].ts)] == before


FILES_SHOWN = "files.completeUploadExternal"


def files_in_the_thread(office: Office) -> list[str]:
    henrik = office.person("henrik")
    thread = henrik.thread("payroll", henrik.messages("payroll")[-1].ts)
    return [str(file["id"]) for reply in thread for file in reply.files]


async def test_a_file_whose_showing_was_not_confirmed_is_found_and_not_shown_again(office: Office) -> None:
    run_id = await finished_run(office, RunKind.SYNC, 10)
    office.slack.inject_fault(FILES_SHOWN, http_status=500, after_commit=True)
    with pytest.raises(NotTold):
        await reporter(office).finished(run_id)
    await reporter(office).finished(run_id)
    await reporter(office).finished(run_id)
    assert len(files_in_the_thread(office)) == 1
    assert len(office.calls(FILES_SHOWN)) == 1


@pytest.mark.parametrize("trouble", [{"http_status": 503}, {"error": "internal_error"}], ids=["broken", "busy"])
async def test_a_file_that_slack_did_not_show_is_shown_later(office: Office, trouble: dict[str, Any]) -> None:
    run_id = await finished_run(office, RunKind.SYNC, 10)
    office.slack.inject_fault(FILES_SHOWN, **trouble)
    with pytest.raises(NotTold):
        await reporter(office).finished(run_id)
    await reporter(office).finished(run_id)
    assert len(files_in_the_thread(office)) == 1


@pytest.mark.parametrize("method", ["chat.postMessage", FILES_SHOWN])
async def test_a_process_that_loses_its_report_while_slack_is_busy_posts_no_more(office: Office, method: str) -> None:
    run_id = await finished_run(office, RunKind.SYNC, 10)
    office.slack.inject_fault(method, retry_after=0)

    async def ask() -> None:
        if office.calls(method):
            raise OwnershipLost

    with ownership_check(ask), pytest.raises(OwnershipLost):
        await reporter(office).finished(run_id)
    (refused,) = office.calls(method)
    assert refused.error == "ratelimited"


async def test_a_workspace_that_forbids_files_has_the_rest_of_the_report(office: Office) -> None:
    run_id = await finished_run(office, RunKind.SYNC, 10)
    office.slack.inject_fault(FILES_SHOWN, error="missing_scope")
    await reporter(office).finished(run_id)
    await reporter(office).finished(run_id)
    assert files_in_the_thread(office) == []
    assert len(office.calls(FILES_SHOWN)) == 1


def packed(*written: bytes) -> CompressedFile:
    file = CompressedFile()
    for data in written:
        file.write(data)
    file.close()
    return file


@pytest.mark.parametrize("written", [[], [b"a"], [b"\xef\xbb\xbf", b"", b"x" * (3 * PIECE)], [b"ab" * PIECE] * 3])
def test_a_file_comes_out_as_it_went_in_and_never_whole(written: list[bytes]) -> None:
    file = packed(*written)
    for _ in range(2):
        pieces = list(file.pieces())
        assert b"".join(pieces) == b"".join(written)
        assert all(0 < len(piece) <= PIECE for piece in pieces)
    assert file.length == len(b"".join(written))


def test_a_file_waits_compressed() -> None:
    data = b"".join(b"%d;Kari Nordmann;Opprettet\r\n" % n for n in range(100_000))
    held = sum(len(part) for part in packed(data)._packed)
    assert held <= len(zlib.compress(data)) + 100


async def test_bytes_that_do_not_arrive_are_never_shown(office: Office) -> None:
    client = slack_client(office.slack.bot_token, office.slack.api_url)
    posted = await client.chat_postMessage(channel="C02PAYROLL", text="a")
    # The stand-in forgets the address between the two calls, as Slack does after a while.
    real = client.files_getUploadURLExternal

    async def forgotten(**arguments: Any) -> Any:
        answer = await real(**arguments)
        office.slack.world.files.clear()
        return answer

    async def noted(_: str) -> None:
        raise AssertionError("what did not arrive was called shown")

    client.files_getUploadURLExternal = forgotten  # type: ignore[method-assign]
    with pytest.raises(SlackRequestError, match="404"):
        await upload(client, packed(b"a;b"), "a.csv", "A", "C02PAYROLL", str(posted["ts"]), noted)
    assert not office.calls("files.completeUploadExternal")
