"""Of what people of one workspace do, so much is dealt with at once; nobody else waits for the rest."""

from __future__ import annotations

import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import Any

from bot.handlers.framework.listeners import AT_ONCE, AuthorizedListeners


async def test_a_workspace_that_does_a_lot_at_once_waits_for_itself_alone() -> None:
    nothing: Any = None
    without: Any = SimpleNamespace(database=None, background=None, clock=None)
    listeners = AuthorizedListeners(nothing, without)
    inside, full, leave = Counter[str](), asyncio.Event(), asyncio.Event()

    def visit(team_id: str) -> asyncio.Task[None]:
        async def work() -> None:
            inside[team_id] += 1
            if inside["T1"] == AT_ONCE:
                full.set()
            if team_id == "T1":
                await leave.wait()

        return asyncio.create_task(listeners._in_turn(team_id, work))

    crowd = [visit("T1") for _ in range(3 * AT_ONCE)]
    await full.wait()
    await visit("T2")
    assert inside == {"T1": AT_ONCE, "T2": 1}
    leave.set()
    await asyncio.gather(*crowd)
    assert inside["T1"] == 3 * AT_ONCE
