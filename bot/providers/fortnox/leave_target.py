"""Fortnox as a target of absence: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.domain.findings import Finding
from bot.domain.leave import LeavePerson, LeaveWindow
from bot.domain.leave_delivery import ClosedDays, DayKey, DayWrite, RowReference, TargetDay
from bot.providers.fortnox.client import FortnoxClient
from bot.providers.fortnox.leave_rows import LIST, PATH, FortnoxLeaveRows
from bot.providers.fortnox.leave_settings import CODES
from bot.providers.fortnox.preflight import preflight
from bot.providers.leave_protocol import LeaveCode
from bot.providers.protocol import Account, Choice

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def today_in_sweden() -> date:
    """The day where the payroll is."""
    return datetime.now(STOCKHOLM).date()


class FortnoxLeaveTarget:
    """The `LeaveDayTarget` over one connection."""

    def __init__(self, client: FortnoxClient, today: Callable[[], date] = today_in_sweden) -> None:
        self._client = client
        self._rows = FortnoxLeaveRows(client, today())

    async def identify(self) -> Account:
        """Sign in, and name the company that the consent is of."""
        return await self._client.account()

    async def leave_preflight(self) -> Sequence[Finding]:
        """As for employees, and a glance at the list of absence. Raises `NotPermitted`."""
        found = await preflight(self._client)
        await self._client.count(PATH, LIST)
        return [one for one in found if one.field != "cost_center"]

    async def leave_codes(self) -> Sequence[LeaveCode]:
        """The codes of the description: Fortnox has no list of them to be read."""
        return CODES

    async def leave_choices(self, setting: str) -> Sequence[Choice]:
        """No setting is live. Raises `KeyError`."""
        raise KeyError(setting)

    async def closed_days(self, people: Sequence[LeavePerson], window: LeaveWindow) -> ClosedDays:  # noqa: ARG002 - as the core calls it
        """Nothing: Fortnox does not tell what is paid."""
        return ClosedDays()

    async def holidays(self, window: LeaveWindow) -> frozenset[date] | None:  # noqa: ARG002 - as the core calls it
        """None: Fortnox has no list of the company's days off."""
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
        """Make a row."""
        return await self._rows.create(write)

    async def update_day(self, write: DayWrite, row: RowReference) -> RowReference:
        """Change the hours of a row."""
        return await self._rows.update(write, row)

    async def delete_day(self, person: LeavePerson, key: DayKey, row: RowReference) -> None:
        """Take a row away."""
        await self._rows.delete(person, key, row)
