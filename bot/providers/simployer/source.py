"""Simployer as the source: people with their history, and the lists to choose a scope from."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from bot.providers.errors import CredentialsRefused, WrongAccount
from bot.providers.http import Params
from bot.providers.protocol import Account, Connection
from bot.providers.simployer.calendar import zone_named
from bot.providers.simployer.client import IDS_PER_REQUEST, Row, SimployerClient
from bot.providers.simployer.convert import (
    Lookups,
    Related,
    day,
    doubtful_rate,
    employee,
    unit,
    word,
    work_weeks,
)
from bot.providers.simployer.index import PeopleIndex, PeopleShelf
from bot.sync.employee import Employee, EmploymentType, PersonSummary, Unit, UnitCount
from bot.text import text

log = structlog.get_logger(__name__)

DEFAULT_ZONE = "Europe/Stockholm"
SEARCH_PATIENCE = 1.5
"""Seconds that a search waits for names still being read; Slack shows nothing after three."""

_SUMMARY = "id,active,departmentId,officeId,employeeNumber,firstName,lastName,title,hireDate"


class SimployerSource:
    """The `Source` over one connection. `shelf` is the provider's and outlives it."""

    def __init__(self, connection: Connection, client: SimployerClient, shelf: PeopleShelf) -> None:
        self._connection = connection
        self._client = client
        self._shelf = shelf
        self._zone = zone_named(connection.options.get("timezone"), ZoneInfo(DEFAULT_ZONE))
        self._lookups: Lookups | None = None
        self._custom: list[str] | None = None
        self._account: Account | None = None

    async def identify(self) -> Account:
        """Read the company the token belongs to: there is no other call that tells who one is."""
        try:
            body = await self._client.get("/company", [("limit", "1")])
        except CredentialsRefused:
            self._shelf.forget(self._client.account_key)
            raise
        rows = [row for row in body.get("data") or [] if isinstance(row, dict) and row.get("id")]
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
        """Pages of employees with their history, of everyone or of those named, inactive ones too.

        No `select` is sent: its published values leave out bank account, address and custom fields.
        """
        await self._proven()
        if source_ids is not None:
            wanted = sorted(source_ids)
            for start in range(0, len(wanted), IDS_PER_REQUEST):
                rows = await self._client.by_ids("/employee", "id", wanted[start : start + IDS_PER_REQUEST])
                if rows:
                    yield await self._with_history(rows, span=False)
            return
        async with aclosing(self._client.pages("/employee")) as pages:
            async for rows in pages:
                yield await self._with_history(rows, span=True)

    async def search(self, words: str, limit: int = 100) -> Sequence[PersonSummary]:
        """Active people whose name or employee number contains all words, ordered by name.

        The first search in a large account may come before all names are read: it then answers with those at hand and
        whoever carries exactly such a number or name.
        """
        index, everyone = await self._shelf.at_hand(self._client.account_key, self._load_people, SEARCH_PATIENCE)
        found = index.search(words, limit)
        if everyone or not words.split():
            return found
        exact = await asyncio.gather(
            *(self._exactly(field, word) for word in words.split()[:2] for field in _exact_fields(word))
        )
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

    async def departments(self) -> Sequence[UnitCount]:
        """All departments with how many active people each has itself, ordered by name."""
        units = (await self._looked_up()).departments
        counts = (await self._shelf.complete(self._client.account_key, self._load_people)).count_by_department()
        return _counted(units, counts)

    async def offices(self) -> Sequence[UnitCount]:
        """All offices with how many active people each has, ordered by name."""
        units = (await self._looked_up()).offices
        counts = (await self._shelf.complete(self._client.account_key, self._load_people)).count_by_office()
        return _counted(units, counts)

    async def custom_fields(self) -> Sequence[str]:
        """Keys of the customer's own fields, seen on a page of employees: no list of them is published."""
        if self._custom is None:
            await self._proven()
            rows, _ = await self._client.page("/employee", [("filters[active][$eq]", "true")], 500, 0)
            keys = {str(key) for row in rows for key in (row.get("custom") or {})}
            self._custom = sorted(keys, key=str.casefold)
        return self._custom

    def link(self, source_id: str) -> str | None:  # noqa: ARG002 - the protocol's
        """None: the address of a person's page in the app is not published."""
        return None

    async def _proven(self) -> None:
        """Make sure, once, that the token still leads to the expected company."""
        if self._account is None and self._connection.expected_account is not None:
            await self.identify()

    async def _looked_up(self) -> Lookups:
        if self._lookups is None:
            await self._proven()
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
                    by_office[str(row["officeId"])].append(row)
            lookups.office_weeks = {
                id_: work_weeks(rows, zones[id_]) for id_, rows in by_office.items() if id_ in zones
            }
            self._lookups = lookups
        return self._lookups

    async def _with_history(self, rows: list[Row], *, span: bool) -> list[Employee]:
        lookups = await self._looked_up()
        ids = [row["id"] for row in rows]
        employments, compensations, weeks = await asyncio.gather(
            *(self._related(path, ids, span=span) for path in ("/employment", "/compensation", "/work-week"))
        )
        await self._complete("/employment", "employmentId", rows, employments)
        await self._complete("/compensation", "compensationId", rows, compensations)
        if not lookups.rates_are_fractions and any(
            doubtful_rate(row.get("rate")) for found in employments.values() for row in found
        ):
            lookups.rates_are_fractions = await self._rates_are_fractions()
        return [
            employee(row, Related(employments[id_], compensations[id_], weeks[id_]), lookups)
            for id_, row in zip(ids, rows, strict=True)
        ]

    async def _related(self, path: str, ids: list[str], *, span: bool) -> Mapping[str, list[Row]]:
        """Rows of another list by employee. A page of everyone is one span of ids, which makes a short filter."""
        if span and len(ids) > IDS_PER_REQUEST:
            ends = [("filters[employeeId][$gte]", min(ids)), ("filters[employeeId][$lte]", max(ids))]
            found = await self._client.all(path, ends)
        else:
            found = await self._client.by_ids(path, "employeeId", ids)
        wanted = set(ids)
        by_employee: dict[str, list[Row]] = defaultdict(list)
        for row in found:
            if row.get("employeeId") in wanted:
                by_employee[row["employeeId"]].append(row)
        return by_employee

    async def _complete(self, path: str, key: str, rows: list[Row], by_employee: Mapping[str, list[Row]]) -> None:
        """Fetch what an employee refers to and the list did not give: a list cut short must not look like no job."""
        for row in rows:
            wanted = row.get(key)
            if not wanted or any(found["id"] == wanted for found in by_employee[row["id"]]):
                continue
            known = {found["id"] for found in by_employee[row["id"]]}
            again = await self._client.by_ids(path, "employeeId", [row["id"]])
            by_employee[row["id"]].extend(found for found in again if found["id"] not in known)
            if not any(found["id"] == wanted for found in by_employee[row["id"]]):
                one = await self._client.get_one(f"{path}/{wanted}")
                if one is None:
                    log.warning("reference_to_nothing", system="simployer", path=path, employee=row["id"])
                elif one.get("employeeId") == row["id"]:
                    by_employee[row["id"]].append(one)

    async def _rates_are_fractions(self) -> bool:
        """Whether the account writes 0.8 for 80 %: then no employment of it has a rate above 1."""
        rows, _ = await self._client.page("/employment", [("select", "id,rate"), ("filters[rate][$gt]", "1")], 1, 0)
        return not rows

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
                    yield [self._summary(row) for row in rows]

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
        )


def _exact_fields(word: str) -> tuple[str, ...]:
    return ("employeeNumber",) if any(c.isdigit() for c in word) else ("firstName", "lastName")


def _counted(units: Mapping[str, Unit], counts: Mapping[str, int]) -> list[UnitCount]:
    ordered = sorted(units.values(), key=lambda unit: (unit.name.casefold(), unit.id))
    return [UnitCount(unit=unit, people=counts.get(unit.id, 0)) for unit in ordered]
