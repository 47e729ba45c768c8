"""Kleer as a target: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import date

from bot.domain.change import Change
from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.providers.kit.private_writes import private_writes
from bot.providers.kleer.client import KleerClient
from bot.providers.kleer.desired import KleerBuilder
from bot.providers.kleer.field_table import FIELDS
from bot.providers.kleer.preflight import preflight
from bot.providers.kleer.reader import KleerReader
from bot.providers.kleer.reference_data import KleerReferenceData
from bot.providers.kleer.writer import KleerWriter
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


@private_writes
class KleerTarget:
    """The `Target` over one connection."""

    fields: Sequence[FieldSpec] = FIELDS
    employees = EMPLOYEES

    def __init__(self, client: KleerClient) -> None:
        self._client = client
        self._registers = KleerReferenceData(client)
        self._people = KleerReader(client, self._registers)
        self._writer = KleerWriter(client, self._people, self._registers)

    async def identify(self) -> Account:
        """Name the company that the token is of."""
        return await self._client.account()

    async def preflight(self) -> Sequence[Finding]:
        """See `preflight.py`."""
        return await preflight(self._client)

    async def choices(self, setting: str) -> Sequence[Choice]:
        """No setting is live. Raises `KeyError`."""
        raise KeyError(setting)

    async def reference_data_version(self) -> str:
        """The cost centres, and the unit that salaries seem to be in."""
        await self._registers.load()
        return self._registers.version

    def people(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Pages of all users, inactive ones too, with their records."""
        return self._people.everyone()

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        """The record that the employee should have. Lists are read once."""
        await self._registers.load()
        return KleerBuilder(employee, settings, self._registers, today).build()

    async def find(self, employee: Employee) -> Sequence[TargetPerson]:
        """A fresh search before a create: by number, else by what gives a person away."""
        return await self._people.alike(employee)

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh; None when Kleer no longer knows the id."""
        return await self._people.read(target_id)

    async def apply(self, change: Change, settings: Settings) -> WriteResult:
        """Make exactly this change."""
        return await self._writer.apply(change, settings)

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change of unknown outcome was made."""
        return await self._writer.resolve_write(change)
