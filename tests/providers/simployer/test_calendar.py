"""Calendar dates out of date-time strings, around every midnight that may be meant."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.providers.simployer.calendar import calendar_day, instant, zone_named

STOCKHOLM, OSLO, HELSINKI = ZoneInfo("Europe/Stockholm"), ZoneInfo("Europe/Oslo"), ZoneInfo("Europe/Helsinki")
NEW_YORK, LONDON = ZoneInfo("America/New_York"), ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("written", "zone", "meant"),
    [
        ("2024-01-31", STOCKHOLM, date(2024, 1, 31)),
        ("2024-01-31T00:00:00Z", STOCKHOLM, date(2024, 1, 31)),
        ("2024-01-31T00:00:00.000Z", STOCKHOLM, date(2024, 1, 31)),
        ("2024-01-30T23:00:00.000Z", STOCKHOLM, date(2024, 1, 31)),  # midnight in winter
        ("2024-06-30T22:00:00.000Z", STOCKHOLM, date(2024, 7, 1)),  # midnight in summer
        ("2024-06-30T21:00:00Z", STOCKHOLM, date(2024, 7, 1)),  # entered in Helsinki, read in Stockholm
        ("2024-01-31T00:00:00+01:00", STOCKHOLM, date(2024, 1, 31)),
        ("2024-01-31T00:00:00+02:00", OSLO, date(2024, 1, 31)),
        ("2024-01-31T00:00:00", STOCKHOLM, date(2024, 1, 31)),
        ("2024-01-31T00:00:00Z", NEW_YORK, date(2024, 1, 31)),  # not the evening before
        ("2024-01-31T05:00:00Z", NEW_YORK, date(2024, 1, 31)),
        ("2024-06-30T23:00:00Z", LONDON, date(2024, 7, 1)),
        ("2019-08-24T14:15:22Z", STOCKHOLM, date(2019, 8, 24)),
        ("2024-12-31T23:00:00Z", OSLO, date(2025, 1, 1)),  # the year turns
        ("2024-02-28T23:00:00Z", OSLO, date(2024, 2, 29)),
        ("2024-03-30T23:00:00Z", OSLO, date(2024, 3, 31)),  # the night the clocks go forward
        ("2024-10-26T22:00:00Z", OSLO, date(2024, 10, 27)),  # and back
        ("1964-06-30T22:00:00Z", OSLO, date(1964, 7, 1)),  # Norway had summer time in 1964
    ],
)
def test_the_day_that_is_meant(written: str, zone: ZoneInfo, meant: date) -> None:
    assert calendar_day(written, zone) == meant


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_no_day(nothing: object) -> None:
    assert calendar_day(nothing, STOCKHOLM) is None


@pytest.mark.parametrize("nonsense", ["soon", "2024-13-01", "31.01.2024", 20240131, "2024-01-31T25:00:00Z"])
def test_what_is_no_date_is_refused(nonsense: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        calendar_day(nonsense, STOCKHOLM)


DAYS = st.dates(date(1930, 1, 1), date(2060, 12, 31))
NORDIC = st.sampled_from([STOCKHOLM, OSLO, HELSINKI, ZoneInfo("Europe/Copenhagen")])


@given(day=DAYS, zone=NORDIC)
def test_midnight_in_utc_is_that_day_everywhere(day: date, zone: ZoneInfo) -> None:
    written = datetime.combine(day, time(), UTC).isoformat().replace("+00:00", "Z")
    assert calendar_day(written, zone) == day


@given(day=DAYS, entered=NORDIC, read=NORDIC)
def test_midnight_where_it_was_entered_is_that_day_in_every_nordic_office(
    day: date, entered: ZoneInfo, read: ZoneInfo
) -> None:
    midnight = datetime.combine(day, time(), entered)
    # Before standard time, and on a night without a midnight, there is no such moment to speak of.
    if midnight.astimezone(UTC).minute or midnight.astimezone(UTC).astimezone(entered).hour:
        return
    written = midnight.astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert calendar_day(written, read) == day


@given(day=DAYS, hour=st.integers(2, 20), minute=st.integers(0, 59))
def test_a_time_of_day_is_the_day_it_falls_on(day: date, hour: int, minute: int) -> None:
    moment = datetime.combine(day, time(hour, minute), STOCKHOLM)
    assert calendar_day(moment.astimezone(UTC).isoformat(), STOCKHOLM) == day


def test_a_moment_is_aware() -> None:
    assert instant("2024-01-31T10:00:00.000Z") == datetime(2024, 1, 31, 10, tzinfo=UTC)
    assert instant("2024-01-31T10:00:00") == datetime(2024, 1, 31, 10, tzinfo=UTC)
    assert instant("never") is None
    assert instant(None) is None


@pytest.mark.parametrize("name", ["Mars/Olympus", "", None, "../etc/passwd", 7])
def test_an_unknown_zone_is_the_default(name: object) -> None:
    assert zone_named(name, OSLO) is OSLO
