"""What the version before left is taken up by this one: its databases, its unfinished run, its draft, its question."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.text import text
from bot.domain.outcome import OutcomeKind
from bot.jobs.runs.service import RunRequest
from bot.sync.codec import outcome_from_json
from sandbox.slack.workspace import Message
from sandbox.tripletex.company_state import Books
from storage import outcomes, plans, problems, runs, schedules
from storage.runs import Run, RunKind, RunState
from tests.fixtures.version_before.office import OfficeBefore, as_it_was_left

LEFT_TO_THE_NEXT = {"1022", "1028"}
"""Planned and not yet written when the version before was killed: this one reads no shift hours where that read 0."""

ENDED_BY_THIS_VERSION = {"1016"}
"""Has left, which the version before passed over and this one writes."""

WRITTEN_OR_NOT = ("created", "updated", "failed", "unknown")

Left = tuple[OfficeBefore, dict[str, str]]


@pytest.fixture
async def left(tmp_path: Path) -> AsyncIterator[Left]:
    async with as_it_was_left(tmp_path) as opened:
        yield opened


async def ended(office: OfficeBefore, run_id: str) -> Run:
    async def over() -> Run | None:
        async with office.app.database.reading() as s:
            run = await runs.get(s, run_id)
        return run if run is not None and run.ended else None

    run = await office.until(over)
    assert run is not None
    return run


async def sync(office: OfficeBefore, integration_id: str, key: str) -> dict[str, set[str]]:
    """One more run to its end: the employee numbers by kind of outcome."""
    request = RunRequest(integration_id, RunKind.SYNC, office.person("henrik").user.id, key)
    begun = await office.app.jobs.runs.start(request)
    run = await ended(office, begun.id)
    assert run.state is RunState.DONE
    async with office.app.database.reading() as s:
        rows = await outcomes.all(s, office.app.database.vault, run.id)
    return {kind: {row.person_number for row in rows if row.kind == kind} for kind in {row.kind for row in rows}}


def books_of(office: OfficeBefore, name: str) -> Books:
    return next(books for books in office.tripletex.companies.values() if books.name.startswith(name))


def numbers(books: Books) -> Counter[str]:
    """The employee numbers in the books; two rows of the demo have none."""
    return Counter(str(row["employeeNumber"]) for row in books.rows["Employee"].values() if row["employeeNumber"])


def parts_of(office: OfficeBefore, run_id: str) -> Counter[str]:
    """What stands in the channel and its threads of a run, by the parts of its report."""
    found: list[Message] = office.person("henrik").messages("payroll")
    everything = found + [reply for message in found for reply in office.person("henrik").thread("payroll", message.ts)]
    told = {message.ts: message.metadata["event_payload"] for message in everything if message.metadata}
    return Counter(str(each["part"]) for each in told.values() if each["run_id"] == run_id)


async def test_an_unfinished_run_is_finished_and_reported_once(left: Left) -> None:
    office, notes = left
    run = await ended(office, notes["killed"])
    assert run.state is RunState.DONE
    assert run.interrupted_at is not None
    # One of the six was created without the answer having been heard.
    assert {kind: run.counts[kind] for kind in WRITTEN_OR_NOT if kind in run.counts} == {
        "created": 6,
        "updated": 3,
        "failed": 2,
    }
    async with office.app.database.reading() as s:
        rows = await outcomes.all(s, office.app.database.vault, run.id)
        assert await plans.header(s, office.app.database.vault, run.id) is None
    refused = [outcome_from_json(row.detail) for row in rows if row.kind == OutcomeKind.FAILED]
    assert [outcome.reason for outcome in refused] == [text("apply.bot_updated")] * 2
    assert {outcome.person.number for outcome in refused} == LEFT_TO_THE_NEXT
    created = [row.person_number for row in rows if row.kind == OutcomeKind.CREATED]
    there = numbers(books_of(office, "Polarbønna Norge"))
    assert {number: there[number] for number in created} == dict.fromkeys(created, 1)
    assert set(there.values()) == {1}
    assert len(office.tripletex.requests.matching("POST", "/employee")) == 3
    told = parts_of(office, run.id)
    assert told["message"] == 1
    assert set(told.values()) == {1}
    assert run.message_ts is not None


async def test_the_next_sync_finishes_what_the_update_left(left: Left) -> None:
    office, notes = left
    run = await ended(office, notes["killed"])
    following = await sync(office, run.integration_id, "finish")
    assert following[OutcomeKind.UPDATED] == LEFT_TO_THE_NEXT | ENDED_BY_THIS_VERSION
    again = await sync(office, run.integration_id, "quiet")
    for kind in (OutcomeKind.CREATED, OutcomeKind.FAILED, OutcomeKind.UNKNOWN):
        assert kind not in following
        assert kind not in again
    assert OutcomeKind.UPDATED not in again
    assert again[OutcomeKind.UNCHANGED] >= following[OutcomeKind.UPDATED]


async def test_a_question_that_waits_is_answered_and_carried_out(left: Left) -> None:
    office, notes = left
    henrik = office.person("henrik")
    (asked,) = [message for message in henrik.messages("payroll") if "run.approve" in str(message.blocks)]
    await henrik.click("run.approve", asked)
    run = await ended(office, notes["waiting"])
    assert (run.state, run.counts, run.approved_by) == (RunState.DONE, {"created": 2}, henrik.user.id)
    there = numbers(books_of(office, "Polarbønna Kaffebarer"))
    assert (there["1003"], there["1005"]) == (1, 1)
    told = parts_of(office, run.id)
    assert told["message"] == 1
    assert set(told.values()) == {1}
    assert "run.approve" not in str(asked.blocks)


async def test_a_draft_is_resumed_by_its_owner_where_it_was(left: Left) -> None:
    office, _ = left
    henrik, astrid = office.person("henrik"), office.person("astrid")
    await henrik.type("/integration setup")
    await office.until_step(henrik, "resume")
    await henrik.click("flow.continue")
    await office.until_step(henrik, "summary")
    await henrik.click("flow.back")
    await office.until_step(henrik, "scope")
    search = next(block for block in henrik.modal.blocks if block["block_id"] == "scope.people")  # type: ignore[union-attr]
    assert [one["text"]["text"] for one in search["element"]["initial_options"]] == ["Ingrid Solbakken (1001)"]
    await astrid.type("/integration setup")
    await office.until_step(astrid, "system")


async def test_what_was_kept_of_earlier_runs_is_read(left: Left) -> None:
    office, notes = left
    norge, kaffebarer = sorted(await office.integrations(), key=lambda one: one.name, reverse=True)
    assert (norge.name, norge.state.value, norge.scope["kind"]) == ("Norge", "live", "everyone")
    assert (kaffebarer.name, kaffebarer.environment) == ("Kaffebarer", "test")
    await ended(office, notes["killed"])
    async with office.app.database.reading() as s:
        vault = office.app.database.vault
        first = await outcomes.all(s, vault, f"sync:{norge.id}:first")
        known = await problems.load(s, norge.id)
        schedule = await schedules.get(s, norge.id)
    said = [outcome_from_json(row.detail) for row in first]
    assert Counter(one.kind.value for one in said) == {"created": 1, "blocked": 1}
    assert "employment.overlap" in {finding.code for one in said for finding in one.findings}
    assert "employment.overlap" in str(known)
    assert schedule is not None
    assert schedule.enabled
