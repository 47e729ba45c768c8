"""What every target that is read and written person by person does alike: it asks its reader and its writer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from bot.domain.change import Change
from bot.domain.employee import Employee
from bot.providers.kit.private_writes import private_writes
from bot.providers.protocol import EMPLOYEES, FieldSpec, Settings, TargetPerson, WriteResult, WriteStatus


class ReadsPeople(Protocol):
    """Reads the people of one account, fresh each time but for what it says."""

    def everyone(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Pages of everyone, with their records."""
        ...

    async def alike(self, employee: Employee) -> Sequence[TargetPerson]:
        """Whoever may be the employee: by number, else by what gives a person away."""
        ...

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person; None when the system no longer knows the id."""
        ...


class WritesPeople(Protocol):
    """Makes changes, and settles those whose answer never came."""

    async def apply(self, change: Change, settings: Settings) -> WriteResult:
        """Make exactly this change. Raises as `Target.apply` says."""
        ...

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change of unknown outcome was made."""
        ...


@private_writes
class PeopleTarget:
    """The half of a `Target` that is about people. A subclass has `fields`, and all that is said of the account."""

    fields: Sequence[FieldSpec]
    employees = EMPLOYEES

    def __init__(self, people: ReadsPeople, writer: WritesPeople) -> None:
        self._people, self._writer = people, writer

    def people(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Pages of everyone in the account, those who have left too, with their records."""
        return self._people.everyone()

    async def find(self, employee: Employee) -> Sequence[TargetPerson]:
        """A fresh search before a create: by number, else by what gives a person away."""
        return await self._people.alike(employee)

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh; None when the system no longer knows the id."""
        return await self._people.read(target_id)

    async def apply(self, change: Change, settings: Settings) -> WriteResult:
        """Make exactly this change."""
        return await self._writer.apply(change, settings)

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change of unknown outcome was made."""
        return await self._writer.resolve_write(change)
