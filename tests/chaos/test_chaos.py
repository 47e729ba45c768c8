"""Replicas that are killed, frozen and restarted at random while slots fire, systems fail and people change.

`CHAOS_SECONDS=120 python -m pytest tests/chaos`; `CHAOS_SEED` repeats the dice (not the timing of processes).
Afterwards the books of the stand-ins are asked: every slot ran and was reported, nobody is there twice, and once all is
quiet the targets hold what the source says.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.jobs.schedule import slot_run_id
from sandbox.companies.generator import Generator
from sandbox.tripletex.books import Books
from storage import runs, schedules
from storage.clock import utc_now
from storage.integrations import Integration, IntegrationState
from storage.runs import NewRun, RunKind, RunTrigger
from storage.schedules import Schedule
from tests.jobs.world import Replica, World, empty_books, until, world
from tests.postgres import PostgresServer

SECONDS = float(os.environ.get("CHAOS_SECONDS", "60"))
SEED = int(os.environ.get("CHAOS_SEED", str(int(time.time()))))
COMPANIES = 4
SIZE = 10
PATIENCE = 240.0


class Chaos:
    """One world, several companies, and dice."""

    def __init__(self, made: World, replicas: int) -> None:
        self.world = made
        self.dice = random.Random(SEED)
        self.count = replicas
        self.replicas: list[Replica] = []
        self.companies: list[tuple[Integration, Books]] = []
        self.slots: list[str] = []
        self.done: Counter[str] = Counter()

    async def open(self) -> None:
        for place in range(COMPANIES):
            token = f"tripletex-token-of-company-{place}"
            books = empty_books(self.world.tripletex, 40917100 + place, token)
            integration = await self.world.connect(
                f"T{place}",
                target_account_id=str(books.id),
                target_account_name=books.name,
                credentials={"employee_token": token, "environment": "test"},
                settings={"division": str(next(iter(books.rows["Division"])))},
                state=IntegrationState.LIVE,
            )
            self.companies.append((integration, books))
        self.replicas = [await self.world.replica() for _ in range(self.count)]

    async def fire(self, minutes_ago: int) -> None:
        """Make a slot of every integration due, and wait until somebody has seen it."""
        slot = (utc_now() - timedelta(minutes=minutes_ago)).replace(second=0, microsecond=0)
        for integration, _ in self.companies:
            await self.put(integration, slot)
            self.slots.append(slot_run_id(integration.id, slot))
        for integration, _ in self.companies:
            await until(partial(self.moved_on, integration, slot), PATIENCE)

    async def put(self, integration: Integration, slot: datetime) -> None:
        async with self.world.database.session() as s:
            await schedules.put(
                s,
                Schedule(
                    integration_id=integration.id,
                    weekdays=(slot.strftime("%a").lower(),),
                    hour=slot.hour,
                    minute=slot.minute,
                    timezone="UTC",
                    next_run_at=slot,
                ),
            )

    async def moved_on(self, integration: Integration, slot: datetime) -> bool:
        async with self.world.database.reading() as s:
            row = await schedules.get(s, integration.id)
        return row is not None and row.next_run_at > slot

    def change_somebody(self) -> None:
        employee = self.dice.choice(list(self.world.simployer.store.rows["employee"].values()))
        employee["lastName"] = f"Ny{self.dice.randrange(10_000)}"

    def break_something(self) -> None:
        faults = self.world.tripletex.faults
        path = self.dice.choice(["/employee$", "/employee/\\d+$", "/employment", ""])
        match self.dice.randrange(4):
            case 0:
                faults.status(503, path=path, nth=self.dice.randrange(1, 20), times=2)
            case 1:
                faults.connection_cut(path=path, nth=self.dice.randrange(1, 20))
            case 2:
                faults.connection_cut(path=path, method="POST", committed=True, nth=self.dice.randrange(1, 5))
            case 3:
                faults.rate_limited(retry_after=1, path=path, nth=self.dice.randrange(1, 20))

    async def disturb(self) -> None:
        """Do something to one process, and see to it that as many run as before."""
        victim = self.dice.choice(self.replicas)
        what = self.dice.choice(["kill", "kill", "kill", "terminate", "freeze"])
        self.done[what] += 1
        if what == "freeze" and self.count > 1:
            victim.freeze()
            await asyncio.sleep(self.dice.uniform(1, 5))
            victim.thaw()
            return
        if what == "terminate":
            await victim.terminate()
        else:
            await victim.kill()
        self.replicas.remove(victim)
        self.replicas.append(await self.world.replica())

    async def rage(self) -> None:
        end = time.monotonic() + SECONDS

        async def disturbing() -> None:
            while time.monotonic() < end:
                await asyncio.sleep(self.dice.uniform(0.5, 3))
                await self.disturb()

        disturber = asyncio.create_task(disturbing())
        minutes = 1
        while time.monotonic() < end:
            self.change_somebody()
            self.break_something()
            await self.fire(minutes)
            minutes += 1
        await disturber

    async def quiet(self) -> None:
        """Faults away, everything that was begun ended, and two more syncs: one to mend, one that finds nothing."""
        self.world.tripletex.faults.clear()
        try:
            await until(self.nothing_under_way, PATIENCE)
        except TimeoutError:
            async with self.world.database.reading() as s:
                stuck = [(run.id, run.state.value) for run in await runs.active(s)]
            pytest.fail(f"seed {SEED}: still under way: {stuck}")
        for name in ("mend", "check"):
            ids = [f"sync:{integration.id}:{name}" for integration, _ in self.companies]
            async with self.world.database.session() as s:
                for run_id, (integration, _) in zip(ids, self.companies, strict=True):
                    await runs.create(
                        s,
                        NewRun(
                            id=run_id,
                            integration_id=integration.id,
                            team_id=integration.team_id,
                            kind=RunKind.SYNC,
                            trigger=RunTrigger.MANUAL,
                        ),
                    )
            # Nobody enqueues them: the sweep of a replica does.
            for run_id in ids:
                await self.ended(run_id)

    async def nothing_under_way(self) -> bool:
        async with self.world.database.reading() as s:
            return not await runs.active(s)

    async def ended(self, run_id: str) -> None:
        async def over() -> bool:
            return (await self.world.run(run_id)).ended

        await until(over, PATIENCE)

    async def examine(self) -> None:
        told = Counter(line[0] for line in self.world.tellings.of("finished"))
        for slot in self.slots:
            assert (await self.world.run(slot)).ended, slot
            assert told[slot] >= 1, slot
        # Telling is a step: it may be repeated when a process dies in it, and the reporter finds its message then.
        repeated = sum(count - 1 for count in told.values())
        assert repeated <= sum(self.done.values())
        source = {
            row["employeeNumber"]: row["lastName"] for row in self.world.simployer.store.rows["employee"].values()
        }
        for integration, books in self.companies:
            held = [row for row in books.rows["Employee"].values() if row["employeeNumber"] != "1"]
            numbers = Counter(row["employeeNumber"] for row in held)
            assert {number: count for number, count in numbers.items() if count > 1} == {}
            assert {row["employeeNumber"]: row["lastName"] for row in held} == source
            assert (await self.world.run(f"sync:{integration.id}:check")).counts == {"unchanged": SIZE}


async def unleash(url: str, folder: Path, replicas: int) -> None:
    async with world(url, folder, SIZE) as made:
        assert len(Generator(SIZE)) == SIZE
        chaos = Chaos(made, replicas)
        await chaos.open()
        await chaos.rage()
        await chaos.quiet()
        await chaos.examine()
        print(f"seed {SEED}: {len(chaos.slots)} slots, {dict(chaos.done)}")  # noqa: T201


async def test_one_process_on_sqlite(tmp_path: Path) -> None:
    await unleash(f"sqlite:///{tmp_path}/bot.sqlite3", tmp_path, 1)


@pytest.mark.postgres
async def test_three_replicas_on_postgresql(tmp_path: Path, postgres_server: PostgresServer) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(postgres_server.database())
        await unleash(url, tmp_path, 3)
