"""Reading people: everyone, one by number, or whoever may be an employee. One list has everybody whole."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from bot.domain.employee import Employee
from bot.providers.kit.likely_people import numbered_or_likely
from bot.providers.kit.one_person import about_one_person
from bot.providers.kit.person_of_record import person_of_record
from bot.providers.protocol import TargetPerson
from bot.providers.tidsbanken.client import TidsbankenClient
from bot.providers.tidsbanken.errors import ERRORS
from bot.providers.tidsbanken.field_table import record_of
from bot.providers.tidsbanken.reference_data import TidsbankenReferenceData

Json = Mapping[str, Any]

PEOPLE = "/ansatt/ansatt"


class TidsbankenReader:
    """The people of one database. A person's id is their number, which nothing changes."""

    def __init__(self, client: TidsbankenClient, lists: TidsbankenReferenceData) -> None:
        self._client = client
        self._lists = lists

    async def everyone(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Everyone, inactive ones too. Raises `NotPermitted` for a list without anybody: an empty database cannot be
        told from a hidden one."""
        await self._lists.load()
        anybody = self._client.may_be_empty
        async for page in self._client.pages(PEOPLE):
            anybody = True
            yield [self.person(row) for row in page]
        if not anybody:
            raise ERRORS.nobody_shown()

    async def held(self, number: str) -> Json | None:
        """One employee as Tidsbanken shows them, fresh; None when there is none, which only the list can say."""
        await self._lists.load()
        if not re.fullmatch(r"[0-9]{1,9}", number):
            return None
        with about_one_person(f"GET {PEOPLE}?Id", number):
            found = await self._client.with_id(PEOPLE, int(number))
        if found:
            return found[0]
        if any(person.id == number for person in await self._everybody()):
            raise ERRORS.unreadable(f"GET {PEOPLE}: one who is listed", sent=False)
        return None

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh."""
        row = await self.held(target_id)
        return None if row is None else self.person(row)

    async def by_number(self, number: str) -> list[TargetPerson]:
        """Whoever has exactly this number, fresh."""
        found = await self.read(number.strip())
        return [] if found is None else [found]

    async def alike(self, employee: Employee) -> list[TargetPerson]:
        """Who may be the employee."""
        return numbered_or_likely(employee, await self._everybody())

    def person(self, row: Json) -> TargetPerson:
        """A person of what was read."""
        return person_of_record(str(row["Id"]), record_of(row, self._lists), {})

    async def _everybody(self) -> list[TargetPerson]:
        return [person async for page in self.everyone() for person in page]
