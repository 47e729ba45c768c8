"""Reading people: everyone, one by number, or whoever may be an employee. A list has everything of everybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot.core import swedish_number
from bot.domain.employee import Employee
from bot.providers.fortnox.client import FortnoxClient, employee_path
from bot.providers.fortnox.field_table import record_of, unclear_of
from bot.providers.kit.json_values import text_of
from bot.providers.kit.likely_people import SWEDISH_DIGITS, likely_people
from bot.providers.kit.one_person import about_one_person
from bot.providers.kit.person_of_record import person_of_record
from bot.providers.protocol import TargetPerson

Json = Mapping[str, Any]


class FortnoxReader:
    """The people of one company. A person's id is their number, which Fortnox never changes."""

    def __init__(self, client: FortnoxClient) -> None:
        self._client = client
        self._directory: list[TargetPerson] | None = None
        self._reading = asyncio.Lock()

    async def everyone(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Pages of everyone, inactive ones too."""
        async for page in self._client.pages("/employees", "Employees", "EmployeeId"):
            yield [person_of(row) for row in page]

    async def held(self, number: str) -> Json | None:
        """One employee as Fortnox shows them, fresh; None when there is none."""
        if not number:
            return None
        with about_one_person("GET /employees/#", number):
            return await self._client.get(employee_path(number), "Employee")

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh."""
        held = await self.held(target_id)
        return None if held is None else person_of(held)

    async def by_number(self, number: str) -> list[TargetPerson]:
        """Whoever has exactly this number, fresh."""
        found = await self.read(number.strip())
        return [found] if found is not None and found.number == number.strip() else []

    async def alike(self, employee: Employee) -> list[TargetPerson]:
        """Who may be the employee: by number, else whoever shares a name, an identity number or an e-mail.

        What it takes to be the same person is judged by whoever asked.
        """
        if hits := await self.by_number(employee.number):
            return hits
        return likely_people(employee, await self._known(), SWEDISH_DIGITS)

    async def _known(self) -> list[TargetPerson]:
        """Everyone without records, read again once there are others: nobody is ever deleted."""
        async with self._reading:
            if self._directory is None or len(self._directory) != await self._client.count("/employees", "Employees"):
                self._directory = [replace(one, record=()) async for page in self.everyone() for one in page]
            return self._directory


def person_of(held: Json) -> TargetPerson:
    """A person of what was read."""
    person = person_of_record(text_of(held.get("EmployeeId")) or "", record_of(held), unclear_of(held))
    number = swedish_number.parse(person.identity or "", date.today())  # noqa: DTZ011 - for the century alone
    return replace(person, birth_date=number.born if number else None)
