"""Where the engine's sealed values belong: table, column, workspace, integration, id of the work and, of a step, its
name and number.

As the places of `storage.seals`: a value that was copied to other work, to another step, or to work of another
workspace or integration, does not open there. Whose work is, it says itself, in what it was asked for with.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from bot.jobs.engine.work_owner import WorkOwner

FORMER = "engine"
"""What versions before named, wherever the value was."""

ENDED = json.dumps(["workflow_output", "output", "", [], []])
"""How work ended: nothing, or the name of an error. Nobody reads it, and whose it is cannot be known where it is
sealed."""


@dataclass(frozen=True, slots=True)
class StepPlace:
    """A step: of which work, its name, the how manieth of that name it is, from 1, and whose the work is.

    `owner` is None where a version before asked for the work.
    """

    work_id: str
    name: str
    number: int
    owner: WorkOwner | None = None

    @property
    def output(self) -> str:
        """The place of what it gave."""
        return self._place("output")

    @property
    def error(self) -> str:
        """The place of how it failed."""
        return self._place("error")

    def _place(self, column: str) -> str:
        return _place("operation_outputs", column, self.owner, self.work_id, self.name, self.number)


def place_of_inputs(work_id: str, kind: str, owner: WorkOwner | None) -> str:
    """The place of what work was asked for with."""
    return _place("workflow_input", "inputs", owner, work_id, kind)


def inputs_of(value: object) -> tuple[str, str, WorkOwner | None] | None:
    """Id, kind and owner of the work that a value asks for, as DBOS keeps what a workflow is called with; None for
    another value."""
    if not isinstance(value, dict) or value.keys() != {"args", "kwargs"}:
        return None
    match value["args"]:
        case [str(kind), str(work_id), _] | (str(kind), str(work_id), _):
            return work_id, kind, None
        case [str(kind), str(work_id), _, kept] | (str(kind), str(work_id), _, kept):
            return work_id, kind, WorkOwner.from_json(kept)
    return None


def _place(table: str, column: str, owner: WorkOwner | None, work_id: str, *bound: str | int) -> str:
    # Without an owner as versions before wrote it, whose work goes on.
    team_id, of = (owner.team_id, [owner.integration_id]) if owner is not None else ("", [])
    return json.dumps([table, column, team_id, [work_id], [*bound, *of]])


_step: ContextVar[StepPlace | None] = ContextVar("engine_step", default=None)


def current_step() -> StepPlace | None:
    """The step whose result is kept or read, if it is one's."""
    return _step.get()


class StepCounter:
    """The steps of one piece of work, in the order in which it asks for them, which is the same each time it runs."""

    def __init__(self, work_id: str, owner: WorkOwner | None = None) -> None:
        self._work_id = work_id
        self._owner = owner
        self._counted: Counter[str] = Counter()

    @contextmanager
    def next(self, name: str) -> Iterator[StepPlace]:
        """The next step of a name, while it is done or its result read."""
        self._counted[name] += 1
        place = StepPlace(self._work_id, name, self._counted[name], self._owner)
        before = _step.set(place)
        try:
            yield place
        finally:
            _step.reset(before)
