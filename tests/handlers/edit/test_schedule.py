"""The schedule: days of rest, the nights when clocks change, every zone, and what follows before it is saved."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

from sandbox.slack.user_actions import Person
from storage import runs, schedules
from storage.integrations import Integration, IntegrationState
from storage.schedules import Schedule
from tests.support.slack_office import Office, blocks_of


async def stored(office: Office, made: Integration) -> Schedule:
    async with office.app.database.reading() as s:
        found = await schedules.get(s, made.id)
    assert found is not None
    return found


async def opened(office: Office, who: Person) -> None:
    """The form, with the schedule turned on."""
    await who.type("/integration schedule")
    await office.until_step(who, "schedule")
    await who.choose("schedule.mode", "scheduled")
    await office.until_field(who, "schedule.time")


def stamp(moment: str) -> str:
    """A time as Slack shows it in the reader's zone."""
    return f"<!date^{int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())}^"


async def test_the_next_three_runs_follow_every_choice_before_it_is_saved(office: Office) -> None:
    made = await office.make(state=IntegrationState.TESTED)
    henrik = office.person("henrik")
    await opened(office, henrik)
    await office.shows(henrik, *(stamp(f"2026-11-{day}T05:00") for day in (24, 25, 26)))
    await henrik.choose("schedule.weekdays", "mon", "thu")
    await office.shows(henrik, stamp("2026-11-26T05:00"), stamp("2026-11-30T05:00"), stamp("2026-12-03T05:00"))
    await henrik.fill("schedule.time", "07:30")
    await office.shows(henrik, stamp("2026-11-26T06:30"))
    (helsinki,) = await henrik.search("schedule.zone", "finland helsinki")
    await henrik.choose("schedule.zone", helsinki["value"])
    await office.shows(henrik, stamp("2026-11-26T05:30"))
    assert "schedule.enabled" not in str(await office.audited())
    await henrik.submit()
    await office.shows(henrik, "Neste synkronisering")
    after = await stored(office, made)
    assert (after.weekdays, after.hour, after.minute, after.timezone) == (("mon", "thu"), 7, 30, "Europe/Helsinki")


async def test_turning_it_on_says_what_is_not_asked_and_what_stops(office: Office) -> None:
    made = await office.make(synced=False)
    henrik = office.person("henrik")
    await opened(office, henrik)
    await office.shows(
        henrik, "Ingen blir spurt hver gang", "stopper og spør før den skriver", "`/integration thresholds`"
    )
    await henrik.submit()
    await office.shows(henrik, "venter på godkjenning med planen sin")
    await henrik.submit()
    await office.shows(henrik, "Neste synkronisering", "Ingen blir spurt hver gang")
    await henrik.close()
    office.simployer.admin.change("1001", lastName="Aasen")
    office.clock.forward(hours=24)

    async def waits() -> bool:
        async with office.app.database.reading() as s:
            return any(run.state is runs.RunState.WAITING_APPROVAL for run in await runs.active(s, made.id))

    await office.until(waits)
    await office.reads(lambda: henrik.messages("payroll"), henrik, "planen er ikke vist før", "Godkjenn")
    assert office.tripletex.requests.writes() == []
    assert (await stored(office, made)).enabled


async def test_public_holidays_of_a_country_are_left_out(office: Office) -> None:
    made = await office.make(state=IntegrationState.TESTED)
    office.clock.at = datetime(2026, 12, 24, 12, 0, tzinfo=UTC)
    henrik = office.person("henrik")
    await opened(office, henrik)
    await office.shows(henrik, stamp("2026-12-25T05:00"))
    offered = await henrik.search("schedule.holidays", "")
    assert [one["value"] for one in offered] == ["none", "SE", "NO", "DK", "FI", "IS"]
    (norway,) = await henrik.search("schedule.holidays", "norge")
    await henrik.choose("schedule.holidays", norway["value"])
    await office.shows(henrik, *(stamp(f"2026-12-{day}T05:00") for day in (28, 29, 30)))
    await henrik.submit()
    await office.shows(henrik, "ikke på helligdager i Norge")
    after = await stored(office, made)
    assert (after.holidays, after.next_run_at.date()) == ("NO", date(2026, 12, 28))
    assert (await office.audited())[-1].new["holidays"] == "NO"  # type: ignore[index]


async def test_a_pause_between_two_dates_ends_by_itself(office: Office) -> None:
    made = await office.make(state=IntegrationState.TESTED)
    henrik = office.person("henrik")
    await opened(office, henrik)
    await henrik.choose("schedule.pause", "yes")
    await office.until_field(henrik, "schedule.pause.until")
    await office.shows(henrik, stamp("2026-11-30T05:00"))
    await henrik.fill("schedule.pause.until", "2026-11-20")
    await henrik.submit()
    assert "før den første" in henrik.errors["schedule.pause.until"]
    await henrik.fill("schedule.pause.from", "2026-11-18")
    await henrik.submit()
    assert "passert" in henrik.errors["schedule.pause.until"]
    await henrik.fill("schedule.pause.from", "2026-11-25")
    await henrik.fill("schedule.pause.until", "2026-12-01")
    await office.shows(henrik, stamp("2026-11-24T05:00"), stamp("2026-12-02T05:00"), stamp("2026-12-03T05:00"))
    await henrik.submit()
    await office.shows(henrik, "Pause fra 25. nov. 2026 til 1. des. 2026")
    assert (await stored(office, made)).paused == (date(2026, 11, 25), date(2026, 12, 1))

    office.clock.at = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
    await henrik.type("/integration schedule")
    await office.until_step(henrik, "schedule")
    assert "schedule.pause.until" not in blocks_of(henrik)


async def test_how_late_a_missed_sync_may_begin_by_itself_is_chosen(office: Office) -> None:
    made = await office.make(state=IntegrationState.TESTED)
    henrik = office.person("henrik")
    await opened(office, henrik)
    assert henrik.modal is not None
    (late,) = [block for block in henrik.modal.blocks if block["block_id"] == "schedule.late"]
    assert late["element"]["initial_option"]["value"] == "24"
    await henrik.submit()
    await office.shows(henrik, "Neste synkronisering")
    assert (await stored(office, made)).late_hours is None

    await henrik.type("/integration schedule")
    await office.until_step(henrik, "schedule")
    await henrik.choose("schedule.late", "6")
    await henrik.submit()
    await office.shows(henrik, "Neste synkronisering")
    assert (await stored(office, made)).late_hours == 6
    assert (await office.audited())[-1].new["late_hours"] == 6  # type: ignore[index]


async def test_a_time_that_a_clock_change_skips_is_refused_where_there_is_one(office: Office) -> None:
    made = await office.make(state=IntegrationState.TESTED)
    henrik = office.person("henrik")
    await opened(office, henrik)
    await henrik.fill("schedule.time", "02:30")
    await office.shows(henrik, "28. mars 2027", "Europe/Oslo", "03:00")
    await henrik.submit()
    assert "28. mars 2027" in henrik.errors["schedule.time"]
    iceland, *_ = await henrik.search("schedule.zone", "island")
    assert iceland["text"]["text"] == "Atlantic/Reykjavik (UTC)"
    await henrik.choose("schedule.zone", "Atlantic/Reykjavik")
    await office.shows(henrik, stamp("2026-11-24T02:30"))
    await henrik.submit()
    await office.shows(henrik, "Neste synkronisering")
    assert (await stored(office, made)).hour == 2


async def test_every_zone_can_be_found(office: Office) -> None:
    await office.make()
    henrik = office.person("henrik")
    await opened(office, henrik)
    assert [one["value"] for one in await henrik.search("schedule.zone", "")][:2] == ["Europe/Stockholm", "Europe/Oslo"]
    for words, zone in (
        ("buenos aires", "America/Argentina/Buenos_Aires"),
        ("gmt+5", "Etc/GMT+5"),
        ("utc+05:45", "Asia/Kathmandu"),
    ):
        assert zone in [one["value"] for one in await henrik.search("schedule.zone", words)]
    assert await henrik.search("schedule.zone", "atlantis") == []


async def test_of_two_admins_who_change_it_at_once_the_second_is_told(office: Office) -> None:
    made = await office.make(state=IntegrationState.LIVE)
    henrik, astrid = office.person("henrik"), office.person("astrid")
    await opened(office, henrik)
    await opened(office, astrid)
    await henrik.fill("schedule.time", "07:00")
    await henrik.submit()
    await office.shows(henrik, "Neste synkronisering")
    await astrid.fill("schedule.time", "08:00")
    await astrid.submit()
    await office.shows(astrid, "inget sparades")
    assert (await stored(office, made)).hour == 7


async def test_a_change_while_it_fires_is_kept_and_the_slot_runs_once(office: Office) -> None:
    made = await office.make(state=IntegrationState.LIVE)
    henrik = office.person("henrik")
    await opened(office, henrik)
    await henrik.submit()
    await office.shows(henrik, "Neste synkronisering")
    before = await stored(office, made)
    office.clock.at = before.next_run_at + timedelta(milliseconds=1)
    await henrik.type("/integration schedule")
    await office.until_step(henrik, "schedule")
    await henrik.choose("schedule.weekdays", "fri")
    tick = office.app.jobs.tick.tick
    await asyncio.gather(tick(), henrik.submit(), tick())
    await office.shows(henrik, "Neste synkronisering")
    await tick()
    after = await stored(office, made)
    assert after.weekdays == ("fri",)
    assert after.next_run_at.date() == date(2026, 11, 27)
    async with office.app.database.reading() as s:
        slots = [run.slot for run in await runs.latest(s, made.id)]
    assert slots in ([], [before.next_run_at - timedelta(seconds=before.offset_seconds)])
