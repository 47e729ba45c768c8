"""Reading people: everyone, one by id, or whoever may be an employee. One list has everybody whole."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any

from bot.domain.employee import Employee
from bot.providers.kit.likely_people import numbered_or_likely
from bot.providers.kit.one_person import about_one_person
from bot.providers.kit.person_of_record import person_of_record
from bot.providers.protocol import TargetPerson
from bot.providers.xledger.client import XledgerClient
from bot.providers.xledger.errors import ERRORS
from bot.providers.xledger.field_table import record_of, selection
from bot.providers.xledger.reference_data import XledgerReferenceData
from bot.providers.xledger.schema import XledgerSchema

Json = Mapping[str, Any]


class XledgerReader:
    """The employees of one entity. A person's id is Xledger's own (`dbId`)."""

    def __init__(self, client: XledgerClient, lists: XledgerReferenceData) -> None:
        self._client = client
        self._lists = lists

    async def everyone(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Everyone, those who have left too. Raises `NotPermitted` for a list without anybody: an empty company cannot
        be told from a hidden one."""
        await self._lists.load()
        schema = await self._client.schema()
        anybody = False
        async for page in self._client.employees(selection(schema)):
            anybody = True
            yield [self._person(row, schema) for row in page]
        if not anybody:
            raise ERRORS.nobody_shown()

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh; None when there is none, which only the list can say."""
        await self._lists.load()
        schema = await self._client.schema()
        if not re.fullmatch(r"[0-9]{1,18}", target_id):
            return None
        with about_one_person("employees by dbId", target_id):
            found = await self._client.employee(selection(schema), int(target_id))
        if found is not None:
            return self._person(found, schema)
        if any(person.id == target_id for person in await self._everybody()):
            raise ERRORS.unreadable("employees: one who is listed", sent=False)
        return None

    async def by_number(self, number: str) -> list[TargetPerson]:
        """Whoever has exactly this number, fresh, of the whole list: how a code is asked for alone is not published."""
        return [person for person in await self._everybody() if person.number == number.strip()]

    async def alike(self, employee: Employee) -> list[TargetPerson]:
        """Who may be the employee."""
        return numbered_or_likely(employee, await self._everybody())

    async def _everybody(self) -> list[TargetPerson]:
        return [person async for page in self.everyone() for person in page]

    def _person(self, row: Json, schema: XledgerSchema) -> TargetPerson:
        record = record_of(row, schema, self._lists)
        person = person_of_record(str(row["dbId"]), record, {})
        # Where names of their own are not shown, the one that stands in lists is.
        full = str(record[0].values.get("full_name") or "")
        return person if person.name else replace(person, last_name=full)
