"""Payroll periods, their cut-off, and the window that a run reads."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.domain.leave_settings import LeaveSettings
from bot.sync.leave.payroll_calendar import closed_through, cut_off, months_later, period_of, window

TODAY = date(2026, 11, 10)


@pytest.mark.parametrize(
    ("settings", "first", "last"),
    [
        (LeaveSettings(), date(2026, 11, 1), date(2026, 11, 30)),
        (LeaveSettings(horizon_months=2), date(2026, 11, 1), date(2027, 1, 31)),
        (LeaveSettings(first_day=date(2026, 10, 5)), date(2026, 10, 5), date(2026, 11, 30)),
        (
            LeaveSettings(first_day=date(2026, 1, 1), closed_through=date(2026, 10, 31)),
            date(2026, 8, 1),
            date(2026, 11, 30),
        ),
        (
            LeaveSettings(first_day=date(2026, 1, 1), closed_through=date(2026, 10, 15)),
            date(2026, 7, 1),
            date(2026, 11, 30),
        ),
        (LeaveSettings(period_from=16), date(2026, 10, 16), date(2026, 11, 15)),
        (LeaveSettings(first_day=date(2027, 3, 1)), date(2027, 3, 1), date(2027, 3, 1)),
    ],
)
def test_the_window_goes_back_to_what_may_still_change_and_never_before_the_start(
    settings: LeaveSettings, first: date, last: date
) -> None:
    found = window(settings, TODAY)
    assert (found.first, found.last) == (first, last)


def test_a_period_may_begin_on_a_day_that_a_month_lacks() -> None:
    settings = LeaveSettings(period_from=31)
    assert period_of(date(2026, 2, 28), settings).first == date(2026, 2, 28)
    assert period_of(date(2026, 2, 27), settings).first == date(2026, 1, 31)
    assert months_later(date(2026, 1, 31), 1) == date(2026, 2, 28)


def test_the_cut_off_is_a_local_time_counted_from_the_last_day() -> None:
    settings = LeaveSettings(cut_off_day=-5, cut_off_time=time(10), zone="Europe/Oslo")
    period = period_of(TODAY, settings)
    assert cut_off(period, settings) == datetime(2026, 11, 25, 10, tzinfo=ZoneInfo("Europe/Oslo"))
    assert cut_off(period, LeaveSettings()) is None


@pytest.mark.parametrize(
    ("settings", "through"),
    [
        (LeaveSettings(), None),
        (LeaveSettings(closed_through=date(2026, 9, 30)), date(2026, 9, 30)),
        (LeaveSettings(cut_off_day=5, zone="Europe/Oslo"), date(2026, 10, 31)),
        (LeaveSettings(cut_off_day=10, zone="Europe/Oslo"), date(2026, 9, 30)),
        (LeaveSettings(cut_off_day=10, cut_off_time=time(8), zone="Europe/Oslo"), date(2026, 10, 31)),
        (LeaveSettings(cut_off_day=-21, zone="Europe/Oslo"), date(2026, 11, 30)),
        (LeaveSettings(cut_off_day=0, period_from=16, zone="Europe/Oslo"), date(2026, 10, 15)),
        (LeaveSettings(cut_off_day=5, closed_through=date(2026, 11, 3), zone="Europe/Oslo"), date(2026, 11, 3)),
    ],
)
def test_a_period_is_closed_once_its_cut_off_is_over(settings: LeaveSettings, through: date | None) -> None:
    now = datetime(2026, 11, 10, 9, tzinfo=ZoneInfo("Europe/Oslo"))
    assert closed_through(settings, now) == through
