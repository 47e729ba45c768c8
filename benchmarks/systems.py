"""Both outside systems in a process of their own: `python -m benchmarks.systems`."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from aiohttp import web

from benchmarks.children import Served, serve
from sandbox.companies.generator import Generator
from sandbox.companies.model import Person
from sandbox.faults import Dialect, Fault, Handler
from sandbox.simployer import GOOD_TOKEN, Simployer, seed
from sandbox.standin import WRITES, Exchange, Journal
from sandbox.tripletex import CONSUMER_TOKEN, Tripletex, list_query
from sandbox.tripletex.company_state import Books
from sandbox.tripletex.seed import add_activities, add_department, add_division, add_person

COMPANY = 40917009
NO_LIMIT = 10**9
_RIGHTS = (
    "AUTH_COMPANY_EMPLOYEE_ADMIN", "AUTH_COMPANY_WAGE_ADMIN", "AUTH_EMPLOYEE_INFO", "AUTH_WAGE_INFORMATION",
    "AUTH_WAGE_ADMIN_SETTINGS", "AUTH_HOURS_COMPANY",
)  # fmt: skip


_CODES = {"Sick leave": "801", "Vacation": "802"}
"""The activity that each type of the made-up leave goes to."""


def token_of(place: int) -> str:
    """The employee token of the company at a place."""
    return f"tripletex-token-of-the-benchmark-{place}"


def source_token_of(place: int) -> str:
    """The source's token of the workspace at a place: an account of its own, so that workspaces share no limit."""
    return f"simployer-token-of-the-benchmark-{place}"


class TimedJournal(Journal):
    """Also notes when each request came."""

    def __init__(self) -> None:
        super().__init__(keep=5_000_000)
        self.stamps: list[float] = []

    def add(self, exchange: Exchange) -> None:
        super().add(exchange)
        self.stamps.append(time.monotonic())

    def clear(self) -> None:
        super().clear()
        self.stamps.clear()


class CountingJournal(Journal):
    """Only counts: a rush of thousands would fill the memory with requests that nobody looks at."""

    def __init__(self) -> None:
        super().__init__(keep=0)
        self.requests = self.written = 0
        self.first = self.last = 0.0

    def __len__(self) -> int:
        return self.requests

    def add(self, exchange: Exchange) -> None:
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.requests += 1
        self.written += exchange.method in WRITES and "/token/" not in exchange.path

    def clear(self) -> None:
        self.requests = self.written = 0
        self.first = self.last = 0.0


class Systems(Served):
    """Simployer with one company of any size, and Tripletex with any number of companies."""

    def __init__(self) -> None:
        self._simployer: Simployer | None = None
        self._tripletex: Tripletex | None = None
        self._size = 0

    async def make(
        self,
        size: int,
        *,
        filled: bool = False,
        companies: int = 1,
        limit: int = NO_LIMIT,
        period: float = 2.0,
        latency: float = 0.0,
        lift_list_limit: bool = False,
        keep_requests: bool = True,
    ) -> dict[str, Any]:
        """A source of `size` people and empty books, or books in step with the source (`filled`).

        The first of the people owns the token and is in the books from the start. `latency` (seconds) is added to
        every answer. Without `keep_requests` they are counted and cannot be recorded. Returns the addresses and what an
        integration needs.
        """
        await self._stop()
        if self._simployer is None or self._size != size:
            self._simployer, self._size = Simployer(Generator(size).with_people()), size
        simployer, tripletex = self._simployer, Tripletex()
        simployer.good_tokens = {GOOD_TOKEN, *(source_token_of(place) for place in range(companies))}
        tripletex.rate_limit.limit, tripletex.rate_limit.period = limit, period
        # Tripletex refuses to list more than 10,000; systems without that bound are stood for by lifting it.
        list_query.MOST_ROWS = size + 10 if lift_list_limit else 10_000
        accounts = []
        for place in range(companies):
            books = tripletex.open_company(COMPANY + place, f"Nordlys {place}", f"{800_000_000 + place}")
            division = _fill(books, tripletex, place, list(Generator(size)) if filled else [Generator(size).person(0)])
            accounts.append({"id": str(books.id), "token": token_of(place), "division": str(division)})
        self._tripletex = tripletex
        for system in (simployer, tripletex):
            system.requests = TimedJournal() if keep_requests else CountingJournal()
            await system.start()
        await self.slow_down(latency)
        options = {
            "simployer": {"url": simployer.url},
            "tripletex": {
                "url": tripletex.url, "test_url": tripletex.url,
                "consumer_token": CONSUMER_TOKEN, "test_consumer_token": CONSUMER_TOKEN,
            },
        }  # fmt: skip
        return {"options": options, "accounts": accounts}

    async def give_leave(self, file: str, most: int | None = None) -> dict[str, Any]:
        """Four days of leave for everybody in Simployer, or the first `most`; the same hours in the first books.

        Who is who in either system goes into the file, as [source's id, target's id]. Says how many days there are, and
        the first of them.
        """
        simployer, tripletex = self._both()
        books = next(iter(tripletex.companies.values()))
        first = datetime.now(UTC).date().replace(day=1)
        # Anew each time: a former round has taken some away.
        for leave_id in list(simployer.store.rows["leave"]):
            simployer.admin.leave.delete(leave_id)
        # By ids: at the screen a person is looked for by their number among all.
        of_number = {row["employeeNumber"]: row["id"] for row in simployer.store.rows["employee"].values()}
        types = {row["name"]: row["id"] for row in simployer.store.rows["leave-type"].values()}
        for leave in islice(Generator(self._size).leave(first), most):
            seed.add_leave(simployer.store, leave, of_number[leave["number"]], types[leave["kind"]])
        for name, code in _CODES.items():
            simployer.admin.leave.set_code(name, code)
        activities = add_activities(books)
        numbers = {row["employeeNumber"]: int(row["id"]) for row in books.rows["Employee"].values()}
        people = {row["id"]: numbers[row["employeeNumber"]] for row in simployer.store.rows["employee"].values()}
        codes = {row["id"]: _CODES.get(row["name"]) for row in simployer.store.rows["leave-type"].values()}
        rows = list(simployer.store.rows["leave-transaction"].values())
        for row in rows:
            entry = books.add(
                "TimesheetEntry", employee=people[row["employeeId"]], date=row["date"],
                activity=activities[str(codes[row["leaveTypeId"]])], project=None, hours=row["hours"], comment="",
                invoice=None,
            )  # fmt: skip
            books.timesheets.keep(entry)
        _write(Path(file), [[source, str(target)] for source, target in people.items()])
        return {"rows": len(rows), "first": min(row["date"] for row in rows)}

    async def take_leave(self, leaves: int) -> int:
        """Delete so many leaves in Simployer; says how many days went with them."""
        simployer, _ = self._both()
        before = len(simployer.store.rows["leave-transaction"])
        for leave_id in list(simployer.store.rows["leave"])[:leaves]:
            simployer.admin.leave.delete(leave_id)
        return before - len(simployer.store.rows["leave-transaction"])

    async def slow_down(self, latency: float) -> None:
        """From now on every answer takes `latency` seconds longer; counting begins anew."""
        for system in self._both():
            system.requests.clear()
            system.faults.clear()
            if latency:
                system.faults.add("latency", _delay(latency), times=None)

    async def counts(self) -> dict[str, Any]:
        """Requests so far, refusals among them, and the time between the first and the last, per system."""
        found: dict[str, Any] = {}
        for system in self._both():
            journal = system.requests
            if isinstance(journal, CountingJournal):
                found[system.key] = {
                    "requests": journal.requests,
                    "writes": journal.written,
                    "seconds": journal.last - journal.first,
                }
                continue
            assert isinstance(journal, TimedJournal)
            stamps = journal.stamps
            found[system.key] = {
                "requests": len(journal),
                "writes": len(journal.writes()),
                "refused": sum(exchange.status == 429 for exchange in journal),
                "seconds": stamps[-1] - stamps[0] if stamps else 0.0,
            }
        return found

    async def forget(self) -> None:
        """Begin counting anew."""
        for system in self._both():
            system.requests.clear()

    async def record(self, file: str) -> int:
        """Write every request so far to a file, for `benchmarks.bare`; says how many."""
        rows = [
            [system.key, e.method, e.path.removeprefix(system.prefix), _query(e), e.body]
            for system in self._both()
            for e in system.requests
        ]
        _write(Path(file), rows)
        return len(rows)

    async def doubles(self) -> dict[str, int]:
        """Over all companies: people, and people whose number somebody else in the same company has too."""
        assert self._tripletex is not None
        people = doubled = 0
        for books in self._tripletex.companies.values():
            numbers = [row["employeeNumber"] for row in books.rows["Employee"].values()]
            people += len(numbers)
            doubled += len(numbers) - len(set(numbers))
        return {"people": people, "doubled": doubled}

    async def close(self) -> None:
        await self._stop()

    def _both(self) -> tuple[Simployer, Tripletex]:
        assert self._simployer is not None
        assert self._tripletex is not None
        return self._simployer, self._tripletex

    async def _stop(self) -> None:
        for system in (self._simployer, self._tripletex):
            if system is not None:
                await system.stop()


def _write(file: Path, rows: list[list[Any]]) -> None:
    file.write_text(json.dumps(rows), encoding="utf-8")


def _query(exchange: Exchange) -> list[tuple[str, str]]:
    return [(name, value) for name, values in exchange.query.items() for value in values]


def _fill(books: Books, tripletex: Tripletex, place: int, people: list[Person]) -> int:
    company = Generator(1).company()
    departments = {d["name"]: add_department(books, d["name"], str(100 + i)) for i, d in enumerate(company.departments)}
    division = add_division(books, "Nordlys", f"{900_000_000 + place}", "0301")
    divisions = {office["name"]: division for office in company.offices}
    rows = [add_person(books, person, departments, divisions) for person in people]
    owner = int(rows[0]["id"])
    for number, name in enumerate(_RIGHTS, 1):
        books.add("Entitlement", employee=owner, name=name, entitlementId=number)
    tripletex.issue_token(token_of(place), books, owner)
    return division


def _delay(seconds: float) -> Any:
    async def act(_fault: Fault, request: web.Request, handler: Handler, _dialect: Dialect) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await handler(request)

    return act


if __name__ == "__main__":
    asyncio.run(serve(Systems()))
