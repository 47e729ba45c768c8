"""24SevenOffice as a target: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import date

from bot.domain.change import Change
from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.providers.kit.json_values import digits_of, text_of
from bot.providers.kit.norwegian_day import today_in_norway
from bot.providers.kit.private_writes import private_writes
from bot.providers.protocol import (
    EMPLOYEES,
    Account,
    Choice,
    Desired,
    FieldSpec,
    Settings,
    TargetPerson,
    WriteResult,
    WriteStatus,
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


@private_writes
class TwentyFourTarget:
    """The `Target` over one connection. Records show what holds on `today`."""

    fields: Sequence[FieldSpec] = FIELDS
    employees = EMPLOYEES

    def __init__(self, client: TwentyFourClient, today: Callable[[], date] = today_in_norway) -> None:
        self._client = client
        self._lists = TwentyFourLists(client.company, client.rows)
        self._people = TwentyFourReader(client, self._lists, today)
        self._writer = TwentyFourWriter(client, self._people, self._lists)

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

    def people(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Everyone in the company, hidden ones too, with their records."""
        return self._people.everyone()

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        """The record that the employee should have. Lists are read once."""
        await self._lists.load()
        return TwentyFourBuilder(employee, settings, self._lists, today).build()

    async def find(self, employee: Employee) -> Sequence[TargetPerson]:
        """A fresh search before a create: by number, else by what gives a person away."""
        return await self._people.alike(employee)

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh; None when 24SevenOffice no longer knows the number."""
        return await self._people.read(target_id)

    async def apply(self, change: Change, settings: Settings) -> WriteResult:  # noqa: ARG002 - all is in the change
        """Make exactly this change."""
        return await self._writer.apply(change)

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change of unknown outcome was made."""
        return await self._writer.resolve_write(change)
