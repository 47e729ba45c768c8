"""The day in Norway."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")


def today_in_norway() -> date:
    """The day on which values hold "now", where the payroll is."""
    return datetime.now(OSLO).date()
