"""Reading people: everyone, one by id, or whoever may be an employee.

Go gives employments and lines in lists of their own: a person costs one call, and two more for each employment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot.core.likeness import bare, same_name, same_number
from bot.domain.employee import Employee
from bot.providers.kit.concurrency import gather_bounded
from bot.providers.kit.norwegian_day import today_in_norway
from bot.providers.kit.one_person import about_one_person
from bot.providers.kit.person_of_record import person_of_record
from bot.providers.poweroffice_go.client import PowerofficeGoClient
from bot.providers.poweroffice_go.errors import ERRORS
from bot.providers.poweroffice_go.field_table import HeldJob, HeldPerson, record_of, unclear_of
from bot.providers.poweroffice_go.reference_data import GoReferenceData
from bot.providers.protocol import TargetPerson

Json = Mapping[str, Any]
AT_ONCE = 20
"""People whose employments are asked for side by side; the client's limit decides how many calls that are."""

LINES = ("Salaries", "FtePercentages")


class PowerofficeGoReader:
    """The people of one client, as records as of today."""

    def __init__(
        self, client: PowerofficeGoClient, registers: GoReferenceData, today: Callable[[], date] = today_in_norway
    ) -> None:
        self._client = client
        self._registers = registers
        self._today = today
        self._directory: dict[str, TargetPerson] | None = None
        self._changed = ""
        self._reading = asyncio.Lock()

    @property
    def today(self) -> date:
        """The day as of which records are made."""
        return self._today()

    async def everyone(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Pages of everyone, archived ones too."""
        await self._registers.load()
        accounts = await self._client.rows("/ContactBankAccounts")
        async for page in self._whole():
            for first in range(0, len(page), AT_ONCE):
                some = page[first : first + AT_ONCE]
                jobs = await gather_bounded(*(self._jobs(one) for one in some))
                held = (
                    HeldPerson(one, own, [account for account in accounts if account.get("ContactId") == one["Id"]])
                    for one, own in zip(some, jobs, strict=True)
                )
                yield [self.person(each) for each in held]

    async def held(self, target_id: str) -> HeldPerson | None:
        """One person as Go shows them, fresh; None when there is none."""
        await self._registers.load()
        with about_one_person("GET /Employees/#", target_id):
            shown = await self._one(target_id)
            if shown is None:
                return None
            accounts = await self._client.rows("/ContactBankAccounts", [("contactIds", target_id)])
            return HeldPerson(shown, await self._jobs(shown), accounts)

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh."""
        held = await self.held(target_id)
        return None if held is None else self.person(held)

    async def by_number(self, number: str) -> list[TargetPerson]:
        """Everyone with exactly this employee number, fresh. Nobody is an answer only once the list has been seen."""
        wanted = number.strip()
        if not wanted.isdecimal():
            return []
        shown = await self._client.rows("/Employees", [("employeeNos", wanted)])
        found = [await self.read(str(row["Id"])) for row in shown if str(row.get("Number")) == wanted]
        return [person for person in found if person is not None]

    async def by_reference(self, source_id: str) -> list[str]:
        """The ids of those who carry an id of the source."""
        shown = await self._client.rows("/Employees", [("externalImportReference", source_id)])
        return [str(row["Id"]) for row in shown if row.get("ExternalImportReference") == source_id]

    async def alike(self, employee: Employee) -> list[TargetPerson]:
        """Who may be the employee: by number, else whoever shares a name, an identity number, a birth date or e-mail.

        What it takes to be the same person is judged by whoever asked.
        """
        if hits := await self.by_number(employee.number):
            return hits
        identity = bare(employee.identity.value) if employee.identity else ""
        emails = {email.strip().casefold() for email in (employee.work_email, employee.private_email) if email}
        return [
            person
            for person in (await self._known()).values()
            if (identity and bare(person.identity or "") == identity)
            or (employee.birth_date is not None and person.birth_date == employee.birth_date)
            or (person.email and person.email.strip().casefold() in emails)
            or same_number(employee.number, person.number)
            or same_name(employee.name, person.name)
        ]

    def person(self, held: HeldPerson) -> TargetPerson:
        """A person of what was read."""
        record = record_of(held, self.today, self._registers.label)
        return person_of_record(str(held.employee["Id"]), record, unclear_of(held))

    async def _known(self) -> Mapping[str, TargetPerson]:
        """Everyone without records: a whole reading the first time, then who has changed since."""
        await self._registers.load()
        async with self._reading:
            since = [("lastChangedDateTimeOffsetGreaterThan", self._changed)] if self._changed else []
            known = self._directory or {}
            async for page in self._client.pages("/Employees", since) if self._directory else self._whole():
                known |= {str(one["Id"]): replace(self.person(HeldPerson(one)), record=()) for one in page}
                self._changed = max([self._changed, *(str(one.get("LastChangedDateTimeOffset") or "") for one in page)])
            self._directory = known
            return known

    async def _whole(self) -> AsyncGenerator[list[dict[str, Any]], None]:
        """The whole list. A page may be cut short without a sign, so the bare ids are counted after it."""
        seen: set[int] = set()
        async for page in self._client.pages("/Employees"):
            seen.update(one["Id"] for one in page)
            yield page
        async for page in self._client.pages("/Employees", [("Fields", "Id")]):
            missed = [one["Id"] for one in page if one.get("Id") not in seen]
            seen.update(missed)
            found = [await self._one(one) for one in missed]
            if late := [one for one in found if one is not None]:
                yield late

    async def _one(self, target_id: object) -> dict[str, Any] | None:
        """One employee by id, and nobody else; None when there is none."""
        shown = await self._client.get(f"/Employees/{target_id}")
        if shown is not None and str(shown.get("Id")) != str(target_id):
            raise ERRORS.unreadable("GET /Employees: another than was asked for", sent=False)
        return shown

    async def _jobs(self, employee: Json) -> list[HeldJob]:
        rows = await self._client.rows(f"/Employees/{employee['Id']}/Employments")
        return await gather_bounded(*(self._job(row) for row in rows))

    async def _job(self, row: Json) -> HeldJob:
        """An employment with its lines; Go tells how many there are, so that none is taken for missing."""
        path = f"/Employees/Employments/{row['Id']}"
        salaries, percentages = await gather_bounded(*(self._client.rows(f"{path}/{lines}") for lines in LINES))
        counts = (("SalaryCount", salaries), ("FtePercentageCount", percentages))
        if any(isinstance(row.get(name), int) and row[name] != len(lines) for name, lines in counts):
            raise ERRORS.unreadable(f"GET {path}: lines are missing", sent=False)
        return HeldJob(row, salaries, percentages)
