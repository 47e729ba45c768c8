"""PowerOffice Go as a target of absence: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.findings import Finding
from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import PeriodWrite, RowReference, TargetPeriod
from bot.domain.resource import LeaveWay
from bot.providers.leave_protocol import LeaveCode
from bot.providers.poweroffice_go.client import PowerofficeGoClient
from bot.providers.poweroffice_go.leave_periods import GoLeavePeriods
from bot.providers.poweroffice_go.leave_settings import LEAVE_TYPES
from bot.providers.poweroffice_go.preflight import account_of, leave_preflight
from bot.providers.protocol import Account, Choice


class PowerofficeGoLeaveTarget:
    """The `LeavePeriodTarget` over one connection."""

    def __init__(self, client: PowerofficeGoClient) -> None:
        self._client = client
        self._periods = GoLeavePeriods(client)

    async def identify(self) -> Account:
        """Sign in, and name the Go client that the keys lead to."""
        return await account_of(self._client)

    async def leave_preflight(self) -> Sequence[Finding]:
        """See `preflight.py`. Raises `NotPermitted` without the privilege for leaves."""
        return await leave_preflight(self._client)

    async def leave_codes(self) -> Sequence[LeaveCode]:
        """The six kinds that Go has; they are the same in every client."""
        codes = [
            LeaveCode(value=code, label=f"{name} ({code})", way=LeaveWay.PERIOD) for code, name in LEAVE_TYPES.items()
        ]
        return sorted(codes, key=lambda code: code.label.casefold())

    async def leave_choices(self, setting: str) -> Sequence[Choice]:
        """No setting is live. Raises `KeyError`."""
        raise KeyError(setting)

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
