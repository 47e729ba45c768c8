"""`/integration absence`: switched on with what goes where, refused where it cannot be, and sent only when shown."""

from __future__ import annotations

from dataclasses import replace as changed
from datetime import date, time

import pytest

from bot.domain.leave_settings import LeaveRoute, LeaveSettings
from bot.domain.resource import Resource
from bot.handlers.edit import absence
from bot.handlers.edit.absence_draft import (
    AbsenceAnswers,
    AbsenceDraft,
    SeenCode,
    SeenType,
    begun,
    lines_of,
    settings_of,
    unsent,
)
from bot.handlers.runs.conflicts import latest_run
from bot.jobs.runs.service import RunRequest
from bot.jobs.runs.shown_plan import PreviewState
from bot.views.edit.absence import AUTOMATIC, TYPES_PER_PAGE
from bot.views.edit.mappings import NOTHING
from sandbox.slack.user_actions import Person
from sandbox.tripletex.payroll_officer import PayrollOfficer
from storage import leave_settings, people, runs, schedules
from storage.integrations import Integration
from storage.people import PersonState
from storage.runs import Run, RunKind, RunState
from tests.support.slack_office import Office, blocks_of, dump, metadata_of

SICK, VACATION = "Sick leave", "Vacation"
NUMBER = "1001"
DAYS = ("2026-11-23", "2026-11-24")
"""A Monday and a Tuesday of the office's month."""


def officer(office: Office, made: Integration) -> PayrollOfficer:
    return PayrollOfficer(office.tripletex.companies[int(made.target_account_id)])


async def placed(office: Office) -> Integration:
    """An integration of one person, who is in the payroll system and has no leave yet."""
    made = await office.make(synced=False)
    for leave in list(office.simployer.store.rows["leave"]):
        office.simployer.admin.leave.delete(leave)
    (source_id,) = made.scope["ids"]
    target_id = str(officer(office, made).employee(NUMBER))
    async with office.app.database.session() as s:
        state = PersonState(source_id=source_id, seen_at=office.clock(), target_id=target_id)
        await people.upsert(s, made.id, [state])
    return made


async def switched_on(office: Office, made: Integration, **values: object) -> None:
    chosen: dict[str, object] = {"enabled": True, "routes": {type_of(office, SICK): LeaveRoute("801")}, **values}
    async with office.app.database.session() as s:
        await leave_settings.put(s, made.id, LeaveSettings(**chosen).to_json())  # type: ignore[arg-type]


def type_of(office: Office, name: str) -> str:
    return str(office.simployer.admin.leave.type(name)["id"])


async def kept(office: Office, made: Integration) -> LeaveSettings:
    async with office.app.database.reading() as s:
        stored = await leave_settings.get(s, made.id)
    return LeaveSettings.from_json(stored.settings) if stored is not None else LeaveSettings()


async def ended(office: Office, made: Integration, count: int) -> list[Run]:
    """The runs of absence, newest first, once there are so many and none is under way."""

    async def over() -> list[Run]:
        async with office.app.database.reading() as s:
            found = list(await runs.latest(s, made.id, resource=Resource.ABSENCE))
        return found if len(found) == count and all(run.ended for run in found) else []

    return await office.until(over)


async def opened(office: Office, who: Person) -> None:
    await who.type("/integration absence")
    await office.until_step(who, "absence")
    await who.choose("absence.on", "on")
    await office.until_field(who, "absence.cut_off")


async def test_leave_reaches_payroll_once_it_was_shown_and_is_taken_back_when_it_is_cancelled(office: Office) -> None:
    made = await placed(office)
    henrik, desk = office.person("henrik"), officer(office, made)
    leave = office.simployer.admin.leave.request(NUMBER, SICK, *DAYS)
    office.simployer.admin.leave.change(leave["id"], description="canary-of-a-reason")
    office.simployer.admin.leave.approve(leave["id"])
    await henrik.type("/integration sync now absence")
    await office.told(henrik, "Fravær er ikke slått på", "/integration absence")

    await opened(office, henrik)
    metadata = metadata_of(henrik)
    await henrik.submit()
    await office.until_step(henrik, "absence_types")
    await office.shows(henrik, "Sick leave (1 person)")
    field = f"absence.type.{type_of(office, SICK)}"
    await henrik.choose(field, "=801")
    await henrik.submit()
    await office.until_step(henrik, "absence_settings")
    await henrik.submit()
    await office.until_step(henrik, "absence_summary")
    await office.shows(henrik, "2 dager fravær", "2 av 6")
    await henrik.submit()
    await office.shows(henrik, "Lagret", "ingenting er sendt ennå")
    chosen = await kept(office, made)
    assert (chosen.enabled, chosen.first_day, chosen.with_employees) == (True, date(2026, 11, 1), True)
    assert chosen.routes == {type_of(office, SICK): LeaveRoute("801")}
    assert (await office.audited())[-1].action == "absence.changed"

    await henrik.type("/integration sync now absence")
    await office.told(henrik, "Ingenting er skrevet", "forhåndsvisning av fravær")
    (preview,) = await ended(office, made, 1)
    assert (preview.kind, preview.state, desk.hours(NUMBER)) == (RunKind.PREVIEW, RunState.DONE, {})
    apply_it = next(
        m for m in henrik.messages("payroll") if "run.apply" in dump(m.blocks) and preview.id in dump(m.blocks)
    )
    await henrik.click("run.apply", apply_it)
    await office.told(henrik, "Synkroniseringen av fravær for *Norge* gjennomfører forhåndsvisningen")
    sync, _ = await ended(office, made, 2)
    assert (sync.state, sync.options.preview_run) == (RunState.DONE, preview.id)
    assert {key: hours > 0 for key, hours in desk.hours(NUMBER).items()} == {(day, "801"): True for day in DAYS}

    office.simployer.admin.leave.cancel(leave["id"])
    await henrik.type("/integration sync now absence")
    await office.told(henrik, "Synkroniseringen av fravær for *Norge* er startet")
    assert (await ended(office, made, 3))[0].state is RunState.DONE
    assert desk.hours(NUMBER) == {}
    await henrik.click("run.apply", apply_it)
    await office.told(henrik, "utdatert")
    async with office.app.database.reading() as s:
        assert await latest_run(s, made.id) is None  # whose questions about people would be the present ones
    shown = await office.app.services.runs.shown(await office.integration(made.id))
    assert (shown.state, shown.settled) == (PreviewState.NEVER, False)
    await henrik.type("/integration status")
    await office.told(henrik, "Siste synkronisering av fravær")

    for method in ("chat.postMessage", "chat.update", "chat.postEphemeral"):
        for call in office.calls(method):
            for canary in (SICK, "canary-of-a-reason", "Sykdom", "Egenmelding"):
                assert canary not in str(call.arguments), (method, canary)
    assert len(metadata) == 32
    assert "canary-of-a-reason" not in office.sent()


async def test_what_no_preview_has_shown_waits_for_an_approval_and_is_then_written(office: Office) -> None:
    made = await placed(office)
    henrik, astrid, desk = office.person("henrik"), office.person("astrid"), officer(office, made)
    await switched_on(office, made)
    office.simployer.admin.leave.request(NUMBER, SICK, *DAYS, status="APPROVED")
    request = RunRequest(made.id, RunKind.SYNC, henrik.user.id, "unseen", resource=Resource.ABSENCE)
    run = await office.app.services.runs.start(request)

    async def waits() -> bool:
        async with office.app.database.reading() as s:
            found = await runs.get(s, run.id)
        return found is not None and found.state is RunState.WAITING_APPROVAL

    await office.until(waits)
    assert desk.hours(NUMBER) == {}
    await henrik.type("/integration sync now absence")
    await office.told(henrik, "En synkronisering av fravær", "venter på godkjenning")
    office.clock.forward(hours=20)  # older than a plan lives: it is made anew as it is carried out
    await office.app.services.runs.approve(run.id, astrid.user.id)
    (done,) = await ended(office, made, 1)
    assert (done.state, done.approved_by) == (RunState.DONE, astrid.user.id)
    assert set(desk.hours(NUMBER)) == {(day, "801") for day in DAYS}


async def test_it_is_refused_where_the_hours_cannot_be_trusted_and_where_nothing_would_go(office: Office) -> None:
    made = await placed(office)
    henrik = office.person("henrik")
    async with office.app.database.session() as s:
        await leave_settings.put(s, made.id, LeaveSettings().to_json())
        await leave_settings.record_read(s, made.id, extent="fraction", rows_read=1)
    office.simployer.admin.leave.request(NUMBER, SICK, *DAYS, status="APPROVED")
    await opened(office, henrik)
    await henrik.submit()
    await office.shows(henrik, "på en annen måte enn før")
    assert not (await kept(office, made)).enabled
    async with office.app.database.session() as s:
        await leave_settings.record_read(s, made.id, extent="percent", rows_read=1)
    for name in ("Parental leave", "Study leave"):
        office.simployer.admin.leave.set_code(name, None)
    await henrik.submit()
    await office.until_step(henrik, "absence_types")
    await henrik.submit()
    assert any("minst én type" in said for said in henrik.errors.values())


async def test_case_67_a_system_that_takes_no_absence_says_so(office: Office) -> None:
    await office.make(provider="kleer", target_account_id="1", name="Kleer")
    henrik = office.person("henrik")
    for word in ("absence", "sync preview absence"):
        await henrik.type(f"/integration {word}")
        await office.told(henrik, "Kleer", "tar ikke imot fravær")
    assert henrik.modal is None


async def test_an_earlier_day_is_counted_and_times_of_its_own_are_kept_and_taken_away_with_it(office: Office) -> None:
    made = await placed(office)
    henrik = office.person("henrik")
    await switched_on(office, made)
    rights = office.tripletex.companies[int(made.target_account_id)].rows["Entitlement"]
    for right in [key for key, row in rights.items() if row["name"] == "AUTH_HOURS_COMPANY"]:
        del rights[right]
    office.simployer.admin.leave.request(NUMBER, SICK, "2026-10-28", "2026-10-29", status="APPROVED")
    await opened(office, henrik)
    await henrik.choose("absence.from", "day")
    await office.until_field(henrik, "absence.first_day")
    await henrik.submit()
    assert "absence.first_day" in henrik.errors
    for typed in ("0001-01-01", "9999-12-31"):
        await henrik.fill("absence.first_day", typed)
        await henrik.submit()
        assert "2000" in henrik.errors["absence.first_day"]
    await henrik.fill("absence.first_day", "2026-10-01")
    await henrik.choose("absence.cut_off", "5")
    await henrik.choose("absence.cut_off_hour", "9")
    await henrik.choose("absence.when", "own")
    await henrik.submit()
    await office.until_step(henrik, "absence_types")
    await henrik.submit()
    await office.until_step(henrik, "absence_settings")
    await henrik.submit()
    await office.until_step(henrik, "schedule")
    await henrik.choose("schedule.mode", "scheduled")
    await office.until_field(henrik, "schedule.weekdays")
    await henrik.submit()
    await office.until_step(henrik, "absence_summary")
    await office.shows(henrik, "2 av disse dagene er før 1. nov. 2026")
    assert "5 dager etter siste dag klokken 09:00 (Europe/Stockholm)" in henrik.reads()
    assert "AUTH_HOURS_COMPANY" in henrik.reads(), "what stops nothing is told"
    await henrik.submit()
    await office.shows(henrik, "Lagret")
    chosen = await kept(office, made)
    assert (chosen.first_day, chosen.cut_off_day, chosen.zone) == (date(2026, 10, 1), 5, "Europe/Stockholm")
    assert chosen.cut_off_time == time(9)
    async with office.app.database.reading() as s:
        own = await schedules.get(s, made.id, resource=Resource.ABSENCE)
        assert await schedules.get(s, made.id) is None
    assert own is not None
    assert own.changed_by == henrik.user.id
    await henrik.close()
    await henrik.type("/integration absence")
    await office.until_step(henrik, "absence")
    await henrik.choose("absence.on", "off")
    await office.until(lambda: _gone_from(henrik, "absence.cut_off"))
    await henrik.submit()
    await office.shows(henrik, "slått av")
    assert await kept(office, made) == changed(chosen, enabled=False)
    async with office.app.database.reading() as s:
        assert await schedules.get(s, made.id, resource=Resource.ABSENCE) is None


async def _gone_from(who: Person, field: str) -> bool:
    return field not in blocks_of(who)


async def test_somebody_elses_choices_are_not_overwritten(office: Office) -> None:
    made = await placed(office)
    henrik = office.person("henrik")
    await switched_on(office, made)
    await henrik.type("/integration absence")
    await office.until_step(henrik, "absence")
    await henrik.choose("absence.on", "off")
    await switched_on(office, made, confirmed_only=True)
    await office.until(lambda: _gone_from(henrik, "absence.cut_off"))
    await henrik.submit()
    await office.shows(henrik, "ingenting ble lagret")
    assert (await kept(office, made)).enabled


async def test_the_set_up_leads_on_to_absence_where_it_is_wanted(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_summary(henrik)
    await henrik.choose("setup.absence", "yes")
    await henrik.submit()
    await office.shows(henrik, "Velg hva som går hvor")
    (made,) = await office.integrations()
    assert not (await kept(office, made)).enabled
    await henrik.click("integration.absence")
    await office.until_step(henrik, "absence")


def many(count: int) -> AbsenceAnswers:
    types = [SeenType(id=f"t{at}", name=f"Type {at:02}", codes=(str(at),), people=at % 2) for at in range(count)]
    return AbsenceAnswers(on=True, types=types, codes=[SeenCode(value="7", label="7 Seven")])


@pytest.mark.parametrize("codes", [1, 40])
async def test_sixty_types_fit_page_by_page_and_many_codes_are_searched_for(office: Office, codes: int) -> None:
    made = await placed(office)
    henrik = office.person("henrik")
    for at in range(53):
        office.simployer.admin.leave.add_type(f"Type {at:02}", "OFF_DUTY")
    for at in range(codes - 1):
        officer(office, made).activity(f"9{at:02}", f"Aktivitet {at:02}")
    await opened(office, henrik)
    await henrik.submit()
    await office.until_step(henrik, "absence_types")
    assert sum(name.startswith("absence.type.") for name in blocks_of(henrik)) == TYPES_PER_PAGE
    first = f"absence.type.{type_of(office, SICK)}"
    seen = set(blocks_of(henrik))
    for page in ("Side 2 av 3", "Side 3 av 3"):
        await henrik.click("flow.act:next")
        await office.shows(henrik, page)
        seen |= blocks_of(henrik)
    assert sum(name.startswith("absence.type.") for name in seen) >= 59
    assert first in seen
    field = next(name for name in sorted(blocks_of(henrik)) if name.startswith("absence.type."))
    if codes > 1:
        offered = [one["value"] for one in await henrik.search(field, "Sykt barn")]
        assert offered == [AUTOMATIC, NOTHING, "=804"]
    await henrik.choose(field, "=804")
    await henrik.submit()
    await office.until_step(henrik, "absence_settings")
    draft = await office.draft(henrik, absence.KIND)
    assert draft is not None
    picked = AbsenceDraft.from_draft(draft.data).absence.picked
    assert picked == {field.removeprefix("absence.type."): "=804"}


def test_where_a_type_goes_by_itself_and_who_is_left_out() -> None:
    answers = many(10).model_copy(update={"picked": {"t1": "=7", "t3": NOTHING}})
    lines = {line.id: line for line in lines_of(answers)}
    assert {name for name, line in lines.items() if line.sent} == {"t1", "t7"}
    assert (lines["t7"].goes_to, lines["t1"].goes_to, lines["t3"].chosen) == ("7 Seven", "", NOTHING)
    assert [line.id for line in unsent([*lines.values()])] == ["t5", "t9"]
    assert "Type 0" not in repr(answers) + repr(lines["t1"])


def test_what_is_stored_comes_back_as_it_was() -> None:
    stored = LeaveSettings(
        enabled=True,
        routes={"t1": LeaveRoute("7"), "t2": LeaveRoute(None), "gone": LeaveRoute("9")},
        first_day=date(2026, 9, 16),
        closed_through=date(2026, 10, 15),
        period_from=16,
        cut_off_day=-3,
        zone="Europe/Oslo",
        confirmed_only=True,
        with_employees=False,
        values={"vacation_day_hours": "7.5"},
    )
    assert settings_of(begun(stored, 4), stored, date(2026, 11, 2), "Europe/Stockholm") == stored
    fresh = settings_of(AbsenceAnswers(on=True), LeaveSettings(), date(2026, 11, 2), "Europe/Oslo")
    assert (fresh.first_day, fresh.zone) == (date(2026, 11, 1), "Europe/Oslo")
