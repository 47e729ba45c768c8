"""Visma.net as a target: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import date

from bot.domain.change import Change
from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.providers.errors import NotPermitted
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
from bot.providers.visma_net.client import VismaNetClient
from bot.providers.visma_net.desired_employment import PositionBuilder
from bot.providers.visma_net.desired_person import VismaNetPersonBuilder
from bot.providers.visma_net.field_table import FIELDS, REGISTERS
from bot.providers.visma_net.preflight import preflight
from bot.providers.visma_net.reader import VismaNetReader, today_in_norway
from bot.providers.visma_net.reference_data import VismaNetReferenceData
from bot.providers.visma_net.settings import unspoken
from bot.providers.visma_net.writer import VismaNetWriter


@private_writes
class VismaNetTarget:
    """The `Target` over one connection. Records show what holds on `today`."""

    fields: Sequence[FieldSpec] = FIELDS
    employees = EMPLOYEES

    def __init__(self, client: VismaNetClient, today: Callable[[], date] = today_in_norway) -> None:
        self._client = client
        self._registers = VismaNetReferenceData(client)
        self._people = VismaNetReader(client, self._registers, today)
        self._writer = VismaNetWriter(client, self._people, self._registers)

    async def identify(self) -> Account:
        """Sign in and name the company by its tax units: no path that gives a company's name is published."""
        try:
            units = await self._registers.entries("taxUnits")
        except NotPermitted:
            # The tenant is proven all the same if its employees may be read; otherwise this says why not.
            await preflight(self._client, self._registers)
            raise
        names = ", ".join(unit.label for unit in units[:3]) + (", ..." if len(units) > 3 else "")
        numbers = {unit.organisation_number for unit in units if unit.organisation_number}
        return Account(
            id=self._client.tenant,
            name=names or f"Visma.net {self._client.tenant}",
            organisation_number=numbers.pop() if len(numbers) == 1 else None,
            environment=self._client.environment,
        )

    async def preflight(self) -> Sequence[Finding]:
        """See `preflight.py`."""
        return await preflight(self._client, self._registers)

    async def choices(self, setting: str) -> Sequence[Choice]:
        """The values of a live setting in this tenant."""
        return await self._registers.choices(setting)

    async def reference_data_version(self) -> str:
        """Tax units and work time agreements."""
        return repr([await self._registers.entries(name) for name in sorted(set(REGISTERS.values()))])

    def people(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Pages of everyone in the tenant, drafts and leavers too, with their records."""
        return self._people.everyone()

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        """The record that the employee should have. Tax units and agreements are read once."""
        await self._registers.load()
        person, findings = VismaNetPersonBuilder(employee, settings).build()
        positions = PositionBuilder(employee, settings, self._registers, today)
        parts, more = positions.build()
        return Desired(
            record=(person, *parts),
            findings=(*findings, *more),
            when_new=positions.when_new,
            when_other=positions.when_other,
            unspoken=unspoken(settings),
        )

    async def find(self, employee: Employee) -> Sequence[TargetPerson]:
        """A fresh search before a create: by number, else by what gives a person away."""
        return await self._people.alike(employee)

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh; None when Visma.net no longer knows the id."""
        return await self._people.read(target_id)

    async def apply(self, change: Change, settings: Settings) -> WriteResult:
        """Make exactly this change, and wait until Visma.net has carried it out."""
        return await self._writer.apply(change, settings)

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change of unknown outcome was made, once no job that might make it is under way."""
        return await self._writer.resolve_write(change)
