"""`/integration thresholds`: when a run stops and asks, drift, and comparing everyone now."""

from __future__ import annotations

import pytest

from bot.jobs.runs.service import RunRequest
from bot.sync.plan.guard import Thresholds
from storage import integrations, workspaces
from storage.runs import Run, RunKind
from tests.handlers.runs.test_start import all_runs, ended
from tests.support.slack_office import Office


async def test_the_form_begins_with_what_is_usual_here(office: Office) -> None:
    await office.make(thresholds={"leavers_people": 7})
    async with office.app.database.session() as s:
        await workspaces.set_settings(s, office.team_id, {"thresholds": {"creates_share": 0.5}})
    henrik = office.person("henrik")
    await henrik.type("/integration thresholds")
    await office.until_step(henrik, "thresholds")
    initial = {
        block["block_id"]: block["element"].get("initial_value")
        for block in henrik.modal.blocks  # type: ignore[union-attr]
        if block["type"] == "input"
    }
    assert initial["thresholds.creates_share"] == "50"
    assert initial["thresholds.leavers_people"] == "7"
    assert initial["thresholds.updates_share"] == "40"
    assert "Standard: 5" in henrik.reads()


async def test_only_what_differs_is_kept_and_both_are_recorded(office: Office) -> None:
    made = await office.make(thresholds={"creates_people": 3})
    henrik = office.person("henrik")
    await henrik.type("/integration thresholds")
    await office.until_step(henrik, "thresholds")
    await henrik.fill("thresholds.creates_people", "10")
    await henrik.fill("thresholds.leavers_share", "25")
    await henrik.choose("thresholds.drift", "report")
    await henrik.submit()
    await office.shows(henrik, "følger disse tallene")
    after = await office.integration(made.id)
    assert after.thresholds == {"leavers_share": 0.25, "drift": "report"}
    assert Thresholds.from_json(after.thresholds) == Thresholds(leavers_share=0.25)
    entry = (await office.audited())[-1]
    assert entry.action == "thresholds.changed"
    assert entry.old == {"thresholds": {"creates_people": 3, "drift": "restore", "leavers_share": 0.1}}
    assert entry.new == {"thresholds": {"creates_people": 10, "drift": "report", "leavers_share": 0.25}}


async def test_numbers_out_of_bounds_are_told_at_their_field(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration thresholds")
    await office.until_step(henrik, "thresholds")
    view = henrik.modal
    assert view is not None
    # A client that does not hold to the bounds that the form names.
    wrong = {"thresholds.creates_share": {"value": "250"}, "thresholds.drop_people": {"value": "0"}}
    for block in view.blocks:
        if block["type"] == "input" and block["block_id"] in wrong:
            block["element"].pop("max_value", None)
            block["element"].pop("min_value", None)
    answer = await office.slack.interactions.submit(henrik.user, view.id, wrong)
    assert set(answer["errors"]) == set(wrong)
    assert (await office.integration(made.id)).version == made.version


async def test_somebody_elses_change_is_not_overwritten(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration thresholds")
    await office.until_step(henrik, "thresholds")
    async with office.app.database.session() as s:
        await integrations.update(s, made.id, made.version, name="Nytt navn")
    await henrik.submit()
    await office.shows(henrik, "ingenting ble lagret")


async def test_everyone_is_compared_at_once_and_nothing_is_written(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration guard")
    await office.until_step(henrik, "thresholds")
    held = office.simployer.faults.slow(path="/employee$")
    await henrik.click("flow.act:compare")
    await office.shows(henrik, "Sammenligningen er startet")
    await held.arrived.wait()
    await henrik.click("flow.act:compare")
    await office.shows(henrik, "En kjøring pågår allerede")
    held.release()
    (run,) = await ended(office, made.id)
    assert (run.kind.value, run.options.to_json()) == ("preview", {"full": True})
    assert office.tripletex.requests.writes() == []


async def test_drift_that_is_left_is_listed_and_not_overwritten(office: Office) -> None:
    made = await office.make(thresholds={"drift": "report"}, language="nb")
    henrik = office.person("henrik")
    await henrik.type("/integration sync now")
    await office.told(henrik, "er startet")
    await ended(office, made.id)
    books = office.tripletex.companies[int(made.target_account_id)]
    person = next(row for row in books.rows["Employee"].values() if row["employeeNumber"] == "1001")
    person["lastName"] = "Solbakk"
    await henrik.type("/integration sync preview")

    async def previewed() -> Run | None:
        latest = (await all_runs(office, made.id))[0]
        return latest if latest.kind is RunKind.PREVIEW and latest.ended else None

    run = await office.until(previewed)
    assert run.message_ts is not None
    said = "\n".join(henrik.reads(message) for message in henrik.thread("payroll", run.message_ts))
    assert "1 verdi er endret i lønnssystemet" in said
    assert "Solbakk\nSolbakken" in said
    assert run.counts == {"unchanged": 1}


@pytest.mark.parametrize(
    ("setting", "counts", "word"), [("report", "unchanged", "latt være"), ("restore", "updated", "rettet")]
)
async def test_drift_is_in_the_report_of_the_sync_that_found_it(
    office: Office, setting: str, counts: str, word: str
) -> None:
    made = await office.make(thresholds={"drift": setting}, language="nb")
    henrik = office.person("henrik")
    await henrik.type("/integration sync now")
    await office.told(henrik, "er startet")
    await ended(office, made.id)
    books = office.tripletex.companies[int(made.target_account_id)]
    person = next(row for row in books.rows["Employee"].values() if row["employeeNumber"] == "1001")
    person["lastName"] = "Solbakk"
    first = (await all_runs(office, made.id))[0]
    await office.app.services.runs.start(RunRequest(made.id, RunKind.SYNC, henrik.user.id, "again"))

    async def synced() -> Run | None:
        latest = (await all_runs(office, made.id))[0]
        return latest if latest.id != first.id and latest.ended else None

    run = await office.until(synced)
    assert run.message_ts is not None
    thread = henrik.thread("payroll", run.message_ts)
    said = "\n".join(henrik.reads(message) for message in thread)
    assert "1 verdi er endret i lønnssystemet" in said
    assert f"Etternavn\n{word}" in said
    assert ("Solbakk\nSolbakken" in said) is (setting == "restore"), "what was written, from what to what"
    assert run.counts == {counts: 1}
    assert f"Etternavn ({word})" in office.sent()
