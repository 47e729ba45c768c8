"""Brings a run into a state by the states before it, as the runs themselves do."""

from __future__ import annotations

from typing import Unpack

from sqlalchemy.ext.asyncio import AsyncSession

from storage import runs
from storage.run_states import ALLOWED
from storage.runs import Run, RunFields, RunState


async def walk(session: AsyncSession, run_id: str, state: RunState, **fields: Unpack[RunFields]) -> Run:
    """Advance a run to a state by the shortest way; `fields` are set with the last step."""
    run = await runs.get(session, run_id)
    assert run is not None
    for step in _way(run.state, state)[:-1]:
        await runs.advance(session, run_id, step)
    return await runs.advance(session, run_id, state, **fields)


def _way(before: RunState, after: RunState) -> list[RunState]:
    """The states on the shortest way, without the first one; the state itself where the run is there."""
    ways: list[list[RunState]] = [[before]]
    for way in ways:
        if way[-1] is after:
            return way[1:] or way
        ways += [[*way, state] for state in RunState if state in ALLOWED[way[-1]] and state not in way]
    raise AssertionError(f"no way leads from {before} to {after}")
