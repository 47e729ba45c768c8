"""From a test group to a schedule: each report offers the next step, and its button does it."""

from __future__ import annotations

from typing import Any

from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message
from storage import integrations
from storage.runs import Run, RunKind
from tests.handlers.runs.test_start import all_runs
from tests.support.slack_office import Office


def buttons(message: Message) -> dict[str, str | None]:
    """The message's buttons and their styles."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return {element["action_id"]: element.get("style") for row in rows for element in row}


async def report(office: Office, who: Person, integration_id: str, number: int) -> tuple[Run, Message]:
    """The integration's run of this number, once it has ended, and its message."""

    async def done() -> Run | None:
        found = await all_runs(office, integration_id)
        return found[0] if len(found) == number and all(run.ended for run in found) else None

    run = await office.until(done)
    return run, next(message for message in who.messages("payroll") if message.ts == run.message_ts)


async def everyone_but(office: Office, kept: list[str]) -> dict[str, Any]:
    """A scope of the whole company in which only these take part."""
    others = [one for one in office.simployer.store.rows["employee"] if one not in kept]
    return {"kind": "everyone", "ids": [], "excluded": others}


async def test_each_step_is_offered_when_the_one_before_has_been_taken(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")

    await henrik.type("/integration sync preview")
    _, first = await report(office, henrik, made.id, 1)
    assert "En synkronisering gjør dette" in henrik.reads(first)
    assert buttons(first)["run.apply"] == "primary"

    await henrik.click("run.apply", first)
    _, tested = await report(office, henrik, made.id, 2)
    assert "Neste: forhåndsvis hele selskapet" in henrik.reads(tested)
    assert [action for action, style in buttons(tested).items() if style] == ["integration.preview_everyone"]
    written = len(office.tripletex.requests.writes())
    assert "run.undo" not in buttons(tested), "nothing was done to anybody"

    await henrik.click("integration.preview_everyone", tested)
    run, whole = await report(office, henrik, made.id, 3)
    assert run.kind is RunKind.PREVIEW
    assert sum(run.counts.values()) > 30
    assert "Dette er hele selskapet" in henrik.reads(whole)
    assert buttons(whole)["integration.scope"] == "primary"
    assert not {"integration.sync", "run.apply"} & set(buttons(whole))
    assert len(office.tripletex.requests.writes()) == written
    assert (await office.integration(made.id)).scope == made.scope

    await henrik.click("integration.scope", whole)
    await office.until_step(henrik, "scope")
    await henrik.close()
    now = await office.integration(made.id)
    scope = await everyone_but(office, list(made.scope["ids"]))
    async with office.app.database.session() as s:
        await integrations.update(s, made.id, now.version, scope=scope)
    await henrik.type("/integration sync now")
    preview, shown = await report(office, henrik, made.id, 4)
    assert preview.kind is RunKind.PREVIEW
    await henrik.click("run.apply", shown)
    _, widened = await report(office, henrik, made.id, 5)
    assert "1 av 1 ansatte er på plass. Synkronisere automatisk" in henrik.reads(widened)
    assert buttons(widened)["integration.schedule"] == "primary"

    await henrik.click("integration.schedule", widened)
    await office.until_step(henrik, "schedule")
    await henrik.choose("schedule.mode", "scheduled")
    await office.until_field(henrik, "schedule.time")
    await henrik.submit()
    await office.shows(henrik, "Neste synkronisering")
    await henrik.close()
    await henrik.type("/integration sync now")
    _, scheduled = await report(office, henrik, made.id, 6)
    assert "er på plass. Synkronisere automatisk" not in henrik.reads(scheduled)
    assert "integration.schedule" not in buttons(scheduled)


async def test_nothing_further_is_offered_while_something_is_wrong(office: Office) -> None:
    made = await office.make()
    office.simployer.admin.change("1001", dateOfBirth=None, ssn="12345678901")
    henrik = office.person("henrik")
    await henrik.type("/integration sync now")
    run, told = await report(office, henrik, made.id, 1)
    assert run.counts == {"blocked": 1}
    assert "på plass" not in henrik.reads(told)
    assert "integration.preview_everyone" not in buttons(told)
    assert not any(buttons(told).values())


async def test_who_was_created_or_changed_by_a_test_sync_is_listed_to_be_undone_by_hand(office: Office) -> None:
    rows = office.simployer.store.rows["employee"]
    new = next(one for one, row in rows.items() if row["lastName"] == "Tveitan")
    there = next(one for one, row in rows.items() if row["employeeNumber"] == "1001")
    made = await office.make(scope={"kind": "people", "ids": [new, there]})
    office.simployer.admin.change("1001", lastName="Nygaard-Ødegård")
    henrik = office.person("henrik")
    await henrik.type("/integration sync now")
    run, tested = await report(office, henrik, made.id, 1)
    assert run.counts == {"created": 1, "updated": 1}
    await henrik.click("run.undo", tested)
    shown = await office.shows(henrik, "Angre for hånd", "For å angre:", "i Tripletex, hvis det går", "Tveitan")
    assert "Person for person" not in shown
    assert shown.count("Felt: ") == 1, "of whoever was created the whole person is to go"
    assert "Felt: Etternavn" in shown
    await henrik.choose("plan.filter", "created")
    await office.slack.world.changes.until(lambda: "Felt: " not in henrik.reads())
    assert "Angre for hånd" in henrik.reads()
