"""Fortnox as a target: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import date

from bot.domain.change import Change
from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.providers.fortnox.client import FortnoxClient
from bot.providers.fortnox.desired import FortnoxBuilder
from bot.providers.fortnox.field_table import FIELDS
from bot.providers.fortnox.preflight import preflight
from bot.providers.fortnox.reader import FortnoxReader
from bot.providers.fortnox.reference_data import CostCenters
from bot.providers.fortnox.writer import FortnoxWriter
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


@private_writes
class FortnoxTarget:
    """The `Target` over one connection."""

    fields: Sequence[FieldSpec] = FIELDS
    employees = EMPLOYEES

    def __init__(self, client: FortnoxClient) -> None:
        self._client = client
        self._cost_centers = CostCenters(client)
        self._people = FortnoxReader(client)
        self._writer = FortnoxWriter(client, self._people)

    async def identify(self) -> Account:
        """Sign in, and name the company that the consent is of."""
        return await self._client.account()

    async def preflight(self) -> Sequence[Finding]:
        """See `preflight.py`."""
        return await preflight(self._client)

    async def choices(self, setting: str) -> Sequence[Choice]:
        """No setting is live. Raises `KeyError`."""
        raise KeyError(setting)

    async def reference_data_version(self) -> str:
        """The cost centres."""
        await self._cost_centers.load()
        return self._cost_centers.version

    def people(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Pages of everyone in the company, inactive ones too, with their records."""
        return self._people.everyone()

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        """The record that the employee should have. Cost centres are read once."""
        await self._cost_centers.load()
        return FortnoxBuilder(employee, settings, self._cost_centers, today).build()

    async def find(self, employee: Employee) -> Sequence[TargetPerson]:
        """A fresh search before a create: by number, else by what gives a person away."""
        return await self._people.alike(employee)

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh; None when Fortnox no longer knows the number."""
        return await self._people.read(target_id)

    async def apply(self, change: Change, settings: Settings) -> WriteResult:
        """Make exactly this change."""
        return await self._writer.apply(change, settings)

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change of unknown outcome was made."""
        return await self._writer.resolve_write(change)
