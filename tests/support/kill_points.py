"""Ways for a replica to be killed at a place of its own choice, put around the engine's port from the outside.

A doom is "<name>:<moment>". For each step of a body (`STEPS`): `before` its work, when only what came earlier is on
record; `done`, when its work is done and not on record. After those that hand something over (`HANDING_OVER`):
`recorded`, when the body has not gone on from it. For a schedule that fires: `fire:stored`, with a run that is not
enqueued (and on PostgreSQL not committed), and `fire:enqueued`, with a slot that is still due.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from bot.jobs.engine.engine import Engine, Steps
from bot.jobs.runs.step_results import StepResult
from bot.jobs.runs.workflow import RunWorkflow
from storage import schedules
from storage.json_codec import Json

STEPS = ("begin", "plan", "resume", "note", "apply", "close", "tell", "end")
HANDING_OVER = ("plan", "close")
FIRING = ("fire:stored", "fire:enqueued")


def dooms(steps: Sequence[str]) -> list[str]:
    """All of some steps, in the order in which a run comes to them."""
    return [
        f"{step}:{moment}"
        for step in steps
        for moment in ("before", "done", *(["recorded"] if step in HANDING_OVER else []))
    ]


def meet(doom: str) -> None:
    """From now on this process dies when it gets there."""
    name, moment = doom.split(":")
    if name == "fire":
        _while_firing(moment)
    else:
        _at_step(name, moment)


def become_next_version() -> None:
    """Give the body of runs one more step, guarded as docs/operations.md says."""
    apply = RunWorkflow._apply

    async def _apply(execution: RunWorkflow) -> StepResult:
        if await execution._steps.patched("looked_once_more"):
            await execution._steps.step("look", _nothing)
        return await apply(execution)

    RunWorkflow._apply = _apply  # type: ignore[method-assign, assignment]


def _at_step(name: str, moment: str) -> None:
    step = Steps.step

    async def doomed(steps: Steps, at: str, work: Callable[[], Awaitable[Json]]) -> Any:
        if at != name:
            return await step(steps, at, work)

        async def one() -> Json:
            if moment == "before":
                _die()
            result = await work()
            if moment == "done":
                _die()
            return result

        result = await step(steps, at, one)
        if moment == "recorded":
            _die()
        return result

    Steps.step = doomed  # type: ignore[method-assign, assignment]


def _while_firing(moment: str) -> None:
    if moment == "stored":

        async def enqueue_all(*_engine: object) -> None:
            _die()

        Engine.enqueue_all = enqueue_all  # type: ignore[method-assign, assignment]
        Engine.enqueue_within = enqueue_all  # type: ignore[method-assign, assignment]
    else:

        async def advance(*_moves: object) -> int:
            _die()
            return 0

        schedules.advance = advance  # type: ignore[assignment]


async def _nothing() -> Json:
    return None


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
