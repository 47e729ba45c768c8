"""Spiris Lön as a target: people are read and created. Nobody who is there is changed: there is no call for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.domain.record import Level
from bot.providers.kit.one_person import about_one_person
from bot.providers.kit.people_target import PeopleTarget
from bot.providers.kit.written_parts import changes_at
from bot.providers.protocol import (
    NEW_EMPLOYEES,
    Account,
    Choice,
    Desired,
    FieldSpec,
    Settings,
    WriteResult,
    WriteStatus,
)
from bot.providers.spiris_lon.client import PEOPLE, SpirisClient
from bot.providers.spiris_lon.desired import SpirisBuilder
from bot.providers.spiris_lon.errors import ERRORS, cannot_change
from bot.providers.spiris_lon.field_table import FIELDS, body_of
from bot.providers.spiris_lon.reader import SpirisReader, person_of


class SpirisWriter:
    """Creates people, and settles creates whose answer never came."""

    def __init__(self, client: SpirisClient, people: SpirisReader) -> None:
        self._client, self._people = client, people

    async def apply(self, change: Change, settings: Settings) -> WriteResult:  # noqa: ARG002 - all is in the change
        """Make somebody new, in one call. Raises `Unsupported` for anything else."""
        if change.kind is not ChangeKind.CREATE:
            raise cannot_change("spiris_lon: an employee cannot be changed")
        values = changes_at(change.fields, Level.PERSON)
        async with await self._client.write_lock(change.person.number.strip()):
            if await self._people.has_number(change.person.number):
                # Whether a number that is taken is refused is not published.
                raise ERRORS.changed("the number is taken")
            with about_one_person(f"POST {PEOPLE}", change.person.source_id):
                made = await self._client.send("POST", PEOPLE, body_of(values))
        person = person_of(made)
        if not person.id or person.number != change.person.number.strip():
            raise ERRORS.unreadable(f"POST {PEOPLE}: somebody else than was sent", sent=True)
        self._people.remember(person)
        return WriteResult(target_id=person.id, findings=person.waiting)

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read by number whether somebody was made. What of them is other than was sent, the next run tells: nothing
        could be added to them. Raises `WriteConflict`."""
        found = await self._people.by_number(change.person.number)
        if len(found) > 1:
            raise ERRORS.changed("the employee number is there twice")
        sent = changes_at(change.fields, Level.PERSON).get("identity_number")
        if found and sent is not None and found[0].identity != sent:
            raise ERRORS.changed("somebody else has the number")
        return (WriteStatus.DONE, found[0].id) if found else (WriteStatus.NOT_DONE, None)


class SpirisTarget(PeopleTarget):
    """The `Target` over one connection."""

    fields: Sequence[FieldSpec] = FIELDS
    employees = NEW_EMPLOYEES

    def __init__(self, client: SpirisClient) -> None:
        self._client = client
        people = SpirisReader(client)
        super().__init__(people, SpirisWriter(client, people))

    async def identify(self) -> Account:
        """Sign in, and name the company that the consent is of."""
        return await self._client.account()

    async def preflight(self) -> Sequence[Finding]:
        """Raises `NotPermitted` where employees are not shown."""
        if not await self._client.count(PEOPLE) and not self._client.may_be_empty:
            raise ERRORS.nobody_shown()
        return []

    async def choices(self, setting: str) -> Sequence[Choice]:
        """No setting is live. Raises `KeyError`."""
        raise KeyError(setting)

    async def reference_data_version(self) -> str:
        """Nothing is looked up."""
        return ""

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        """The record that the employee should have."""
        return SpirisBuilder(employee, settings, today).build()
