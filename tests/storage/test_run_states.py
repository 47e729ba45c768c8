"""A run moves as the table says and no other way; docs/run-states.md draws the table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import runs
from storage.database import Database
from storage.errors import ForbiddenTransition, RunEnded, StaleRunState
from storage.models import RunRow, table
from storage.run_states import ALLOWED, AT_REST, ENDED, IN_PLANNING, UNDER_WAY, may_follow
from storage.runs import Run, RunState

PAGE = Path(__file__).parents[2] / "docs" / "run-states.md"
ENDS = frozenset({RunState.DONE, RunState.FAILED, RunState.CANCELLED})


def drawing() -> Iterator[str]:
    """The table as a Mermaid state diagram, in the order of the states."""
    yield "stateDiagram-v2"
    yield f"    [*] --> {RunState.QUEUED}"
    for before in RunState:
        yield from (f"    {before} --> {after}" for after in RunState if after in ALLOWED[before])
    yield from (f"    {state} --> [*]" for state in RunState if state in ENDED)


async def put(database: Database, run: Run, state: RunState) -> None:
    """A run in a state, however it came there."""
    async with database.session() as s:
        await s.execute(sa.update(table(RunRow)).where(RunRow.id == run.id).values(state=state.value))


def test_the_page_draws_the_table() -> None:
    drawn = "\n".join(drawing())
    found = re.search(r"```mermaid\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.S)
    assert found, f"{PAGE.name} has no drawing"
    assert found[1] == drawn, f"{PAGE.name} is to show:\n{drawn}"


def test_the_page_tells_of_every_state() -> None:
    told = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.M)
    assert told == [state.value for state in RunState]


def test_every_run_can_come_to_an_end_and_none_begins_again() -> None:
    def reached(state: RunState) -> set[RunState]:
        seen, ahead = set[RunState](), [state]
        while ahead:
            new = ALLOWED[ahead.pop()] - seen
            seen |= new
            ahead += new
        return seen

    assert set(ALLOWED) == set(RunState)
    assert ENDED == ENDS
    assert reached(RunState.QUEUED) == set(RunState) - {RunState.QUEUED}
    assert all(reached(state) >= ENDS for state in RunState if state not in ENDS)
    # Nothing is written without a plan, and nobody is asked about what is being written.
    assert all(RunState.QUEUED not in following for following in ALLOWED.values())
    assert not (reached(RunState.APPLYING) & (IN_PLANNING | AT_REST))
    assert set(RunState) == UNDER_WAY | AT_REST | ENDED | {RunState.REPORTING}


def test_an_end_that_is_told_goes_through_the_report() -> None:
    for state, following in ALLOWED.items():
        if state is not RunState.REPORTING:
            assert following & ENDS <= {RunState.CANCELLED}


@pytest.mark.parametrize("before", RunState)
async def test_a_run_is_moved_as_the_table_says(database: Database, run: Run, before: RunState) -> None:
    for after in RunState:
        await put(database, run, before)
        async with database.session() as s:
            if may_follow(before, after):
                assert (await runs.advance(s, run.id, after)).state is after
                continue
            expected: type[Exception] = RunEnded if before in ENDS else ForbiddenTransition
            with pytest.raises(expected, match=rf"\b{before}\b") as refused:
                await runs.advance(s, run.id, after)
            if before not in ENDS:
                assert str(after) in str(refused.value)
        async with database.reading() as s:
            found = await runs.get(s, run.id)
        assert found is not None
        assert found.state is before


async def test_who_comes_late_hears_so_before_it_hears_of_the_table(database: Database, run: Run) -> None:
    await put(database, run, RunState.REPORTING)
    async with database.session() as s:
        with pytest.raises(StaleRunState):
            await runs.advance(s, run.id, RunState.APPLYING, expected=UNDER_WAY)
