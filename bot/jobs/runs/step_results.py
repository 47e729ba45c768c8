"""What the steps of a run's work give, as the engine remembers it: what follows is decided by these and nothing else.

The JSON is read by other versions: by a replica that still runs the one before, and by the one after. So keys stay,
and what an older version left out is read as it was meant. None of it is an employee's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, TypeAlias

from bot.jobs.runs.result import RunResult


class NextPhase(StrEnum):
    """What a plan is for: to be approved, to be shown, to be carried out."""

    ASK = "ask"
    REPORT = "report"
    APPLY = "apply"


@dataclass(frozen=True, slots=True)
class GoOn:
    """The run is this work's to go on with."""

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {"go": True}


@dataclass(frozen=True, slots=True)
class Proceed:
    """The step is done, and this comes next."""

    to: NextPhase

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {"next": self.to.value}


@dataclass(frozen=True, slots=True)
class Batch:
    """So many people of a batch were dealt with; `over` when they were the last ones."""

    done: int
    over: bool

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {"done": self.done, "over": self.over}


@dataclass(frozen=True, slots=True)
class Ended:
    """The run ends like this. `reconnect` when its integration cannot go on until somebody reconnects it."""

    ending: RunResult
    reconnect: bool = False

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        data: dict[str, Any] = {"ending": self.ending.to_json()}
        return data | {"reconnect": True} if self.reconnect else data


@dataclass(frozen=True, slots=True)
class RetryLater:
    """A system was unavailable. `ending` is the run's if no further try is made.

    `after` is the pause that the system asked for, in seconds, 0.0 if none; `reached` how many people had an outcome.
    """

    ending: RunResult
    after: float
    reached: int

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {"ending": self.ending.to_json(), "retry_after": self.after, "reached": self.reached}


@dataclass(frozen=True, slots=True)
class SetAside:
    """The work goes on in `wait` seconds, in this part of the queue, and holds no place until then."""

    wait: float
    partition: str

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {"wait": self.wait, "partition": self.partition}


@dataclass(frozen=True, slots=True)
class PlanAnew:
    """Nothing was written: what the plan was made with has changed since, so it is made again.

    By the run `run_id`, in this part of the queue, where somebody had approved the plan; else by the run itself.
    """

    run_id: str | None
    partition: str

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {"anew": self.run_id, "partition": self.partition}


@dataclass(frozen=True, slots=True)
class Overtaken:
    """The run ended, or went on elsewhere, meanwhile: there is nothing more to do here."""

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {}


StepResult: TypeAlias = GoOn | Proceed | Batch | Ended | RetryLater | SetAside | PlanAnew | Overtaken


def step_result_from_json(data: Mapping[str, Any]) -> StepResult:
    """The result that its `to_json`, or a version before it, wrote."""
    if "retry_after" in data:
        return RetryLater(RunResult.from_json(data["ending"]), data["retry_after"], data["reached"])
    if "anew" in data:
        return PlanAnew(data["anew"], data["partition"])
    if "wait" in data:
        return SetAside(data["wait"], data["partition"])
    if "ending" in data:
        return Ended(RunResult.from_json(data["ending"]), bool(data.get("reconnect")))
    if "next" in data:
        return Proceed(NextPhase(data["next"]))
    if "done" in data:
        # An older version did not say whether it was over: its last batch was an empty one.
        return Batch(data["done"], bool(data.get("over")) or data["done"] == 0)
    return GoOn() if "go" in data else Overtaken()


@dataclass(frozen=True, slots=True)
class Begun:
    """How a run began. `shown` is the run whose plan it makes again, `superseded` are those that it put an end to."""

    integration_id: str
    result: GoOn | Ended | SetAside | Overtaken
    shown: str | None = None
    superseded: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        data: dict[str, Any] = {"integration_id": self.integration_id, "superseded": list(self.superseded)}
        if self.shown is not None:
            data["shown"] = self.shown
        return data | self.result.to_json()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """How a run began, as `to_json`, or a version before it, wrote it."""
        result = step_result_from_json(data)
        assert isinstance(result, GoOn | Ended | SetAside | Overtaken)
        return cls(data["integration_id"], result, data.get("shown"), tuple(data.get("superseded", ())))
