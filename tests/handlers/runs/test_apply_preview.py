"""Sync now and Apply this preview: what was shown is written, and nothing else."""

from __future__ import annotations

from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message
from storage import integrations
from storage.integrations import Integration
from storage.runs import Run, RunKind
from tests.handlers.runs.test_next_step import buttons, report
from tests.handlers.runs.test_start import all_runs, ended
from tests.support.slack_office import Office

NUMBER = "1001"


async def changed(office: Office, last_name: str = "Aasen") -> Integration:
    """An integration that has never synced, of one person whose name is another in the payroll system."""
    made = await office.make(synced=False)
    office.simployer.admin.change(NUMBER, lastName=last_name)
    return made


async def previewed(office: Office, who: Person, integration_id: str, number: int = 1) -> tuple[Run, Message]:
    await who.type("/integration sync preview")
    return await report(office, who, integration_id, number)


async def test_a_preview_is_applied_once(office: Office) -> None:
    made = await changed(office)
    henrik = office.person("henrik")
    preview, message = await previewed(office, henrik, made.id)
    assert buttons(message)["run.apply"] == "primary"
    assert "integration.sync" not in buttons(message)
    await henrik.click("run.apply", message)
    await office.told(henrik, "gjennomfører forhåndsvisningen")
    run, synced = await report(office, henrik, made.id, 2)
    assert (run.kind, run.state.value, run.counts) == (RunKind.SYNC, "done", {"updated": 1})
    assert run.options.preview_run == preview.id
    assert "Som forhåndsvisningen fra" in henrik.reads(synced)

    await henrik.click("run.apply", message)
    told = await office.told(henrik, "utdatert", "Ingenting ble startet", "Se den nyere")
    assert str(run.message_ts).replace(".", "") in str(told.blocks)
    assert len(await all_runs(office, made.id)) == 2


async def test_what_changed_since_is_shown_and_not_written(office: Office) -> None:
    made = await changed(office)
    henrik = office.person("henrik")
    _, message = await previewed(office, henrik, made.id)
    office.simployer.admin.change(NUMBER, lastName="Nyberg")
    await henrik.click("run.apply", message)
    asked = await office.reads(lambda: henrik.messages("payroll"), henrik, "viste noe annet")
    assert "1 ansatt ville blitt endret annerledes enn forhåndsvisningen viste" in henrik.reads(asked)
    table = await office.reads(
        lambda: henrik.thread("payroll", asked.ts), henrik, "skiller seg fra forhåndsvisningen", "Som vist"
    )
    assert "Nyberg" in henrik.reads(table)
    assert office.tripletex.requests.writes() == []
    await henrik.click("run.approve", asked)
    runs = await ended(office, made.id)
    assert (runs[0].kind, runs[0].state.value) == (RunKind.SYNC, "done")
    assert "skilte seg fra forhåndsvisningen" in henrik.reads(asked)


async def test_the_button_of_an_older_preview_starts_nothing(office: Office) -> None:
    made = await changed(office)
    henrik = office.person("henrik")
    _, first = await previewed(office, henrik, made.id)
    newer, _ = await previewed(office, henrik, made.id, 2)
    await henrik.click("run.apply", first)
    told = await office.told(henrik, "utdatert", "Se den nyere")
    assert str(newer.message_ts).replace(".", "") in str(told.blocks)
    assert len(await all_runs(office, made.id)) == 2
    assert office.tripletex.requests.writes() == []


async def test_a_preview_that_is_too_old_or_of_other_settings_starts_nothing(office: Office) -> None:
    made = await changed(office)
    henrik = office.person("henrik")
    _, message = await previewed(office, henrik, made.id)
    office.clock.forward(hours=13)
    await henrik.click("run.apply", message)
    told = await office.told(henrik, "for gammel til å gjennomføres")
    assert "integration.preview" in buttons(told)
    async with office.app.database.session() as s:
        await integrations.update(s, made.id, made.version, scope={"kind": "everyone"})
    await henrik.click("run.apply", message)
    await office.told(henrik, "er endret siden. Ingenting ble startet")
    assert len(await all_runs(office, made.id)) == 1


async def test_sync_now_previews_first_and_says_why(office: Office) -> None:
    made = await changed(office)
    henrik = office.person("henrik")
    await henrik.type("/integration sync now")
    await office.told(henrik, "Ingenting er skrevet: det finnes ingen forhåndsvisning av *Norge* ennå")
    first, _ = await report(office, henrik, made.id, 1)
    assert first.kind is RunKind.PREVIEW

    async with office.app.database.session() as s:
        people = [*made.scope["ids"], next(one for one in office.simployer.store.rows["employee"])]
        await integrations.update(s, made.id, made.version, scope={"kind": "people", "ids": people})
    await henrik.type("/integration sync now")
    await office.told(henrik, "er endret siden den siste forhåndsvisningen")
    second, _ = await report(office, henrik, made.id, 2)
    assert second.kind is RunKind.PREVIEW

    office.clock.forward(hours=13)
    await henrik.type("/integration sync now")
    await office.told(henrik, "den siste forhåndsvisningen av *Norge* er for gammel")
    third, _ = await report(office, henrik, made.id, 3)
    assert third.kind is RunKind.PREVIEW
    assert office.tripletex.requests.writes() == []

    await henrik.type("/integration sync now")
    await office.told(henrik, "gjennomfører forhåndsvisningen")
    synced, _ = await report(office, henrik, made.id, 4)
    assert (synced.kind, synced.options.preview_run) == (RunKind.SYNC, third.id)
    assert office.tripletex.requests.writes() != []


async def test_what_has_synced_as_it_is_syncs_under_the_guard(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration sync now")
    await office.told(henrik, "Synkroniseringen av *Norge* er startet")
    (run,) = await ended(office, made.id)
    assert (run.kind, run.state.value) == (RunKind.SYNC, "done")


async def test_a_bare_sync_previews_and_says_that_it_writes_nothing(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration sync")
    await office.told(henrik, "Forhåndsvisningen av *Norge*", "ingenting skrives")
    (run,) = await ended(office, made.id)
    assert run.kind is RunKind.PREVIEW
