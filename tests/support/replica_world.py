"""Both outside systems as stand-ins, one workspace with one integration, and processes that run its jobs."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from bot.connections import Connections
from bot.core.clock import Clock, system_clock
from bot.jobs.engine.engine import Tuning
from bot.jobs.notifications.file_recipient import FileRecipient
from bot.jobs.policy import Policy
from bot.jobs.service import Jobs
from sandbox.companies.generator import Generator
from sandbox.simployer import GOOD_TOKEN as SIMPLOYER_TOKEN
from sandbox.simployer import Simployer
from sandbox.tripletex import CONSUMER_TOKEN, Tripletex
from sandbox.tripletex.company_state import Books
from sandbox.tripletex.seed import add_department, add_division
from storage import integrations, runs, workspaces
from storage.database import Database
from storage.integrations import Integration, NewIntegration
from storage.runs import Run
from storage.vault import Vault
from tests.support.migrated import KEY
from tests.support.recording_notifier import Tellings
from tests.support.replica import POLICY, TUNING, Place, run
from tests.support.shown import synced_as_is

TOKEN = "tripletex-token-of-the-tests"
PATIENCE = 60.0

_NURSERY = multiprocessing.get_context("forkserver")
_NURSERY.set_forkserver_preload(["tests.support.replica"])


class World:
    """See the module. `url` is the database's address."""

    norwegian = 1.0
    """The share of people in Norway; the others are in Sweden."""

    def __init__(self, url: str, folder: Path, size: int) -> None:
        self.url = url
        self.folder = folder
        self.key = KEY
        self.database = Database(url, Vault([self.key]))
        generator = Generator(size, norwegian=self.norwegian)
        self.people = list(generator)
        self.simployer = Simployer(generator.with_people())
        self.tripletex = Tripletex()
        self.tripletex.rate_limit.period = 1.0  # what is waited for here is waited for in truth
        self.books = empty_books(self.tripletex, 40917009, TOKEN)
        self.tellings = Tellings(folder / "tellings")
        self.hands: FileRecipient | None = None
        self._there_before = {"1"}
        self._replicas: list[Replica] = []

    @property
    def options(self) -> dict[str, dict[str, str]]:
        """What an operator would set."""
        patience = {"timeout_seconds": "20", "backoff_seconds": "0.01", "attempts": "2"}
        return {
            "simployer": {"url": self.simployer.url, "timezone": "Europe/Stockholm", **patience},
            "tripletex": {
                "url": self.tripletex.url,
                "test_url": self.tripletex.url,
                "consumer_token": CONSUMER_TOKEN,
                "test_consumer_token": CONSUMER_TOKEN,
                **patience,
            },
        }

    @property
    def connections(self) -> Connections:
        return Connections(self.database, lambda provider: self.options[provider])

    def jobs(self, clock: Clock = system_clock, policy: Policy = POLICY, tuning: Tuning = TUNING) -> Jobs:
        """The jobs in this very process; start and stop them."""
        return Jobs(
            url=self.url,
            database=self.database,
            connections=self.connections,
            reporter=self.tellings,
            hands=self.hands,
            clock=clock,
            policy=policy,
            tuning=tuning,
        )

    @asynccontextmanager
    async def working(
        self,
        clock: Clock = system_clock,
        policy: Policy = POLICY,
        *,
        tuning: Tuning = TUNING,
        housekeeping: bool = False,
    ) -> AsyncIterator[Jobs]:
        """Jobs at work in this process."""
        jobs = self.jobs(clock, policy, tuning)
        await jobs.start(housekeeping=housekeeping)
        try:
            yield jobs
        finally:
            await jobs.stop(5)

    async def replica(self, **more: Any) -> Replica:
        """A process of its own that has said that it works; `more` are fields of its `Place`."""
        replica = await self.try_replica(**more)
        assert await replica.says() == "ready"
        return replica

    async def try_replica(self, **more: Any) -> Replica:
        """A process of its own, whatever becomes of it."""
        place = Place(
            self.url, self.key, self.options, str(self.folder / "tellings"), str(self.folder / "replicas.log"), **more
        )
        # In a thread: the first one waits until the nursery has imported everything.
        replica = await asyncio.to_thread(Replica, place)
        self._replicas.append(replica)
        return replica

    async def connect(self, team_id: str = "T1", **more: Any) -> Integration:
        """A workspace, and an integration of everyone to the books; it has synced as it is, or `synced` is False."""
        synced = more.pop("synced", True)
        async with self.connections.try_source({"access_token": SIMPLOYER_TOKEN}) as source:
            account = await source.identify()
        async with self.database.session() as s:
            await workspaces.ensure(s, team_id, "Nordlys")
            await workspaces.set_source(
                s, self.database.vault, team_id, {"access_token": SIMPLOYER_TOKEN}, account.id, account.name
            )
            division = next(iter(self.books.rows["Division"]))
            values: dict[str, Any] = {
                "team_id": team_id,
                "provider": "tripletex",
                "target_account_id": str(self.books.id),
                "target_account_name": self.books.name,
                "name": "Tripletex",
                "owner_user_id": "U1",
                "channel_id": "C1",
                "language": "en",
                "credentials": {"employee_token": TOKEN, "environment": "test"},
                "environment": "test",
                "scope": {"kind": "everyone"},
                "settings": {"division": str(division), "occupation_code": "5223102"},
            }
            made = await integrations.create(s, self.database.vault, NewIntegration(**(values | more)))
            return await synced_as_is(s, made) if synced else made

    async def run(self, run_id: str) -> Run:
        """The run as it is now."""
        async with self.database.reading() as s:
            run = await runs.get(s, run_id)
        assert run is not None
        return run

    async def ended(self, run_id: str) -> Run:
        """The run, once it has ended."""

        async def over() -> bool:
            return (await self.run(run_id)).ended

        await until(over)
        return await self.run(run_id)

    def numbers(self) -> Counter[str]:
        """The employee numbers that the target's books hold, and how often; those who were there before left out."""
        held = Counter(str(row["employeeNumber"]) for row in self.books.rows["Employee"].values())
        return Counter({number: count for number, count in held.items() if number not in self._there_before})

    def crowd(self, count: int, books: Books | None = None) -> None:
        """People who are in the target and not in the source: creates beside them are out of proportion."""
        books = books or self.books
        department = next(iter(books.rows["Department"]))
        for place in range(count):
            books.add(
                "Employee", version=1, firstName="Solveig", lastName=f"Aas {place}", employeeNumber=f"{place + 2}",
                dateOfBirth="1970-01-01", email="", userType="NO_ACCESS", isContact=False, usesAbroadPayment=False,
                creditorBankCountryId=0, department=department,
            )  # fmt: skip
        self._there_before = {str(row["employeeNumber"]) for row in self.books.rows["Employee"].values()}

    async def close(self) -> None:
        for replica in self._replicas:
            await replica.kill()
        await self.database.close()


class Replica:
    """A process that runs the jobs. It comes from a nursery that has imported them already, so that many are cheap."""

    def __init__(self, place: Place) -> None:
        self._line, theirs = _NURSERY.Pipe(duplex=False)
        self._process = _NURSERY.Process(target=run, args=(place, theirs), daemon=True)
        self._process.start()
        theirs.close()

    async def says(self) -> str:
        """The next thing that it says; "" when it has ended."""

        async def said() -> bool:
            return self._line.poll()

        await until(said)
        try:
            return str(self._line.recv())
        except EOFError:
            return ""

    async def kill(self) -> None:
        """SIGKILL: no chance to say goodbye."""
        self._process.kill()
        await self.ended()

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        self._process.terminate()

    async def terminate(self) -> int:
        """SIGTERM, and wait until it has stopped in order; gives its exit code."""
        self.ask_to_stop()
        return await self.ended()

    async def ended(self, patience: float = PATIENCE) -> int:
        """Its exit code, once it has ended by itself or been ended; the number of a signal is negative."""

        async def over() -> bool:
            return not self._process.is_alive()

        await until(over, patience)
        return int(self._process.exitcode or 0)

    def freeze(self) -> None:
        """SIGSTOP: it does nothing, and does not know that it does nothing."""
        os.kill(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        os.kill(self._pid, signal.SIGCONT)

    def is_executor(self, executor_id: str) -> bool:
        """Whether it is the copy of that name among the executors: `<host>-<process>-<chance>`."""
        return executor_id.split("-")[-2] == str(self._pid)

    @property
    def _pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid


async def until(true: Callable[[], Awaitable[bool]], patience: float = PATIENCE, look_every: float = 0.02) -> None:
    """Wait for something to become true; a test that waits in vain fails here.

    Whoever waits long looks less often: on a busy machine looking would be what it is busy with.
    """
    async with asyncio.timeout(patience):
        while not await true():
            await asyncio.sleep(look_every)
            look_every = min(look_every * 1.2, max(look_every, 0.2))


W = TypeVar("W", bound=World)


@asynccontextmanager
async def standing(made: W) -> AsyncIterator[W]:
    """The world with stand-ins that run and tables that exist."""
    await made.database.migrate()
    async with made.simployer, made.tripletex:
        try:
            yield made
        finally:
            await made.close()


def world(url: str, folder: Path, size: int) -> AbstractAsyncContextManager[World]:
    """The plain world, standing."""
    return standing(World(url, folder, size))


def empty_books(tripletex: Tripletex, identifier: int, token: str) -> Books:
    """A company with departments and a unit, and nobody in it but the owner of the token."""
    books = tripletex.open_company(identifier, "Nordlys Norge AS", "314022602")
    department = add_department(books, "Administration", "10")
    for number, one in enumerate(Generator(1).company().departments, 100):
        add_department(books, one["name"], str(number))
    add_division(books, "Nordlys", "314022653", "0301")
    owner = books.add(
        "Employee", version=1, firstName="Gunn", lastName="Reitan", employeeNumber="1", dateOfBirth="1980-01-01",
        email="gunn@nordlys.example", userType="EXTENDED", isContact=False, usesAbroadPayment=False,
        creditorBankCountryId=0, department=department,
    )  # fmt: skip
    for place, name in enumerate(("AUTH_COMPANY_EMPLOYEE_ADMIN", "AUTH_COMPANY_WAGE_ADMIN", "AUTH_EMPLOYEE_INFO",
                                  "AUTH_WAGE_INFORMATION", "AUTH_WAGE_ADMIN_SETTINGS"), 1):  # fmt: skip
        books.add("Entitlement", employee=owner["id"], name=name, entitlementId=place)
    tripletex.issue_token(token, books, int(owner["id"]))
    return books
