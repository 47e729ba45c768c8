"""An integration that sends nothing but absence, in every conversation there is of it afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.domain.leave_settings import LeaveRoute, LeaveSettings
from bot.domain.resource import Resource
from bot.jobs.runs.service import RunNotPossible, RunRequest
from bot.views.overview.cards import OF_EMPLOYEES
from sandbox.leave_files import COMPANY_NAME, COMPANY_NUMBER, CUSTOMER
from storage import integrations, leave_settings, runs, schedules
from storage.integrations import Integration, IntegrationState
from storage.runs import Run, RunKind
from tests.support.slack_office import Office, blocks_of, dump

ENTERED = {
    "delivery": "message",
    "customer": CUSTOMER,
    "organisation_number": COMPANY_NUMBER,
    "company_name": COMPANY_NAME,
}


async def made_for_absence(office: Office) -> Integration:
    """Visma Lön, whose files a person gets."""
    await office.assign("visma_lon", CUSTOMER)
    made = await office.make(
        provider="visma_lon",
        target_account_id=f"{CUSTOMER}/{COMPANY_NUMBER}",
        target_account_name=COMPANY_NAME,
        environment="production",
        credentials=ENTERED,
        settings={},
        synced=False,
    )
    sick = office.simployer.admin.leave.type("Sick leave")["id"]
    chosen = LeaveSettings(enabled=True, with_employees=False, routes={sick: LeaveRoute("050")})
    async with office.app.database.session() as s:
        await leave_settings.put(s, made.id, chosen.to_json())
    return made


async def all_runs(office: Office, made: Integration) -> list[Run]:
    async with office.app.database.reading() as s:
        found = [run for about in Resource for run in await runs.latest(s, made.id, resource=about)]
    return found if all(run.ended for run in found) else []


async def test_nothing_of_employees_is_offered_or_done(office: Office) -> None:
    made = await made_for_absence(office)
    henrik = office.person("henrik")
    for word in ("mapping", "thresholds", "conflicts", "sync full"):
        await henrik.type(f"/integration {word}")
        message = await office.told(henrik, "sender bare fravær", "tar ikke imot ansatte")
        assert "integration.absence" in dump(message.blocks)
    await henrik.type("/integration file")
    await office.told(henrik, "sender bare fravær", "hent den der")
    assert henrik.modal is None
    await henrik.type("/integration status")
    card = await office.told(henrik, "Hva: bare fravær")
    shown = dump(card.blocks)
    for absent in (*OF_EMPLOYEES, "integration.preview_absence", "integration.sync_absence", "integration.full"):
        assert absent not in shown
    assert "ansatt" not in henrik.reads(card)
    await henrik.click("integration.settings", card)
    await office.shows(henrik, "Norge")
    assert henrik.modal is not None
    settings = dump(henrik.modal.blocks)
    assert "integration.absence" in settings
    assert all(absent not in settings for absent in OF_EMPLOYEES)
    with pytest.raises(RunNotPossible):
        await office.app.services.runs.start(RunRequest(made.id, RunKind.SYNC, henrik.user.id, "employees"))
    await henrik.type("/integration sync now absence")
    await office.told(henrik, "forhåndsvisning av fravær")
    (run,) = await office.until(lambda: all_runs(office, made))
    assert run.resource == Resource.ABSENCE


async def test_its_times_are_those_of_absence_and_a_slot_has_one_run(office: Office) -> None:
    made = await made_for_absence(office)
    henrik = office.person("henrik")
    await henrik.type("/integration schedule")
    await office.until_step(henrik, "schedule")
    await henrik.choose("schedule.mode", "scheduled")
    await office.until_field(henrik, "schedule.time")
    await henrik.submit()
    await office.until_step(henrik, "untested")
    await henrik.submit()
    await office.shows(henrik, "Lagret")
    async with office.app.database.session() as s:
        assert await schedules.get(s, made.id) is None
        own = await schedules.get(s, made.id, resource=Resource.ABSENCE)
        assert own is not None
        # One that stands there for employees, whoever put it there, starts nothing.
        await schedules.put(s, replace(own, resource=Resource.EMPLOYEES))
    await henrik.type("/integration schedule")
    await office.until_field(henrik, "schedule.time")
    office.clock.at = own.next_run_at + timedelta(milliseconds=1)
    await office.app.jobs.tick.tick()
    async with office.app.database.reading() as s:
        found = [run for about in Resource for run in await runs.latest(s, made.id, resource=about)]
    assert [(run.resource, run.kind) for run in found] == [(Resource.ABSENCE, RunKind.SYNC)]


async def test_its_choices_are_never_off_and_its_people_are_known_by_their_numbers(office: Office) -> None:
    made = await made_for_absence(office)
    henrik = office.person("henrik")
    await henrik.type("/integration absence")
    await office.until_step(henrik, "absence")
    assert {"absence.on", "absence.when"}.isdisjoint(blocks_of(henrik))
    await henrik.choose("absence.cut_off", "0")
    await henrik.choose("absence.cut_off_hour", "9")
    await henrik.submit()
    await office.until_step(henrik, "absence_types")
    await henrik.submit()
    await office.until_step(henrik, "absence_settings")
    await henrik.submit()
    await office.until_step(henrik, "schedule")
    await henrik.submit()
    await office.until_step(henrik, "absence_summary")
    await henrik.submit()
    await office.shows(henrik, "Lagret")
    async with office.app.database.reading() as s:
        stored = await leave_settings.get(s, made.id)
    assert stored is not None
    chosen = LeaveSettings.from_json(stored.settings)
    assert (chosen.enabled, chosen.with_employees) == (True, False)
    assert (chosen.cut_off_day, chosen.cut_off_time, chosen.zone) == (0, time(9), "Europe/Stockholm")

    rows = office.simployer.store.rows["employee"].values()
    one = next(row for row in rows if row.get("employeeNumber") == "1003")
    one["employeeNumber"] = "10 03"
    await henrik.type("/integration scope")
    await office.until_step(henrik, "scope")
    await office.pick(henrik, "Rustad", "Fjeldvik", "Solbakken")
    await henrik.submit()
    await office.until_step(henrik, "readiness")
    said = henrik.reads()
    assert "Ansattnummeret mangler" in said
    assert "ikke kan stå i filer" in said
    assert "Solbakken" in said


async def test_it_is_reconnected_by_its_own_door(office: Office) -> None:
    made = await made_for_absence(office)
    async with office.app.database.session() as s:
        await integrations.set_state(s, made.id, IntegrationState.NEEDS_RECONNECT)
    henrik = office.person("henrik")
    await henrik.type("/integration credentials")
    await office.until_step(henrik, "credentials")
    await henrik.submit()
    await office.shows(henrik, "Lagret")
    assert (await office.integration(made.id)).state is IntegrationState.CONNECTED
