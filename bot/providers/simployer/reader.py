"""Reading people with their history: everybody whole, or incrementally, with only those whole who have changed."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import structlog

from bot.core.log_config import id_of
from bot.domain.employee import Employee, EmployeeState
from bot.providers.errors import Unsupported
from bot.providers.kit.http import Params
from bot.providers.kit.prefetch import prefetch
from bot.providers.protocol import AsBefore
from bot.providers.shown_people import ShownEmployee
from bot.providers.simployer.cells import NO_ID
from bot.providers.simployer.client import IDS_PER_REQUEST, Row, SimployerClient
from bot.providers.simployer.convert import (
    COMPENSATION_KEY,
    EMPLOYMENT_KEY,
    MOST_AS_FRACTION,
    Lookups,
    Related,
    doubtful_rate,
)
from bot.providers.simployer.state import (
    IN_PASSING,
    content_of,
    digest_of_lists,
    employee,
    of_content,
    seen,
    seen_whole,
)
from bot.providers.simployer.state import sighting as in_passing

log = structlog.get_logger(__name__)

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""An id that can stand in an address. Those of Simployer are 24 hexadecimal digits."""

_BREATH = 50
"""People of a page between two pauses."""

Histories = Mapping[str, Related]
"""The rows of the other lists, by employee id."""


def utc_now() -> datetime:
    """The time now."""
    return datetime.now(UTC)


class PeopleReader:
    """Reads the people of one account. `looked_up` gives the lists that they refer to, read once."""

    def __init__(
        self,
        client: SimployerClient,
        looked_up: Callable[[], Awaitable[Lookups]],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._client = client
        self._looked_up = looked_up
        self._now = now

    async def whole(self, source_ids: frozenset[str] | None) -> AsyncGenerator[list[Employee], None]:
        """Pages of employees, whole. No `select` is sent: its published values leave out bank account and address."""
        async with aclosing(prefetch(self._whole(source_ids))) as pages:
            async for page in pages:
                yield page

    async def shown(self, source_ids: frozenset[str] | None) -> AsyncGenerator[list[ShownEmployee], None]:
        """The same people, read as whole, each to be understood by whoever needs to."""
        async with aclosing(prefetch(self._shown(source_ids))) as pages:
            async for page in pages:
                yield page

    async def changed(
        self, source_ids: frozenset[str] | None, as_before: AsBefore
    ) -> AsyncGenerator[list[Employee | EmployeeState], None]:
        """Pages of states of people; those whom `as_before` does not know are read whole.

        The roster is read in full, as no filter on `updated` would show who is gone or was moved.
        """
        async with aclosing(prefetch(self._changed(source_ids, as_before))) as pages:
            async for page in pages:
                yield page

    async def employed(self, source_ids: frozenset[str] | None) -> AsyncGenerator[list[EmployeeState], None]:
        """Pages of people with their employments and nothing else: neither pay nor work weeks are read."""
        async with aclosing(prefetch(self._employed(source_ids))) as pages:
            async for page in pages:
                yield page

    async def _employed(self, source_ids: frozenset[str] | None) -> AsyncGenerator[list[EmployeeState], None]:
        selected: list[Params] = [[("select", ",".join(IN_PASSING))], ()]
        for params in selected:
            shown = False
            try:
                async with self._lists_beside(), aclosing(self._rows(source_ids, params)) as pages:
                    async for rows in pages:
                        shown = True
                        yield await self._with_employments(rows, span=source_ids is None)
                return
            except Unsupported as error:
                if shown or not params:
                    raise
                log.warning("in_passing_refused", system="simployer", error=str(error))

    async def _with_employments(self, rows: list[Row], *, span: bool) -> list[EmployeeState]:
        ids = [row["id"] for row in rows if not row["id"].startswith(NO_ID)]
        lookups, employments = await asyncio.gather(self._looked_up(), self._related("/employment", ids, span=span))
        for row in rows:
            if not row["id"].startswith(NO_ID):
                await self._complete("/employment", row, row.get(EMPLOYMENT_KEY), employments[row["id"]])
        return [seen(row, Related(employments.get(row["id"], [])), lookups) for row in rows]

    async def _whole(self, source_ids: frozenset[str] | None) -> AsyncGenerator[list[Employee], None]:
        at = self._now()
        async with self._lists_beside(), aclosing(self._rows(source_ids, ())) as pages:
            async for rows in pages:
                histories = await self._histories(rows, span=source_ids is None)
                yield await self._employees(rows, histories, at)

    async def _shown(self, source_ids: frozenset[str] | None) -> AsyncGenerator[list[ShownEmployee], None]:
        at = self._now()
        async with self._lists_beside(), aclosing(self._rows(source_ids, ())) as pages:
            async for rows in pages:
                histories = await self._histories(rows, span=source_ids is None)
                # As they are now: the scale of rates may be learnt from a later page, and this one goes without.
                lookups = replace(await self._looked_up())
                lists = digest_of_lists(lookups)
                people: list[ShownEmployee] = []
                for row in rows:
                    if len(people) % _BREATH == 0:
                        await asyncio.sleep(0)
                    related = histories[row["id"]]
                    content = content_of(row, related)
                    state = seen_whole(row, content, lists, related, lookups)
                    people.append(ShownEmployee(state, partial(of_content, content, lookups, now=at)))
                yield people

    async def _changed(
        self, source_ids: frozenset[str] | None, as_before: AsBefore
    ) -> AsyncGenerator[list[Employee | EmployeeState], None]:
        at = self._now()
        shown = False
        try:
            selected = self._rows(source_ids, [("select", ",".join(IN_PASSING))])
            async with self._lists_beside(), aclosing(selected) as pages:
                async for rows in pages:
                    shown = True
                    yield await self._judged(rows, as_before, at, span=source_ids is None)
            return
        except Unsupported as error:
            if shown:
                raise
            log.warning("in_passing_refused", system="simployer", error=str(error))
        async with aclosing(self._whole(source_ids)) as everyone:
            async for people in everyone:
                yield [*people]

    @asynccontextmanager
    async def _lists_beside(self) -> AsyncIterator[None]:
        """Have the lists read beside the first page; whatever goes wrong with them is met where they are used."""
        reading = asyncio.ensure_future(self._looked_up())
        try:
            yield
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _judged(
        self, rows: list[Row], as_before: AsBefore, at: datetime, *, span: bool
    ) -> list[Employee | EmployeeState]:
        histories = await self._histories(rows, span=span)
        lookups = await self._looked_up()
        seen: dict[str, EmployeeState] = {}
        for row in rows:
            seen[row["id"]] = in_passing(row, histories[row["id"]], lookups, now=at)
        wanted = [id_ for id_, one in seen.items() if not await as_before(one)]
        asked = [id_ for id_ in wanted if not id_.startswith(NO_ID)]
        whole = await self._by_id(asked, among=[id_ for id_ in seen if not id_.startswith(NO_ID)] if span else asked)
        whole += [row for row in rows if row["id"].startswith(NO_ID)]
        employees = {person.source_id: person for person in await self._employees(whole, histories, at)}
        # Whoever is gone by now is left out: the source no longer has them.
        found: list[Employee | EmployeeState] = []
        for id_, one in seen.items():
            if id_ in employees:
                found.append(employees[id_])
            elif id_ not in wanted:
                found.append(one)
        return found

    async def _by_id(self, wanted: list[str], *, among: list[str]) -> list[Row]:
        """Whole rows of some people of a page; of more than half of it, the page is read anew."""
        if not wanted:
            return []
        if len(wanted) > IDS_PER_REQUEST and len(wanted) * 2 > len(among):
            ends = [("filters[id][$gte]", min(among)), ("filters[id][$lte]", max(among))]
            rows = await self._client.all("/employee", ends)
        else:
            rows = await self._client.by_ids("/employee", "id", wanted)
        chosen = set(wanted)
        found = {row["id"]: row for row in rows if row["id"] in chosen}
        for id_ in wanted:
            if id_ not in found and (one := await self._client.get_one(f"/employee/{id_}")) is not None:
                found[id_] = one
        return list(found.values())

    async def _rows(self, source_ids: frozenset[str] | None, params: Params) -> AsyncGenerator[list[Row], None]:
        if source_ids is None:
            async with aclosing(self._client.pages("/employee", params)) as pages:
                async for rows in pages:
                    yield rows
            return
        wanted = sorted(source_ids)
        for start in range(0, len(wanted), IDS_PER_REQUEST):
            rows = await self._client.by_ids("/employee", "id", wanted[start : start + IDS_PER_REQUEST], params)
            if rows:
                yield rows

    async def _employees(self, rows: list[Row], histories: Histories, at: datetime) -> list[Employee]:
        if not rows:
            return []
        # A row that was read after its history may refer to what the history does not have yet.
        await self._complete_all(rows, histories)
        lookups = await self._looked_up()
        return [employee(row, histories[row["id"]], lookups, now=at) for row in rows]

    async def _histories(self, rows: list[Row], *, span: bool) -> Histories:
        ids = [row["id"] for row in rows if not row["id"].startswith(NO_ID)]
        lookups, employments, compensations, weeks = await asyncio.gather(
            self._looked_up(),
            self._related("/employment", ids, span=span),
            self._related("/compensation", ids, span=span),
            self._related("/work-week", ids, span=span),
        )
        histories = {id_: Related(employments[id_], compensations[id_], weeks[id_]) for id_ in ids}
        histories |= {row["id"]: Related() for row in rows if row["id"].startswith(NO_ID)}
        await self._complete_all(rows, histories)
        if not lookups.rates_are_fractions and any(
            doubtful_rate(job.get("rate")) for related in histories.values() for job in related.employments
        ):
            lookups.rates_are_fractions = await self._rates_are_fractions()
        return histories

    async def _complete_all(self, rows: list[Row], histories: Histories) -> None:
        employments = {id_: related.employments for id_, related in histories.items()}
        compensations = {id_: related.compensations for id_, related in histories.items()}
        for path, key, found in (
            ("/employment", EMPLOYMENT_KEY, employments),
            ("/compensation", COMPENSATION_KEY, compensations),
        ):
            for row in rows:
                given = row["id"].startswith(NO_ID) or await self._complete(path, row, row.get(key), found[row["id"]])
                (histories[row["id"]].absent.discard if given else histories[row["id"]].absent.add)(key)

    async def _related(self, path: str, ids: list[str], *, span: bool) -> dict[str, list[Row]]:
        """Rows of another list by employee. A page of everyone is one span of ids, which makes a short filter."""
        if not ids:
            return defaultdict(list)
        if span and len(ids) > IDS_PER_REQUEST:
            ends = [("filters[employeeId][$gte]", min(ids)), ("filters[employeeId][$lte]", max(ids))]
            found = await self._client.all(path, ends)
        else:
            found = await self._client.by_ids(path, "employeeId", ids)
        wanted = set(ids)
        by_employee: dict[str, list[Row]] = defaultdict(list)
        for row in found:
            owner = row.get("employeeId")
            if isinstance(owner, str) and owner in wanted:
                by_employee[owner].append(row)
        return by_employee

    async def _complete(self, path: str, row: Row, wanted: object, found: list[Row]) -> bool:
        """Fetch what an employee refers to and the list did not give: a list cut short must not look like no job.

        False where it cannot be had: what the person works or is paid by now is then not known.
        """
        if wanted is None or (isinstance(wanted, str) and not wanted.strip()) or _has(found, wanted):
            return True
        if not isinstance(wanted, str) or not _ID.fullmatch(wanted):
            return False
        known = {other["id"] for other in found}
        again = await self._client.by_ids(path, "employeeId", [row["id"]])
        found.extend(other for other in again if other["id"] not in known)
        if _has(found, wanted):
            return True
        one = await self._client.get_one(f"{path}/{wanted}")
        if one is None or one.get("id") != wanted or one.get("employeeId") != row["id"]:
            log.warning("reference_to_nothing", system="simployer", path=path, employee=id_of(row["id"]))
            return False
        found.append(one)
        return True

    async def _rates_are_fractions(self) -> bool:
        """Whether the account writes 0.8 for 80 %: then no employment of it has a rate above `MOST_AS_FRACTION`."""
        above = ("filters[rate][$gt]", str(MOST_AS_FRACTION))
        rows, _ = await self._client.page("/employment", [("select", "id,rate"), above], 1, 0)
        return not rows


def _has(rows: Sequence[Row], id_: object) -> bool:
    return any(row["id"] == id_ for row in rows)
