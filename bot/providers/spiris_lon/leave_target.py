"""Spiris Lön as a target of absence: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from datetime import date
from decimal import Decimal

from bot.domain.findings import Finding
from bot.domain.leave import LeavePerson, LeaveWindow
from bot.domain.leave_delivery import (
    ClosedDays,
    ClosedSpan,
    CloseReason,
    DayKey,
    DayWrite,
    RowReference,
    TargetDay,
    WantedDay,
)
from bot.providers.kit.json_values import day_of, text_of
from bot.providers.leave_protocol import LeaveCode
from bot.providers.protocol import Account, Choice, Settings
from bot.providers.spiris_lon.client import PEOPLE, SpirisClient
from bot.providers.spiris_lon.leave_rows import LEAVE_ERRORS, SpirisLeaveRows, hours_of, minutes_of
from bot.providers.spiris_lon.leave_settings import CODES
from bot.providers.spiris_lon.reader import IS_DRAFT, IS_LIMITED


class SpirisLeaveTarget:
    """The `LeaveDayTarget` over one connection."""

    def __init__(self, client: SpirisClient, *, creates_karens: bool = False) -> None:
        self._client = client
        self._rows = SpirisLeaveRows(client, creates_karens=creates_karens)
        self._unfit: dict[str, str] | None = None

    async def identify(self) -> Account:
        """Sign in, and name the company that the consent is of."""
        return await self._client.account()

    async def leave_preflight(self) -> Sequence[Finding]:
        """A glance at the employees and at a list of absence. Raises `NotPermitted`."""
        await self._client.count(PEOPLE)
        await self._client.rows("/v2/shortcuts/holiday/2000-01-01/2000-01-31")
        return []

    async def leave_codes(self) -> Sequence[LeaveCode]:
        """The kinds of the description."""
        return CODES

    async def leave_choices(self, setting: str) -> Sequence[Choice]:
        """No setting is live. Raises `KeyError`."""
        raise KeyError(setting)

    def delivered_hours(self, day: WantedDay, settings: Settings) -> Decimal:  # noqa: ARG002 - as the core calls it
        """Whole minutes, in hours: Spiris holds no part of one."""
        return hours_of(minutes_of(day.hours))

    async def closed_days(self, people: Sequence[LeavePerson], window: LeaveWindow) -> ClosedDays:
        """Of each person the days up to the last one that payroll has locked."""
        wanted = {person.target_id: person.employee_id for person in people if person.target_id is not None}
        self._unfit, closed = {}, dict[str, Sequence[ClosedSpan]]()
        async for page in self._client.pages(PEOPLE):
            for row in page:
                identifier, through = text_of(row.get("Id")) or "", day_of(row.get("LastLockedDeviationDate"))
                if row.get("State") == IS_DRAFT:
                    self._unfit[identifier] = "draft"
                elif row.get("Type") == IS_LIMITED:
                    self._unfit[identifier] = "limited"
                if identifier in wanted and through is not None and through >= window.first:
                    closed[wanted[identifier]] = (ClosedSpan(window.first, through, CloseReason.PERIOD),)
        return ClosedDays(people=closed)

    async def holidays(self, window: LeaveWindow) -> frozenset[date] | None:  # noqa: ARG002 - as the core calls it
        """None: the company's days off are not read."""
        return None

    def read_days(
        self, people: Sequence[LeavePerson], window: LeaveWindow, codes: Collection[str]
    ) -> AsyncGenerator[Sequence[TargetDay], None]:
        """Pages of all rows of these people under these codes."""
        return self._rows.pages(people, window, codes)

    async def read_day(self, person: LeavePerson, key: DayKey) -> Sequence[TargetDay]:
        """All rows under one key, fresh."""
        return await self._rows.day(person, key)

    async def create_day(self, write: DayWrite) -> RowReference:
        """Make a row. Who is a draft in Spiris, or limited, can have none."""
        if why := (self._unfit or {}).get(write.person.target_id or ""):
            raise LEAVE_ERRORS.rejected(f"spiris_lon: {why}", why)
        return await self._rows.create(write)

    async def update_day(self, write: DayWrite, row: RowReference) -> RowReference:
        """Change the hours of a row."""
        return await self._rows.update(write, row)

    async def delete_day(self, person: LeavePerson, key: DayKey, row: RowReference) -> None:
        """Take a row away."""
        await self._rows.delete(person, key, row)
