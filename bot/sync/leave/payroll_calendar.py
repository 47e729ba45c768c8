"""Payroll periods, the window that is read, when a period is cut off, and public holidays for warnings. Pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays as public

from bot.domain.leave import LeaveWindow
from bot.domain.leave_delivery import PayrollPeriod
from bot.domain.leave_settings import LeaveSettings

LOOK_BACK_MONTHS = 3
"""How far behind the last closed day a change is still seen, to be told as a late one."""


def months_later(day: date, months: int) -> date:
    """The same day of a month so many months on, or that month's last day where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def period_of(day: date, settings: LeaveSettings) -> PayrollPeriod:
    """The payroll period of a day. One that does not begin on the first is named after the month in which it ends."""
    start = settings.period_from
    if start <= 1:
        first = day.replace(day=1)
        return PayrollPeriod(f"{first:%Y-%m}", first, months_later(first, 1) - timedelta(1))
    first = _begin(day.year, day.month, start)
    if day < first:
        earlier = months_later(day.replace(day=1), -1)
        first = _begin(earlier.year, earlier.month, start)
    following = months_later(first.replace(day=1), 1)
    return PayrollPeriod(f"{following:%Y-%m}", first, _begin(following.year, following.month, start) - timedelta(1))


def periods_between(first: date, last: date, settings: LeaveSettings) -> list[PayrollPeriod]:
    """The payroll periods from that of the first day to that of the last; none where the last is before the first."""
    found: dict[str, PayrollPeriod] = {}
    day = first
    while day <= last:
        period = period_of(day, settings)
        found[period.name] = period
        day = period.last + timedelta(1)
    return list(found.values())


def cut_off(period: PayrollPeriod, settings: LeaveSettings) -> datetime | None:
    """When a period's leave is given to payroll: an aware time, None where no day is chosen."""
    if settings.cut_off_day is None or settings.zone is None:
        return None
    day = period.last + timedelta(settings.cut_off_day)
    return datetime.combine(day, settings.cut_off_time, ZoneInfo(settings.zone))


def closed_through(settings: LeaveSettings, now: datetime) -> date | None:
    """The last day that payroll is done with: as somebody has said, or as the latest cut-off that is over says."""
    if settings.cut_off_day is None or settings.zone is None:
        return settings.closed_through
    # A cut-off may be weeks before or after the end of its period: the periods around today are asked.
    today = now.astimezone(ZoneInfo(settings.zone)).date()
    over = [settings.closed_through] if settings.closed_through is not None else []
    for months in range(-2, 2):
        period = period_of(months_later(today, months), settings)
        at = cut_off(period, settings)
        over += [period.last] if at is not None and at <= now else []
    return max(over, default=None)


def first_day(settings: LeaveSettings, today: date) -> date:
    """The first day that is ever sent: the one chosen, or the first of the period that is open today."""
    return settings.first_day or period_of(today, settings).first


def window(settings: LeaveSettings, today: date) -> LeaveWindow:
    """What a run reads: back to three months before the last closed day, but never before the first day; ahead to the
    end of the period, and as many months more as are chosen. Behind the first day it begins with a whole period: the
    file of one that is read in part would be made again without the rest of it."""
    first = first_day(settings, today)
    if settings.closed_through is not None:
        behind = months_later(settings.closed_through + timedelta(1), -LOOK_BACK_MONTHS)
        first = max(first, period_of(behind, settings).first)
    last = period_of(months_later(today, settings.horizon_months), settings).last
    return LeaveWindow(first, max(first, last))


@cache
def _year(country: str, year: int) -> frozenset[date]:
    return frozenset(public.country_holidays(country, years=year))


def public_holidays(country: str, between: LeaveWindow) -> frozenset[date]:
    """The country's public holidays in a window; for warnings, never for hours. None of a country that is not known."""
    years = range(between.first.year, between.last.year + 1)
    try:
        found = frozenset[date]().union(*(_year(country, year) for year in years))
    except NotImplementedError:
        return frozenset()
    return frozenset(day for day in found if day in between)


def _begin(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))
