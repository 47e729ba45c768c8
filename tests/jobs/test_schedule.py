"""Slots: weekdays by name, the nights when clocks change, offsets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs.schedule import WEEKDAYS, Schedule, in_order, offset_seconds, press_run_id, slot_run_id

STOCKHOLM = "Europe/Stockholm"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fires(schedule: Schedule, after: datetime, count: int) -> list[str]:
    found = []
    for _ in range(count):
        after = schedule.next_fire(after)
        found.append(after.strftime("%a %d %H:%M"))
    return found


def test_weekdays_are_the_named_ones() -> None:
    schedule = Schedule(("mon", "wed", "fri"), 6, 0, STOCKHOLM)
    assert fires(schedule, at("2026-11-22T12:00"), 4) == [
        "Mon 23 05:00",
        "Wed 25 05:00",
        "Fri 27 05:00",
        "Mon 30 05:00",
    ]


def test_a_slot_is_later_than_what_it_is_asked_for() -> None:
    schedule = Schedule(WEEKDAYS, 6, 0, STOCKHOLM)
    slot = schedule.next_fire(at("2026-06-01T00:00"))
    assert schedule.next_fire(slot) == slot + timedelta(days=1)
    assert schedule.next_fire(slot - timedelta(microseconds=1)) == slot


def test_six_in_the_morning_stays_six_when_clocks_change() -> None:
    schedule = Schedule(WEEKDAYS, 6, 0, STOCKHOLM)
    assert fires(schedule, at("2026-03-27T12:00"), 3) == ["Sat 28 05:00", "Sun 29 04:00", "Mon 30 04:00"]
    assert fires(schedule, at("2026-10-23T12:00"), 3) == ["Sat 24 04:00", "Sun 25 05:00", "Mon 26 05:00"]


def test_a_time_that_the_clocks_repeat_fires_once() -> None:
    schedule = Schedule(WEEKDAYS, 2, 30, STOCKHOLM)
    assert fires(schedule, at("2026-10-23T12:00"), 3) == ["Sat 24 00:30", "Sun 25 00:30", "Mon 26 01:30"]
    between_the_two = at("2026-10-25T00:45")
    assert fires(schedule, between_the_two, 1) == ["Mon 26 01:30"]


def test_a_time_that_the_clocks_skip_fires_once() -> None:
    schedule = Schedule(WEEKDAYS, 2, 30, STOCKHOLM)
    assert fires(schedule, at("2026-03-27T12:00"), 3) == ["Sat 28 01:30", "Sun 29 01:30", "Mon 30 00:30"]


@pytest.mark.parametrize("zone", ["Europe/Oslo", "Europe/Helsinki", "Atlantic/Reykjavik", "America/New_York"])
@given(
    start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
)
@settings(max_examples=30, deadline=None)
def test_every_local_day_has_exactly_one_slot(zone: str, start: datetime, hour: int, minute: int) -> None:
    schedule, moment = Schedule(WEEKDAYS, hour, minute, zone), start.replace(tzinfo=UTC)
    slots = []
    for _ in range(8):
        moment = schedule.next_fire(moment)
        slots.append(moment)
    days = [slot.astimezone(ZoneInfo(zone)).date() for slot in slots]
    assert days == [days[0] + timedelta(days=n) for n in range(8)]


def test_one_run_stands_for_all_slots_that_were_missed() -> None:
    schedule = Schedule(WEEKDAYS, 6, 0, STOCKHOLM)
    first = at("2026-11-16T05:00")
    assert schedule.latest_slot(first, at("2026-11-19T05:10"), 60) == at("2026-11-19T05:00")
    assert schedule.latest_slot(first, at("2026-11-19T05:00:30"), 60) == at("2026-11-18T05:00")
    assert schedule.latest_slot(first, first, 0) == first


def test_a_run_starts_at_its_offset_after_the_slot() -> None:
    schedule = Schedule(WEEKDAYS, 6, 0, STOCKHOLM)
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
    assert slot_run_id("i1", slot) == "sync:i1:2026-11-23T05:00Z"
    assert press_run_id("preview", "i1", "k") == "preview:i1:k"


def test_weekdays_are_put_in_order() -> None:
    assert in_order(["fri", "mon", "fri"]) == ("mon", "fri")


@pytest.mark.parametrize(
    ("weekdays", "hour", "minute"), [((), 6, 0), (("1",), 6, 0), (("mon",), 24, 0), (("mon",), 6, 60)]
)
def test_a_schedule_that_makes_no_sense_is_refused(weekdays: tuple[str, ...], hour: int, minute: int) -> None:
    with pytest.raises(ValueError):
        Schedule(weekdays, hour, minute, STOCKHOLM)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        Schedule(("mon",), 6, 0, "Europe/Atlantis")
