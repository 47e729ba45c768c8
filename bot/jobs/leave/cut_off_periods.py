"""Which payroll periods are cut off although nobody has called their file imported, and what their files have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bot.domain.leave import LeaveWindow
from bot.domain.leave_delivery import DayKey, PayrollPeriod
from bot.domain.leave_ledger import LedgerEntry
from bot.domain.leave_settings import LeaveSettings
from bot.sync.leave.cut_off_files import CutOffPeriod, FileDay
from bot.sync.leave.payroll_calendar import cut_off, periods_between
from bot.sync.leave.period_files import FileState
from bot.sync.leave.waiting_file import AWAITS_IMPORT
from storage import leave_files
from storage.database import Database
from storage.leave_files import StoredLeaveFile


async def cut_off_periods(
    database: Database,
    integration_id: str,
    settings: LeaveSettings,
    between: LeaveWindow,
    delivered: Iterable[LedgerEntry],
    *,
    today: date,
    now: datetime,
) -> list[CutOffPeriod]:
    """Those that a run looks at. What payroll has of a period already is corrected, and one whose file somebody has
    called refused or lost is made again: neither is left alone."""
    booked = {entry.day for entry in delivered if entry.content}
    found: list[CutOffPeriod] = []
    for period in periods_between(between.first, min(between.last, today), settings):
        at = cut_off(period, settings)
        if at is None or at > now or any(day in period for day in booked):
            continue
        async with database.reading() as session:
            latest = await leave_files.latest(session, database.vault, integration_id, period.name)
            known = await leave_files.in_state(session, integration_id, period.name, FileState.IMPORTED.value)
        if known or (latest is not None and _asked_again(latest)):
            continue
        waits = latest is not None and latest.state in AWAITS_IMPORT
        found.append(CutOffPeriod(period, _days(period, latest) if waits and latest is not None else None))
    return found


def _asked_again(file: StoredLeaveFile) -> bool:
    """A person has said that it was not imported; a list that had become empty is replaced by nobody."""
    return file.state == FileState.REPLACED.value and file.changed_by is not None


def _days(period: PayrollPeriod, file: StoredLeaveFile) -> dict[str, FileDay]:
    held: Any = file.held or {}
    days: dict[str, FileDay] = {}
    for hashed, employee_id, day, code, child, hours, parents, number in held.get("rows", ()):
        key = DayKey(employee_id, date.fromisoformat(day), code, child)
        if key.day in period:
            days[hashed] = FileDay(key, Decimal(hours), tuple(parents), number)
    return days
