"""The long form: replicas, the database, Slack and Tripletex in trouble at random while slots fire and people change.

`make chaos`, or `CHAOS_SECONDS=300 python -m pytest tests/chaos/test_chaos.py -s`: the seconds are for all scenarios
together. `CHAOS_SEED` repeats the dice, not the timing of processes. Afterwards the books of the stand-ins are asked,
and a table tells what happened.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.chaos.scene import Stage, Tally, stage
from tests.chaos.troubles import Troubles
from tests.support.postgres import DurableServer, durable_postgres

SECONDS = float(os.environ.get("CHAOS_SECONDS", "300"))
SEED = int(os.environ.get("CHAOS_SEED", str(int(time.time()))))
COMPANIES = 3
SIZE = 8

# Kinds of trouble, store, and how many replicas.
SCENARIOS = [
    (("kill",), "sqlite", 1),
    (("stop",), "sqlite", 1),
    (("kill", "stop", "slack", "tripletex"), "sqlite", 1),
    (("kill",), "postgresql", 4),
    (("freeze",), "postgresql", 2),
    (("database",), "postgresql", 2),
    (("slack", "tripletex"), "postgresql", 2),
    (("deploy", "kill"), "postgresql", 2),
    (("kill", "stop", "freeze", "database", "slack", "tripletex", "deploy"), "postgresql", 3),
]
COLUMNS = ("kills", "stops", "freezes", "database", "cuts", "deploys")


class Dice:
    """Chance, for one scenario."""

    def __init__(self, made: Stage, troubles: Troubles, kinds: tuple[str, ...]) -> None:
        self.made = made
        self.troubles = troubles
        self.kinds = kinds
        self.dice = random.Random(f"{SEED} {kinds}")

    async def rage(self, seconds: float) -> None:
        """Slots fire, each when the one before it is over, so that a slow machine has no more to do than it can."""
        end = time.monotonic() + seconds

        async def disturbing() -> None:
            while time.monotonic() < end:
                await asyncio.sleep(self.dice.uniform(0.2, 2))
                await self.disturb()

        disturber = asyncio.create_task(disturbing())
        while time.monotonic() < end:
            self.change_somebody()
            self.break_something()
            await self.made.all_ended(await self.made.fire())
        await disturber

    async def disturb(self) -> None:
        """One trouble."""
        running = self.troubles.replicas
        some = self.dice.sample(running, self.dice.randint(1, len(running)))
        match self.dice.choice(self.kinds):
            case "kill":
                await self.troubles.kill(*some)
            case "stop":
                await self.troubles.stop(*some)
            case "freeze":
                await self.troubles.freeze(*some)
            case "database":
                await self.troubles.crash_database(self.dice.uniform(0, 1))
            case "slack" | "tripletex" as system:
                answers_only = self.dice.random() < 0.5
                await self.troubles.cut(system, self.dice.uniform(0.1, 2), answers_only=answers_only)
            case "deploy":
                await self.troubles.deploy()

    def change_somebody(self) -> None:
        """In the source."""
        employee = self.dice.choice(list(self.made.simployer.store.rows["employee"].values()))
        employee["lastName"] = f"Ny{self.dice.randrange(10_000)}"

    def break_something(self) -> None:
        """A passing fault of Tripletex."""
        faults = self.made.tripletex.faults
        path = self.dice.choice(["/employee$", "/employee/\\d+$", "/employment", ""])
        match self.dice.randrange(3):
            case 0:
                faults.status(503, path=path, nth=self.dice.randrange(1, 20), times=2)
            case 1:
                faults.connection_cut(path=path, nth=self.dice.randrange(1, 20))
            case 2:
                faults.connection_cut(path=path, method="POST", committed=True, nth=self.dice.randrange(1, 5))


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    """The rows that the scenarios leave, printed when all are over."""
    rows = [f"| scenario | store, replicas | slots | {' | '.join(COLUMNS)} | interrupted | failed | lost | doubled |"]
    rows.append("|---" * rows[0].count("|", 1) + "|")
    yield rows
    print(f"\nseed {SEED}", *rows, sep="\n")  # noqa: T201


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("kinds", "store", "replicas"),
    [
        pytest.param(*each, marks=pytest.mark.postgres if each[1] == "postgresql" else (), id=f"{each[1]}-{each[0]}")
        for each in SCENARIOS
    ],
)
async def test_nothing_is_lost_and_nothing_doubled(
    tmp_path: Path, table: list[str], kinds: tuple[str, ...], store: str, replicas: int
) -> None:
    with ExitStack() as stack:
        server: DurableServer | None = None
        url = f"sqlite:///{tmp_path}/bot.sqlite3"
        if store == "postgresql":
            server = stack.enter_context(durable_postgres())
            url = stack.enter_context(server.database())
        async with stage(url, tmp_path, size=SIZE, companies=COMPANIES) as made:
            troubles = Troubles(made, server)
            await troubles.start(replicas)
            await Dice(made, troubles, kinds).rage(SECONDS / len(SCENARIOS))
            made.tripletex.faults.clear()
            await made.comes_true(made.nothing_under_way)
            await made.mend_and_check()
            tally = await made.examine()
    table.append(_row(kinds, f"{store}, {replicas}", troubles, tally))
    tally.assert_nothing_lost_or_doubled()


def _row(kinds: tuple[str, ...], where: str, troubles: Troubles, tally: Tally) -> str:
    happened = [str(troubles.done[name]) for name in COLUMNS]
    seen = [str(tally.interrupted), str(tally.failed), str(len(tally.lost)), str(len(tally.doubled))]
    return f"| {' | '.join([', '.join(kinds), where, str(tally.slots), *happened, *seen])} |"
