"""24SevenOffice as a target: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.providers.kit.json_values import digits_of, text_of
from bot.providers.kit.norwegian_day import today_in_norway
from bot.providers.kit.people_target import PeopleTarget
from bot.providers.protocol import (
    Account,
    Choice,
    Desired,
    FieldSpec,
    Settings,
)
from bot.providers.twentyfour_seven_office.client import TwentyFourClient
from bot.providers.twentyfour_seven_office.desired import TwentyFourBuilder
from bot.providers.twentyfour_seven_office.field_table import FIELDS
from bot.providers.twentyfour_seven_office.preflight import preflight
from bot.providers.twentyfour_seven_office.reader import TwentyFourReader
from bot.providers.twentyfour_seven_office.reference_data import TwentyFourLists
from bot.providers.twentyfour_seven_office.writer import TwentyFourWriter


async def account_of(client: TwentyFourClient) -> Account:
    """Sign in, and name the company that the token is of."""
    said = await client.company()
    number = digits_of(said.get("orgno")) or ""
    name = text_of(said.get("name")) or number
    return Account(id=number, name=name, organisation_number=number, environment=client.environment)


class TwentyFourTarget(PeopleTarget):
    """The `Target` over one connection. Records show what holds on `today`."""

    fields: Sequence[FieldSpec] = FIELDS

    def __init__(self, client: TwentyFourClient, today: Callable[[], date] = today_in_norway) -> None:
        self._client = client
        self._lists = TwentyFourLists(client.company, client.rows)
        people = TwentyFourReader(client, self._lists, today)
        super().__init__(people, TwentyFourWriter(client, people, self._lists))

    async def identify(self) -> Account:
        """See `account_of`."""
        return await account_of(self._client)

    async def preflight(self) -> Sequence[Finding]:
        """See `preflight.py`."""
        return await preflight(self._client, self._lists)

    async def choices(self, setting: str) -> Sequence[Choice]:
        """The sites, by name: the one live list. Raises `KeyError` for a setting that is not live."""
        if setting not in ("enterprise", "office_enterprise"):
            raise KeyError(setting)
        await self._lists.load()
        return self._lists.choices()

    async def reference_data_version(self) -> str:
        """Sites, departments and cost centres."""
        await self._lists.load()
        return self._lists.version

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        """The record that the employee should have. Lists are read once."""
        await self._lists.load()
        return TwentyFourBuilder(employee, settings, self._lists, today).build()
