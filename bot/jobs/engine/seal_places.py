"""Where the engine's sealed values belong: table, column, id of the work and, of a step, its name and number.

As the places of `storage.seals`: a value that was copied to other work, or to another step, does not open there. Which
workspace work is for is in none of the engine's tables; its id names a run, whose row is sealed for its workspace.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

FORMER = "engine"
"""What versions before named, wherever the value was."""

ENDED = json.dumps(["workflow_output", "output", "", [], []])
"""How work ended: nothing, or the name of an error. Nobody reads it, and whose it is cannot be known where it is
sealed."""


@dataclass(frozen=True, slots=True)
class StepPlace:
    """A step: of which work, its name, and the how manieth of that name it is, from 1."""

    work_id: str
    name: str
    number: int

    @property
    def output(self) -> str:
        """The place of what it gave."""
        return self._place("output")

    @property
    def error(self) -> str:
        """The place of how it failed."""
        return self._place("error")

    def _place(self, column: str) -> str:
        return json.dumps(["operation_outputs", column, "", [self.work_id], [self.name, self.number]])


def place_of_inputs(work_id: str, kind: str) -> str:
    """The place of what work was asked for with."""
    return json.dumps(["workflow_input", "inputs", "", [work_id], [kind]])


def inputs_of(value: object) -> tuple[str, str] | None:
    """Id and kind of the work that a value asks for, as DBOS keeps what a workflow is called with; None for another."""
    if not isinstance(value, dict) or value.keys() != {"args", "kwargs"}:
        return None
    arguments = value["args"]
    if not isinstance(arguments, list | tuple) or len(arguments) != 3:
        return None
    kind, work_id, _ = arguments
    return (work_id, kind) if isinstance(kind, str) and isinstance(work_id, str) else None


_step: ContextVar[StepPlace | None] = ContextVar("engine_step", default=None)


def current_step() -> StepPlace | None:
    """The step whose result is kept or read, if it is one's."""
    return _step.get()


class StepCounter:
    """The steps of one piece of work, in the order in which it asks for them, which is the same each time it runs."""

    def __init__(self, work_id: str) -> None:
        self._work_id = work_id
        self._counted: Counter[str] = Counter()

    @contextmanager
    def next(self, name: str) -> Iterator[StepPlace]:
        """The next step of a name, while it is done or its result read."""
        self._counted[name] += 1
        place = StepPlace(self._work_id, name, self._counted[name])
        before = _step.set(place)
        try:
            yield place
        finally:
            _step.reset(before)
