"""Slots: weekdays by name, the nights when clocks change, offsets."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.runs.ids import run_id_for_request, run_id_for_slot
from bot.jobs.scheduling.calendar import ClockChange, clock_change, zones
from bot.jobs.scheduling.schedule import WEEKDAYS, SlotSchedule, in_order, offset_seconds
from tests.support.properties import examples

STOCKHOLM = "Europe/Stockholm"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fires(schedule: SlotSchedule, after: datetime, count: int) -> list[str]:
    found = []
    for _ in range(count):
        after = schedule.next_fire(after)
        found.append(after.strftime("%a %d %H:%M"))
    return found


def test_weekdays_are_the_named_ones() -> None:
    schedule = SlotSchedule(("mon", "wed", "fri"), 6, 0, STOCKHOLM)
    assert fires(schedule, at("2026-11-22T12:00"), 4) == [
        "Mon 23 05:00",
        "Wed 25 05:00",
        "Fri 27 05:00",
        "Mon 30 05:00",
    ]


def test_a_slot_is_later_than_what_it_is_asked_for() -> None:
    schedule = SlotSchedule(WEEKDAYS, 6, 0, STOCKHOLM)
    slot = schedule.next_fire(at("2026-06-01T00:00"))
    assert schedule.next_fire(slot) == slot + timedelta(days=1)
    assert schedule.next_fire(slot - timedelta(microseconds=1)) == slot


def test_six_in_the_morning_stays_six_when_clocks_change() -> None:
    schedule = SlotSchedule(WEEKDAYS, 6, 0, STOCKHOLM)
    assert fires(schedule, at("2026-03-27T12:00"), 3) == ["Sat 28 05:00", "Sun 29 04:00", "Mon 30 04:00"]
    assert fires(schedule, at("2026-10-23T12:00"), 3) == ["Sat 24 04:00", "Sun 25 05:00", "Mon 26 05:00"]


def test_midnight_is_not_passed_over_on_the_day_after_clocks_change() -> None:
    schedule = SlotSchedule(WEEKDAYS, 0, 0, STOCKHOLM)
    assert fires(schedule, at("2026-03-28T12:00"), 3) == ["Sat 28 23:00", "Sun 29 22:00", "Mon 30 22:00"]
    assert fires(schedule, at("2026-10-24T12:00"), 3) == ["Sat 24 22:00", "Sun 25 23:00", "Mon 26 23:00"]


def test_a_slot_that_the_clocks_put_off_is_still_found_shortly_before() -> None:
    schedule = SlotSchedule(WEEKDAYS, 2, 30, STOCKHOLM)
    assert fires(schedule, at("2026-03-29T01:10"), 1) == ["Sun 29 01:30"]
    assert fires(schedule, at("2026-10-25T01:15"), 1) == ["Mon 26 01:30"]


def test_a_time_that_the_clocks_repeat_fires_once() -> None:
    schedule = SlotSchedule(WEEKDAYS, 2, 30, STOCKHOLM)
    assert fires(schedule, at("2026-10-23T12:00"), 3) == ["Sat 24 00:30", "Sun 25 00:30", "Mon 26 01:30"]
    between_the_two = at("2026-10-25T00:45")
    assert fires(schedule, between_the_two, 1) == ["Mon 26 01:30"]


def test_a_time_that_the_clocks_skip_fires_once() -> None:
    schedule = SlotSchedule(WEEKDAYS, 2, 30, STOCKHOLM)
    assert fires(schedule, at("2026-03-27T12:00"), 3) == ["Sat 28 01:30", "Sun 29 01:30", "Mon 30 00:30"]


@pytest.mark.parametrize("zone", ["Europe/Oslo", "Europe/Helsinki", "Atlantic/Reykjavik", "America/New_York"])
@given(
    start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
)
@examples(30)
def test_every_local_day_has_exactly_one_slot(zone: str, start: datetime, hour: int, minute: int) -> None:
    schedule, moment = SlotSchedule(WEEKDAYS, hour, minute, zone), start.replace(tzinfo=UTC)
    slots = []
    for _ in range(8):
        moment = schedule.next_fire(moment)
        slots.append(moment)
    days = [slot.astimezone(ZoneInfo(zone)).date() for slot in slots]
    assert days == [days[0] + timedelta(days=n) for n in range(8)]


def test_one_run_stands_for_all_slots_that_were_missed() -> None:
    schedule = SlotSchedule(WEEKDAYS, 6, 0, STOCKHOLM)
    first = at("2026-11-16T05:00")
    assert schedule.latest_slot(first, at("2026-11-19T05:10"), 60) == at("2026-11-19T05:00")
    assert schedule.latest_slot(first, at("2026-11-19T05:00:30"), 60) == at("2026-11-18T05:00")
    assert schedule.latest_slot(first, first, 0) == first


def test_a_run_starts_at_its_offset_after_the_slot() -> None:
    schedule = SlotSchedule(WEEKDAYS, 6, 0, STOCKHOLM)
    assert schedule.next_run(at("2026-11-22T05:01"), 120) == at("2026-11-22T05:02")
    assert schedule.next_run(at("2026-11-22T05:02"), 120) == at("2026-11-23T05:02")


def test_offsets_are_fixed_and_spread() -> None:
    offsets = [offset_seconds(f"integration-{n}") for n in range(2000)]
    assert offsets == [offset_seconds(f"integration-{n}") for n in range(2000)]
    assert min(offsets) >= 0
    assert max(offsets) < 300
    assert len(set(offsets)) > 250


def test_ids_name_their_cause() -> None:
    slot = datetime(2026, 11, 23, 6, tzinfo=ZoneInfo(STOCKHOLM))
    assert run_id_for_slot("i1", slot) == "sync:i1:2026-11-23T05:00Z"
    assert run_id_for_request("preview", "i1", "k") == "preview:i1:k"


def test_weekdays_are_put_in_order() -> None:
    assert in_order(["fri", "mon", "fri"]) == ("mon", "fri")


@pytest.mark.parametrize(
    ("weekdays", "hour", "minute"), [((), 6, 0), (("1",), 6, 0), (("mon",), 24, 0), (("mon",), 6, 60)]
)
def test_a_schedule_that_makes_no_sense_is_refused(weekdays: tuple[str, ...], hour: int, minute: int) -> None:
    with pytest.raises(ValueError):
        SlotSchedule(weekdays, hour, minute, STOCKHOLM)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        SlotSchedule(("mon",), 6, 0, "Europe/Atlantis")


def test_nothing_runs_on_public_holidays() -> None:
    schedule = SlotSchedule(("mon", "tue", "wed", "thu", "fri"), 6, 0, STOCKHOLM, holidays="SE")
    assert fires(schedule, at("2026-12-23T12:00"), 3) == ["Thu 24 05:00", "Mon 28 05:00", "Tue 29 05:00"]
    assert fires(schedule, at("2026-12-31T12:00"), 2) == ["Mon 04 05:00", "Tue 05 05:00"]


def test_a_country_has_its_own_holidays() -> None:
    norwegian, swedish = (SlotSchedule(WEEKDAYS, 6, 0, "Europe/Oslo", holidays=country) for country in ("NO", "SE"))
    assert fires(norwegian, at("2027-05-16T12:00"), 1) == ["Tue 18 04:00"]
    assert fires(swedish, at("2027-05-16T12:00"), 1) == ["Mon 17 04:00"]


def test_nothing_runs_in_a_pause_which_ends_by_itself() -> None:
    schedule = SlotSchedule(WEEKDAYS, 6, 0, STOCKHOLM, paused=(date(2026, 12, 24), date(2027, 1, 1)))
    assert fires(schedule, at("2026-12-22T12:00"), 2) == ["Wed 23 05:00", "Sat 02 05:00"]
    assert fires(schedule, at("2026-12-28T12:00"), 1) == ["Sat 02 05:00"]
    assert fires(schedule, at("2027-01-02T12:00"), 1) == ["Sun 03 05:00"]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
@pytest.mark.parametrize("hour", [0, 23])
def test_the_days_of_a_pause_are_local(zone: str, hour: int) -> None:
    schedule = SlotSchedule(WEEKDAYS, hour, 59, zone, paused=(date(2026, 12, 24), date(2026, 12, 24)))
    moment, days = at("2026-12-20T12:00"), []
    for _ in range(6):
        moment = schedule.next_fire(moment)
        days.append(moment.astimezone(ZoneInfo(zone)).day)
    assert 24 not in days
    assert {23, 25} < set(days)


def test_the_next_runs_follow_each_other() -> None:
    schedule = SlotSchedule(("mon",), 6, 0, STOCKHOLM)
    assert schedule.next_runs(at("2026-11-22T12:00"), 60, 3) == [
        at("2026-11-23T05:01"),
        at("2026-11-30T05:01"),
        at("2026-12-07T05:01"),
    ]


def test_rests_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError):
        SlotSchedule(("mon",), 6, 0, STOCKHOLM, holidays="XX")
    with pytest.raises(ValueError):
        SlotSchedule(("mon",), 6, 0, STOCKHOLM, paused=(date(2026, 12, 2), date(2026, 12, 1)))


@pytest.mark.parametrize(
    ("zone", "found"),
    [
        ("Europe/Oslo", ClockChange(date(2027, 3, 28), time(2), time(3), repeated=False)),
        ("Australia/Lord_Howe", None),
        ("Atlantic/Reykjavik", None),
        ("America/Havana", None),
    ],
)
def test_the_night_on_which_half_past_two_is_skipped(zone: str, found: ClockChange | None) -> None:
    assert clock_change(zone, time(2, 30), date(2026, 11, 22)) == found


def test_a_time_that_comes_twice_is_known_too() -> None:
    found = clock_change("Europe/Stockholm", time(2, 15), date(2026, 6, 1))
    assert found == ClockChange(date(2026, 10, 25), time(2), time(3), repeated=True)
    at_midnight = clock_change("America/Havana", time(0, 30), date(2026, 6, 1))
    assert at_midnight == ClockChange(date(2026, 11, 1), time(0), time(1), repeated=True)


@pytest.mark.parametrize("hour", [0, 1, 3, 6, 23])
def test_all_other_times_come_exactly_once(hour: int) -> None:
    assert clock_change("Europe/Stockholm", time(hour), date(2026, 6, 1)) is None


def test_a_pause_to_the_end_of_time_is_a_pause() -> None:
    paused = SlotSchedule(("mon",), 6, 0, "Europe/Oslo", None, (date(2026, 6, 1), date(9999, 12, 31)))
    assert paused.next_fire(datetime(2026, 5, 20, tzinfo=UTC)) == datetime(2026, 5, 25, 4, tzinfo=UTC)
    far = paused.next_run(datetime(2026, 6, 2, tzinfo=UTC), 600)
    assert far.year == 9000


def test_no_zone_is_offered_that_depends_on_the_machine() -> None:
    assert {"localtime", "Factory"} & zones() == set()
