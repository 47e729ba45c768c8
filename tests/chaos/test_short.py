"""Each trouble once, in the middle of a run: the short form, without dice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.chaos.scene import PATIENCE, Stage, stage
from tests.chaos.troubles import Troubles
from tests.support.postgres import durable_postgres

pytestmark = [pytest.mark.chaos, pytest.mark.long]
SIZE = 4


async def in_the_middle(made: Stage, number: int, trouble: Callable[[], Awaitable[None]]) -> list[str]:
    """A slot fires, a run is held at a call to Tripletex, the trouble comes, and the run goes on."""
    for place, employee in enumerate(made.simployer.store.rows["employee"].values()):
        if place == number % SIZE:
            employee["lastName"] = f"Ny{number}"
    held = made.tripletex.faults.slow(path="/employee$", nth=2)
    ids = await made.fire()
    await asyncio.wait_for(held.arrived.wait(), PATIENCE)
    coming = asyncio.ensure_future(trouble())
    await asyncio.sleep(0)
    held.release()
    await coming
    await made.all_ended(ids)
    return ids


@pytest.mark.postgres
async def test_on_postgresql(tmp_path: Path) -> None:
    with durable_postgres() as server, server.database() as url:
        async with stage(url, tmp_path, size=SIZE, companies=1) as made:
            await through_all(made, Troubles(made, server))


async def through_all(made: Stage, troubles: Troubles) -> None:
    await troubles.start(2)
    happen: list[Callable[[], Awaitable[None]]] = [
        lambda: troubles.kill(*troubles.replicas),
        lambda: troubles.freeze(*troubles.replicas),
        lambda: troubles.crash_database(0.5),
        lambda: troubles.cut("tripletex", 1),
        lambda: troubles.cut("tripletex", 1, answers_only=True),
        lambda: troubles.cut("slack", 2),
        lambda: troubles.cut("slack", 2, answers_only=True),
        troubles.deploy,
    ]
    for number, trouble in enumerate(happen):
        await in_the_middle(made, number, trouble)
    await made.comes_true(made.nothing_under_way)
    await made.mend_and_check()
    tally = await made.examine()
    tally.assert_nothing_lost_or_doubled()
    assert tally.interrupted > 0
