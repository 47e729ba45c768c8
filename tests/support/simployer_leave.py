"""An account of Simployer with leave in it, read as the product reads it."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.domain.leave import LeaveSnapshot, LeaveWindow
from bot.providers.leave_protocol import LeaveSource
from bot.providers.simployer.source import SimployerSource
from sandbox.companies import polarbonan
from sandbox.simployer import Simployer
from tests.support.api_calls import noon

TODAY = noon(2026, 11, 2)
NOVEMBER = LeaveWindow(date(2026, 11, 1), date(2026, 11, 30))
MONDAY, FRIDAY = "2026-11-02", "2026-11-06"


def without_leave() -> Simployer:
    """The demo company before anybody was away. 1001 works 08-12 and 12:30-16, Monday to Friday."""
    company = polarbonan.company(TODAY().date())
    company.leave.clear()
    simployer = Simployer(company, clock=TODAY)
    simployer.admin.leave.work_week("1001", "2020-01-01")
    return simployer


def is_a_source(source: SimployerSource) -> LeaveSource:
    return source


async def read(source: SimployerSource, window: LeaveWindow = NOVEMBER, **more: Any) -> LeaveSnapshot:
    return await is_a_source(source).leave_snapshot(window, **more)


def shown(snapshot: LeaveSnapshot) -> list[tuple[date, str]]:
    """Days and hours, in order."""
    return sorted((day.day, str(day.hours)) for day in snapshot.days)


def codes(snapshot: LeaveSnapshot) -> set[str]:
    return {finding.code for finding in snapshot.findings}


def days(*numbers: int) -> list[date]:
    """Days of November."""
    return [date(2026, 11, number) for number in numbers]
