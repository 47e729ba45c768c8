"""Fortnox as a target: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.providers.fortnox.client import NEEDED, FortnoxClient
from bot.providers.fortnox.desired import FortnoxBuilder
from bot.providers.fortnox.field_table import FIELDS
from bot.providers.fortnox.preflight import preflight
from bot.providers.fortnox.reader import FortnoxReader
from bot.providers.fortnox.reference_data import CostCenters
from bot.providers.fortnox.writer import FortnoxWriter
from bot.providers.kit.people_target import PeopleTarget
from bot.providers.protocol import (
    Account,
    Choice,
    Desired,
    FieldSpec,
    Settings,
)


class FortnoxTarget(PeopleTarget):
    """The `Target` over one connection."""

    fields: Sequence[FieldSpec] = FIELDS

    def __init__(self, client: FortnoxClient) -> None:
        self._client = client
        self._cost_centers = CostCenters(client)
        people = FortnoxReader(client)
        super().__init__(people, FortnoxWriter(client, people))

    async def identify(self) -> Account:
        """Sign in, and name the company that the consent is of."""
        return await self._client.account()

    async def preflight(self) -> Sequence[Finding]:
        """See `preflight.py`."""
        return await preflight(self._client)

    async def may_write(self) -> bool:
        """Whether what was agreed to covers it; a scope of Fortnox' is for reading and writing."""
        return set(NEEDED) <= await self._client.scopes()

    async def choices(self, setting: str) -> Sequence[Choice]:
        """No setting is live. Raises `KeyError`."""
        raise KeyError(setting)

    async def reference_data_version(self) -> str:
        """The cost centres."""
        await self._cost_centers.load()
        return self._cost_centers.version

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        """The record that the employee should have. Cost centres are read once."""
        await self._cost_centers.load()
        return FortnoxBuilder(employee, settings, self._cost_centers, today).build()
