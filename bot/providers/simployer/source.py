"""Simployer as the source: people with their history, and the lists to choose a scope from."""

from __future__ import annotations

import asyncio
import unicodedata
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from bot.core.text import text
from bot.domain.employee import Employee, EmployeeState, EmploymentType, PersonSummary, Unit, UnitCount
from bot.domain.findings import Finding
from bot.domain.leave import LeaveSnapshot, LeaveType, LeaveWindow
from bot.providers.errors import CredentialsRefused, WrongAccount
from bot.providers.kit.http import Params
from bot.providers.protocol import Account, AsBefore, Connection
from bot.providers.shown_people import ShownEmployee
from bot.providers.simployer.calendar import zone_named
from bot.providers.simployer.cells import NO_ID, day, word
from bot.providers.simployer.client import Row, SimployerClient
from bot.providers.simployer.convert import Lookups, unit
from bot.providers.simployer.index import PeopleIndex, PeopleShelf
from bot.providers.simployer.leave_reader import LeaveReader
from bot.providers.simployer.reader import PeopleReader

log = structlog.get_logger(__name__)

DEFAULT_ZONE = "Europe/Stockholm"
SEARCH_PATIENCE = 1.5
"""Seconds that a search waits for names still being read; Slack shows nothing after three."""

EXACT_PATIENCE = 0.7
"""Seconds that it then waits for whoever is called exactly so: while names are read, Simployer has enough to do."""

_SUMMARY = "id,active,departmentId,officeId,employeeNumber,firstName,lastName,title,hireDate,employmentCountry"


class SimployerSource:
    """The `Source` and the `LeaveSource` over one connection. `shelf` is the provider's and outlives it."""

    def __init__(self, connection: Connection, client: SimployerClient, shelf: PeopleShelf) -> None:
        self._connection = connection
        self._client = client
        self._shelf = shelf
        self._zone = zone_named(connection.options.get("timezone"), ZoneInfo(DEFAULT_ZONE))
        self._lookups: Lookups | None = None
        self._custom: list[str] | None = None
        self._account: Account | None = None
        self._reader = PeopleReader(client, self._looked_up)
        self._leave = LeaveReader(client, self._zone, self._proven)
        self._looking_up = asyncio.Lock()

    async def identify(self) -> Account:
        """Read the company the token belongs to: there is no other call that tells who one is."""
        try:
            body = await self._client.get("/company", [("limit", "1")])
        except CredentialsRefused:
            self._shelf.forget(self._client.account_key)
            raise
        data = body.get("data")
        rows = [row for row in data if isinstance(row, dict) and row.get("id")] if isinstance(data, list) else []
        if not rows:
            raise WrongAccount("simployer: no company in the answer", text=text("simployer.no_company"))
        company = rows[0]
        account = Account(
            id=str(company["id"]),
            name=word(company.get("name")) or word(company.get("legalName")) or str(company["id"]),
            organisation_number=word(company.get("orgNumber")),
        )
        expected = self._connection.expected_account
        if expected is not None and account.id != expected:
            raise WrongAccount(
                "simployer: the token leads to another company",
                text=text("simployer.wrong_account", name=account.name),
                advice=text("simployer.wrong_account.advice"),
            )
        self._account = account
        return account

    async def employees(self, source_ids: frozenset[str] | None = None) -> AsyncIterator[Sequence[Employee]]:
        """Pages of employees with their history, of everyone or of those named, inactive ones too."""
        await self._proven()
        async with aclosing(self._reader.whole(source_ids)) as pages:
            async for people in pages:
                yield people

    async def shown(self, source_ids: frozenset[str] | None) -> AsyncIterator[Sequence[ShownEmployee]]:
        """The same people, read as whole, each to be understood by whoever needs to."""
        await self._proven()
        async with aclosing(self._reader.shown(source_ids)) as pages:
            async for people in pages:
                yield people

    async def changes(
        self, source_ids: frozenset[str] | None, as_before: AsBefore
    ) -> AsyncIterator[Sequence[Employee | EmployeeState]]:
        """The same people, of those whom `as_before` knows the state alone; everyone whole where `delta` is off."""
        await self._proven()
        whole = self._connection.options.get("delta", "").strip().lower() == "off"
        reading = self._reader.whole(source_ids) if whole else self._reader.changed(source_ids, as_before)
        async with aclosing(reading) as pages:
            async for people in pages:
                yield people

    async def employed(self, source_ids: frozenset[str] | None = None) -> AsyncIterator[Sequence[EmployeeState]]:
        """The same people with their employments alone, without a state."""
        await self._proven()
        async with aclosing(self._reader.employed(source_ids)) as pages:
            async for people in pages:
                yield people

    async def search(self, words: str, limit: int = 100) -> Sequence[PersonSummary]:
        """Active people whose name or employee number contains all words, ordered by name.

        The first search in a large account may come before all names are read: it then answers with those at hand and
        whoever carries exactly such a number or name.
        """
        words = unicodedata.normalize("NFC", words)
        index, everyone = await self._shelf.at_hand(self._client.account_key, self._load_people, SEARCH_PATIENCE)
        found = index.search(words, limit)
        if everyone or not words.split():
            return found
        asked = (self._exactly(field, word) for word in words.split()[:2] for field in _exact_fields(word))
        try:
            exact = await asyncio.wait_for(asyncio.gather(*asked), EXACT_PATIENCE)
        except TimeoutError:
            log.info("search_not_exact", system="simployer")
            return found
        more = PeopleIndex()
        for person in {p.source_id: p for p in [*found, *(p for people in exact for p in people)]}.values():
            more.add(person)
        return more.search(words, limit)

    async def summaries(self, source_ids: Sequence[str]) -> Sequence[PersonSummary]:
        """The named people, in the order named; unknown ids are left out."""
        await self._proven()
        rows = await self._client.by_ids("/employee", "id", list(dict.fromkeys(source_ids)), [("select", _SUMMARY)])
        known = {row["id"]: self._summary(row) for row in rows}
        return [known[id_] for id_ in source_ids if id_ in known]

    async def everyone(self) -> Sequence[PersonSummary]:
        """All active people, ordered by name, as the search knows them."""
        await self._proven()
        index = await self._shelf.complete(self._client.account_key, self._load_people)
        return await asyncio.to_thread(index.search, "", len(index))

    async def departments(self, *, counted: bool = True) -> Sequence[UnitCount]:
        """All departments with how many active people each has itself, ordered by name; with 0 unless `counted`."""
        units = (await self._looked_up()).departments
        if not counted:
            return _counted(units, {})
        counts = (await self._shelf.complete(self._client.account_key, self._load_people)).count_by_department()
        return _counted(units, counts)

    async def offices(self, *, counted: bool = True) -> Sequence[UnitCount]:
        """All offices with how many active people each has, ordered by name; with 0 unless `counted`."""
        units = (await self._looked_up()).offices
        if not counted:
            return _counted(units, {})
        counts = (await self._shelf.complete(self._client.account_key, self._load_people)).count_by_office()
        return _counted(units, counts)

    async def custom_fields(self) -> Sequence[str]:
        """Keys of the customer's own fields, seen on a page of employees: no list of them is published."""
        if self._custom is None:
            await self._proven()
            rows, _ = await self._client.page("/employee", [("filters[active][$eq]", "true")], 500, 0)
            own = [row.get("custom") for row in rows]
            keys = {str(key) for fields in own if isinstance(fields, dict) for key in fields}
            self._custom = sorted(keys, key=str.casefold)
        return self._custom

    async def leave_types(self) -> Sequence[LeaveType]:
        """All types of leave with their codes, archived and disabled ones too, ordered by name."""
        return await self._leave.types()

    async def leave_snapshot(
        self,
        window: LeaveWindow,
        employee_ids: frozenset[str] | None = None,
        parents: frozenset[str] = frozenset(),
    ) -> LeaveSnapshot:
        """All leave of a window, of everybody or of those named; see `LeaveSource`."""
        return await self._leave.snapshot(window, employee_ids, parents)

    async def leave_preflight(self) -> Sequence[Finding]:
        """Which lists of leave this token may not read."""
        return await self._leave.preflight()

    async def _proven(self) -> None:
        """Make sure, once, that the token still leads to the expected company."""
        if self._account is None and self._connection.expected_account is not None:
            await self.identify()

    async def _looked_up(self) -> Lookups:
        async with self._looking_up:
            if self._lookups is None:
                await self._proven()
                self._lookups = await self._look_up()
            return self._lookups

    async def _look_up(self) -> Lookups:
        departments, offices, cost_centers, types = await asyncio.gather(
            *(self._client.all(path) for path in ("/department", "/office", "/cost-center", "/employment-type"))
        )
        zones = {row["id"]: zone_named(row.get("timezone"), self._zone) for row in offices}
        lookups = Lookups(
            departments={row["id"]: unit(row) for row in departments},
            offices={row["id"]: unit(row) for row in offices},
            cost_centers={row["id"]: unit(row, code="code") for row in cost_centers},
            employment_types={
                row["id"]: EmploymentType(id=row["id"], name=word(row.get("name")) or row["id"]) for row in types
            },
            office_zones=zones,
            default_zone=self._zone,
        )
        by_office: dict[str, list[Row]] = defaultdict(list)
        for row in await self._client.by_ids("/work-week", "officeId", sorted(zones)):
            if not row.get("employeeId"):
                by_office[str(row.get("officeId"))].append(row)
        lookups.office_weeks = by_office
        return lookups

    async def _exactly(self, field: str, value: str) -> list[PersonSummary]:
        params: Params = [("select", _SUMMARY), ("filters[active][$eq]", "true"), (f"filters[{field}][$eq]", value)]
        rows, _ = await self._client.page("/employee", params, 50, 0)
        return [self._summary(row) for row in rows]

    async def _load_people(self) -> AsyncIterator[Sequence[PersonSummary]]:
        # Its own client: the connection that asked may be closed long before the last page.
        async with SimployerClient(self._connection) as client:
            params = [("select", _SUMMARY), ("filters[active][$eq]", "true")]
            async with aclosing(client.pages("/employee", params)) as pages:
                async for rows in pages:
                    yield [self._summary(row) for row in rows if not row["id"].startswith(NO_ID)]

    def _summary(self, row: Mapping[str, Any]) -> PersonSummary:
        return PersonSummary(
            source_id=str(row["id"]),
            number=word(row.get("employeeNumber")) or "",
            name=f"{word(row.get('firstName')) or ''} {word(row.get('lastName')) or ''}".strip(),
            title=word(row.get("title")),
            department_id=word(row.get("departmentId")),
            office_id=word(row.get("officeId")),
            active=row.get("active") is not False,
            start=day(row, "hireDate", self._zone),
            country=word(row.get("employmentCountry")),
        )


def _exact_fields(word: str) -> tuple[str, ...]:
    return ("employeeNumber",) if any(c.isdigit() for c in word) else ("firstName", "lastName")


def _counted(units: Mapping[str, Unit], counts: Mapping[str, int]) -> list[UnitCount]:
    ordered = sorted(units.values(), key=lambda unit: (unit.name.casefold(), unit.id))
    return [UnitCount(unit=unit, people=counts.get(unit.id, 0)) for unit in ordered]
