"""Visma.net as a target: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.providers.errors import NotPermitted
from bot.providers.kit.norwegian_day import today_in_norway
from bot.providers.kit.people_target import PeopleTarget
from bot.providers.protocol import (
    Account,
    Choice,
    Desired,
    FieldSpec,
    Settings,
)
from bot.providers.visma_net.client import VismaNetClient
from bot.providers.visma_net.desired_employment import PositionBuilder
from bot.providers.visma_net.desired_person import VismaNetPersonBuilder
from bot.providers.visma_net.field_table import FIELDS, REGISTERS
from bot.providers.visma_net.preflight import preflight
from bot.providers.visma_net.reader import VismaNetReader
from bot.providers.visma_net.reference_data import VismaNetReferenceData
from bot.providers.visma_net.settings import unspoken
from bot.providers.visma_net.writer import VismaNetWriter


class VismaNetTarget(PeopleTarget):
    """The `Target` over one connection. Records show what holds on `today`."""

    fields: Sequence[FieldSpec] = FIELDS

    def __init__(self, client: VismaNetClient, today: Callable[[], date] = today_in_norway) -> None:
        self._client = client
        self._registers = VismaNetReferenceData(client)
        people = VismaNetReader(client, self._registers, today)
        super().__init__(people, VismaNetWriter(client, people, self._registers))

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
