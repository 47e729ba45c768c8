"""Xledger as a target: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.domain.employee import Employee
from bot.domain.findings import Finding, Severity
from bot.providers.kit.people_target import PeopleTarget
from bot.providers.protocol import Account, Choice, Desired, FieldSpec, Settings
from bot.providers.xledger.client import XledgerClient
from bot.providers.xledger.desired import XledgerBuilder
from bot.providers.xledger.field_table import BY_KEY, FIELDS, able, selection
from bot.providers.xledger.reader import XledgerReader
from bot.providers.xledger.reference_data import XledgerReferenceData
from bot.providers.xledger.settings import KINDS
from bot.providers.xledger.writer import XledgerWriter


class XledgerTarget(PeopleTarget):
    """The `Target` over one connection."""

    fields: Sequence[FieldSpec] = FIELDS

    def __init__(self, client: XledgerClient) -> None:
        self._client = client
        self._lists = XledgerReferenceData(client)
        people = XledgerReader(client, self._lists)
        super().__init__(people, XledgerWriter(client, people, self._lists))

    async def identify(self) -> Account:
        """The entity whose employees the token shows."""
        return await self._client.account()

    async def preflight(self) -> Sequence[Finding]:
        """Raises `Unsupported` where the schema lacks what nobody can do without; what else it lacks is a finding."""
        await self._client.account()
        schema = await self._client.schema()
        lacking = [key for key in BY_KEY if key not in able(schema)]
        selection(schema)
        await self._lists.load()
        found = []
        if lacking:
            names = ", ".join(BY_KEY[key].rule.target for key in lacking)
            found.append(Finding("xledger_fields_lacking", Severity.WARNING, "employment", {"names": names}))
        if not self._lists.kinds:
            found.append(Finding("xledger_no_objects", Severity.WARNING, "department"))
        return found

    async def choices(self, setting: str) -> Sequence[Choice]:
        """Employee groups, or kinds of objects. Raises `KeyError` for a setting that is not live."""
        if setting not in ("employee_group", *KINDS):
            raise KeyError(setting)
        await self._lists.load()
        return self._lists.choices(setting)

    async def reference_data_version(self) -> str:
        """What there is to choose from, and what the schema has for us."""
        await self._lists.load()
        schema = await self._client.schema()
        return repr((self._lists.objects.version, sorted(able(schema)), sorted(schema.adds.items())))

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        """The record that the employee should have. Schema and lists are read once."""
        await self._lists.load()
        return XledgerBuilder(employee, settings, await self._client.schema(), self._lists, today).build()
