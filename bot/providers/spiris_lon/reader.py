"""Reading people: everyone, one by id, or whoever may be an employee. One list has everybody whole."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot.core import swedish_number
from bot.domain.employee import Employee
from bot.domain.findings import Finding, Severity
from bot.providers.kit.json_values import text_of
from bot.providers.kit.likely_people import SWEDISH_DIGITS, likely_people
from bot.providers.kit.one_person import about_one_person
from bot.providers.kit.person_of_record import person_of_record
from bot.providers.protocol import TargetPerson
from bot.providers.spiris_lon.client import PEOPLE, SpirisClient
from bot.providers.spiris_lon.errors import ERRORS
from bot.providers.spiris_lon.field_table import record_of

Json = Mapping[str, Any]

DRAFT = Finding("spiris_lon_draft", Severity.WAITING, "number")
"""Who is not complete in Spiris: no payroll, and no absence."""

IS_DRAFT, IS_LIMITED = 0, 1


class SpirisReader:
    """The people of one company. Whoever was deleted there is never shown."""

    def __init__(self, client: SpirisClient) -> None:
        self._client = client
        self._directory: list[TargetPerson] | None = None
        self._reading = asyncio.Lock()

    async def everyone(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Pages of everyone. Raises `NotPermitted` for a list without anybody: an empty company cannot be told from a
        hidden one."""
        anybody = self._client.may_be_empty
        async for page in self._client.pages(PEOPLE):
            anybody = True
            yield [person_of(row) for row in page]
        if not anybody:
            raise ERRORS.nobody_shown()

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh."""
        if not re.fullmatch(r"[0-9a-fA-F-]{36}", target_id):
            return None
        with about_one_person(f"GET {PEOPLE}/#", target_id):
            row = await self._client.get(f"{PEOPLE}/{target_id}")
        return None if row is None else person_of(row)

    async def by_number(self, number: str) -> list[TargetPerson]:
        """Whoever has exactly this number, fresh."""
        wanted = number.strip()
        return [person async for page in self.everyone() for person in page if person.number == wanted]

    async def has_number(self, number: str) -> bool:
        """Whether somebody has it, by the list as it was read last unless its count says that there are others."""
        return any(person.number == number.strip() for person in await self._known())

    async def alike(self, employee: Employee) -> list[TargetPerson]:
        """Who may be the employee: by number, else whoever shares a name, an identity number or an e-mail.

        What it takes to be the same person is judged by whoever asked.
        """
        people = await self._known()
        if hits := [person for person in people if person.number == employee.number.strip()]:
            return [found for one in hits if (found := await self.read(one.id)) is not None]
        return likely_people(employee, people, SWEDISH_DIGITS)

    def remember(self, person: TargetPerson) -> None:
        """Take note of somebody who has just been made, so that the list need not be read again for the next one."""
        if self._directory is not None:
            self._directory.append(replace(person, record=()))

    async def _known(self) -> list[TargetPerson]:
        """Everyone without records, read again once there are others."""
        async with self._reading:
            if self._directory is None or len(self._directory) != await self._client.count(PEOPLE):
                self._directory = [replace(one, record=()) async for page in self.everyone() for one in page]
            return self._directory


def person_of(row: Json) -> TargetPerson:
    """A person of what was read."""
    waiting = (DRAFT,) if row.get("State") == IS_DRAFT else ()
    person = person_of_record(text_of(row.get("Id")) or "", record_of(row), {}, waiting=waiting)
    number = swedish_number.parse(person.identity or "", date.today())  # noqa: DTZ011 - for the century alone
    return replace(person, birth_date=number.born if number else None)
