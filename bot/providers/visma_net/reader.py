"""Reading people: everyone, one by id, or whoever may be an employee."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from bot.core.likeness import bare, same_number
from bot.domain.employee import Employee
from bot.domain.findings import Finding, Severity
from bot.providers.kit.http import Params
from bot.providers.kit.norwegian_day import today_in_norway
from bot.providers.kit.one_person import about_one_person
from bot.providers.kit.person_of_record import person_of_record
from bot.providers.protocol import TargetPerson
from bot.providers.visma_net.client import VismaNetClient
from bot.providers.visma_net.errors import nobody_shown
from bot.providers.visma_net.field_table import record_of, unclear_of
from bot.providers.visma_net.reference_data import VismaNetReferenceData
from bot.providers.visma_net.timeline import entries_of

Json = dict[str, Any]

DRAFT = Finding("visma_net_draft", Severity.WAITING, "number")
"""Visma.net's own people complete and approve whoever is new; nothing is paid before."""

DRAFTS = ("includeDrafts", "true")
LOOK_BACK = timedelta(days=2)
"""How far before the first reading changes are asked for: the filter counts in days of a zone that is not published."""


class VismaNetReader:
    """The people of one tenant, as records as of today.

    There is no search: a question about one person is answered from a reading of everyone, kept for the connection,
    and refreshed each time by what has changed since.
    """

    def __init__(
        self, client: VismaNetClient, registers: VismaNetReferenceData, today: Callable[[], date] = today_in_norway
    ) -> None:
        self._client = client
        self._registers = registers
        self._today = today
        self._directory: dict[str, TargetPerson] | None = None
        self._since = date.min
        self._reading = asyncio.Lock()

    @property
    def today(self) -> date:
        """The day as of which records are made."""
        return self._today()

    async def everyone(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Pages of everyone, drafts and leavers too. Raises `NotPermitted` when nobody is shown."""
        await self._registers.load()
        async for page in self._whole([("embed", "(positions)")]):
            yield [self.person(shown) for shown in page]

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh; None when there is none."""
        await self._registers.load()
        with about_one_person("GET /employees/#", target_id):
            found = await self._client.get(f"/employees/{target_id}", [("embed", "(positions)")])
        return None if found is None else self.person(found[0])

    async def by_number(self, number: str) -> list[TargetPerson]:
        """Everyone with exactly this employee number, fresh."""
        wanted = number.strip()
        if not wanted:
            return []
        known = await self._known()
        return await self._fresh([p for p in known.values() if p.number.strip() == wanted])

    async def alike(self, employee: Employee) -> list[TargetPerson]:
        """Who may be the employee: by number, else whoever shares a name, an identity number, a birth date or e-mail.

        What it takes to be the same person is judged by whoever asked.
        """
        hits = await self.by_number(employee.number)
        if hits:
            return hits
        known = await self._known()
        identity = bare(employee.identity.value) if employee.identity else ""
        emails = {email.strip().casefold() for email in (employee.work_email, employee.private_email) if email}
        return [
            person
            for person in known.values()
            if (identity and bare(person.identity or "") == identity)
            or (employee.birth_date is not None and person.birth_date == employee.birth_date)
            or (person.email and person.email.strip().casefold() in emails)
            or same_number(employee.number, person.number)
        ]

    def person(self, employee: Json) -> TargetPerson:
        """A person of one answer that has the positions embedded."""
        embedded = employee.get("_embedded")
        shown = embedded.get("positions") if isinstance(embedded, dict) else None
        positions = entries_of(shown)
        record = record_of(employee, positions, self.today, self._registers.label)
        waiting = (DRAFT,) if employee.get("isDraft") is True else ()
        return person_of_record(str(employee["id"]), record, unclear_of(shown, self.today), waiting=waiting)

    async def _known(self) -> Mapping[str, TargetPerson]:
        """Everyone without records: a whole reading the first time, then what has changed since."""
        async with self._reading:
            known, since = self._directory or {}, self.today - LOOK_BACK
            if self._directory is None:
                pages = self._whole()
            else:
                pages = self._counted(changed=[("fromLastChangedDate", self._since.isoformat())])
            async for page in pages:
                known |= {str(shown["id"]): replace(self.person(shown), record=()) for shown in page}
            self._directory, self._since = known, since
            return known

    async def _whole(self, params: Params = ()) -> AsyncGenerator[list[Json], None]:
        """The whole list, page by page. Nobody at all is never believed: a company without a single employee cannot be
        told from a hidden one."""
        anybody = False
        async for page in self._counted(params):
            anybody = True
            yield page
        if not anybody and not self._client.may_be_empty:
            raise nobody_shown()

    async def _counted(self, params: Params = (), changed: Params = ()) -> AsyncGenerator[list[Json], None]:
        """A list page by page, and the bare ids after it; of those who `changed`, where there were several pages.

        A page may be cut short without a sign, and a row that goes between two takes another one out of sight.
        """
        seen: set[str] = set()
        pages = 0
        async for page in self._client.pages("/employees", [*params, DRAFTS, *changed]):
            pages += 1
            seen.update(str(shown["id"]) for shown in page)
            yield page
        if changed and pages < 2:
            return
        ids = ("fields", "(id,lastChange)")
        async for page in self._client.pages("/employees", [ids, DRAFTS, *changed]):
            missed = [str(shown["id"]) for shown in page if str(shown["id"]) not in seen]
            seen.update(missed)
            found = [await self._client.get(f"/employees/{one}", params) for one in missed]
            if late := [document for document, _ in filter(None, found)]:
                yield late

    async def _fresh(self, people: list[TargetPerson]) -> list[TargetPerson]:
        found = [await self.read(person.id) for person in people]
        return [person for person in found if person is not None]
