"""Tidsbanken as a target: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import date

from bot.domain.change import Change
from bot.domain.employee import Employee
from bot.domain.findings import Finding, Severity
from bot.providers.kit.private_writes import private_writes
from bot.providers.kit.write_rounds import settled_by_number
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
from bot.providers.tidsbanken.client import TidsbankenClient
from bot.providers.tidsbanken.desired import TidsbankenBuilder
from bot.providers.tidsbanken.errors import ERRORS
from bot.providers.tidsbanken.field_table import FIELDS
from bot.providers.tidsbanken.reader import PEOPLE, TidsbankenReader
from bot.providers.tidsbanken.reference_data import TidsbankenReferenceData
from bot.providers.tidsbanken.writer import TidsbankenWrite


@private_writes
class TidsbankenTarget:
    """The `Target` over one connection."""

    fields: Sequence[FieldSpec] = FIELDS
    employees = EMPLOYEES

    def __init__(self, client: TidsbankenClient) -> None:
        self._client = client
        self._lists = TidsbankenReferenceData(client)
        self._people = TidsbankenReader(client, self._lists)

    async def identify(self) -> Account:
        """The database of the key, by the name that was entered: no call names a company."""
        return await self._client.account()

    async def preflight(self) -> Sequence[Finding]:
        """Raises `NotPermitted` where employees are not shown; a finding where nobody new could be made."""
        await self._lists.load()
        if not await self._client.rows(PEOPLE) and not self._client.may_be_empty:
            raise ERRORS.nobody_shown()
        return [] if self._lists.groups else [Finding("tidsbanken_no_groups", Severity.WARNING, "employee_group")]

    async def choices(self, setting: str) -> Sequence[Choice]:
        """The employee groups. Raises `KeyError` for a setting that is not live."""
        if setting not in ("group", "other_group"):
            raise KeyError(setting)
        await self._lists.load()
        return self._lists.choices()

    async def reference_data_version(self) -> str:
        """Employee groups and departments."""
        await self._lists.load()
        return self._lists.version

    def people(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Pages of everyone in the database, inactive ones too, with their records."""
        return self._people.everyone()

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        """The record that the employee should have. Lists are read once."""
        await self._lists.load()
        return TidsbankenBuilder(employee, settings, self._lists, today).build()

    async def find(self, employee: Employee) -> Sequence[TargetPerson]:
        """A fresh search before a create."""
        return await self._people.alike(employee)

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh; None when Tidsbanken no longer knows the number."""
        return await self._people.read(target_id)

    async def apply(self, change: Change, settings: Settings) -> WriteResult:  # noqa: ARG002 - all is in the change
        """Make exactly this change."""
        await self._lists.load()
        async with self._client.write_lock(change.person.target_id or change.person.number.strip()):
            return await TidsbankenWrite(self._client, self._people, self._lists, change).made()

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change of unknown outcome was made: by number for a create, which left no id."""
        return await settled_by_number(change, self._people.by_number, self._people.read, ERRORS)
