"""24SevenOffice as a target of absence: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.findings import Finding
from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import PeriodWrite, RowReference, TargetPeriod
from bot.providers.leave_protocol import LeaveCode
from bot.providers.protocol import Account, Choice
from bot.providers.twentyfour_seven_office.client import TwentyFourClient
from bot.providers.twentyfour_seven_office.leave_periods import TwentyFourLeavePeriods
from bot.providers.twentyfour_seven_office.leave_settings import code_of
from bot.providers.twentyfour_seven_office.preflight import preflight
from bot.providers.twentyfour_seven_office.reference_data import TwentyFourLists
from bot.providers.twentyfour_seven_office.target import account_of


class TwentyFourLeaveTarget:
    """The `LeavePeriodTarget` over one connection."""

    def __init__(self, client: TwentyFourClient) -> None:
        self._client = client
        self._periods = TwentyFourLeavePeriods(client)

    async def identify(self) -> Account:
        """See `account_of`."""
        return await account_of(self._client)

    async def leave_preflight(self) -> Sequence[Finding]:
        """As for employees, and a glance at the types. Raises `NotPermitted`."""
        found = await preflight(self._client, TwentyFourLists(self._client.company, self._client.rows))
        await self._periods.types()
        return [one for one in found if one.field != "division"]

    async def leave_codes(self) -> Sequence[LeaveCode]:
        """The company's own types, with what nothing is sent to."""
        codes = [code for row in (await self._periods.types()).values() if (code := code_of(row)) is not None]
        return sorted(codes, key=lambda code: (code.label.casefold(), code.value))

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
        """Reject one that never was, as a person has decided."""
        return await self._periods.reject(write, row)
