"""Tripletex as a target of absence: what the core may ask of it, put together from its parts.

The README lists what is called. Nothing here approves, completes or opens a month or a week, or books a payroll.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from datetime import date, datetime
from decimal import Decimal

from bot.domain.findings import Finding
from bot.domain.leave import LeavePerson, LeaveWindow
from bot.domain.leave_delivery import (
    ClosedDays,
    DayKey,
    DayWrite,
    PeriodWrite,
    RowReference,
    TargetDay,
    TargetPeriod,
    WantedDay,
)
from bot.domain.resource import LeaveWay
from bot.providers.leave_protocol import LeaveCode
from bot.providers.protocol import Account, Choice, Settings
from bot.providers.tripletex.account import identify
from bot.providers.tripletex.client import TripletexClient
from bot.providers.tripletex.leave_activities import TripletexActivities
from bot.providers.tripletex.leave_closed_days import TripletexClosedDays
from bot.providers.tripletex.leave_periods import TripletexLeavePeriods
from bot.providers.tripletex.leave_preflight import leave_preflight
from bot.providers.tripletex.leave_rows import TripletexLeaveRows
from bot.providers.tripletex.leave_settings import VACATION_ACTIVITY, delivered_hours
from bot.providers.tripletex.session import OSLO, utc_now


class TripletexLeaveTarget:
    """The `LeaveDayTarget` and `LeavePeriodTarget` over one connection."""

    def __init__(self, client: TripletexClient, now: Callable[[], datetime] = utc_now) -> None:
        self._client = client
        self._now = now
        self._activities = TripletexActivities(client)
        self._closed = TripletexClosedDays(client)
        self._rows = TripletexLeaveRows(client, self._activities, self._closed)
        self._periods = TripletexLeavePeriods(client)

    async def identify(self) -> Account:
        """Sign in, and read the company that the token belongs to."""
        return await identify(self._client)

    async def leave_preflight(self) -> Sequence[Finding]:
        """See `leave_preflight.py`."""
        return await leave_preflight(self._client, self._activities, self._now().astimezone(OSLO).date())

    async def leave_codes(self) -> Sequence[LeaveCode]:
        """The numbers of general activities, and the reserved codes of leaves of absence."""
        return await self._activities.codes()

    async def leave_choices(self, setting: str) -> Sequence[Choice]:
        """The activities that vacation can go to. Raises `KeyError` for a setting that is not live."""
        if setting != VACATION_ACTIVITY:
            raise KeyError(setting)
        codes = await self._activities.codes()
        return [
            Choice(value=code.value, label=code.label)
            for code in codes
            if code.way is LeaveWay.DAY and code.problem is None
        ]

    def delivered_hours(self, day: WantedDay, settings: Settings) -> Decimal:
        """The hours that Tripletex shall hold, as `leave_settings.delivered_hours` tells."""
        return delivered_hours(day, settings)

    async def closed_days(self, people: Sequence[LeavePerson], window: LeaveWindow) -> ClosedDays:
        """What is approved of these people's months and weeks; what is only complete is warned of."""
        return await self._closed.closed(people, window)

    async def holidays(self, window: LeaveWindow) -> frozenset[date] | None:
        """The company's own days off, whole ones; None where they cannot be read."""
        return await self._closed.holidays(window)

    def read_days(
        self, people: Sequence[LeavePerson], window: LeaveWindow, codes: Collection[str]
    ) -> AsyncGenerator[Sequence[TargetDay], None]:
        """Pages of all rows of these people on the activities of these numbers."""
        return self._rows.pages(people, window, codes)

    async def read_day(self, person: LeavePerson, key: DayKey) -> Sequence[TargetDay]:
        """All rows under one key, fresh."""
        return await self._rows.day(person, key)

    async def create_day(self, write: DayWrite) -> RowReference:
        """Make a row."""
        return await self._rows.create(write)

    async def update_day(self, write: DayWrite, row: RowReference) -> RowReference:
        """Change the hours of a row that is at this version."""
        return await self._rows.update(write, row)

    async def delete_day(self, person: LeavePerson, key: DayKey, row: RowReference) -> None:
        """Take a row away that is at this version."""
        await self._rows.delete(person, key, row)

    async def read_periods(self, people: Sequence[LeavePerson]) -> Sequence[TargetPeriod]:
        """All leaves of absence of these people."""
        return await self._periods.read(people)

    async def create_period(self, write: PeriodWrite) -> RowReference:
        """Make a leave of absence."""
        return await self._periods.create(write)

    async def update_period(self, write: PeriodWrite, row: RowReference) -> RowReference:
        """Move its last day."""
        return await self._periods.update(write, row)

    async def end_on_first_day(self, write: PeriodWrite, row: RowReference) -> RowReference:
        """Let it end on the day it began, as a person has decided."""
        return await self._periods.end_on_first_day(write, row)
