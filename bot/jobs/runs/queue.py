"""Names and enqueues the work that the engine does: runs in two phases, and telling people about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any, Protocol, TypeAlias

from bot.core.text import Text
from bot.jobs.engine.work_owner import WorkOwner
from bot.jobs.notifications.notification import (
    ApprovalNeeded,
    Approved,
    DigestDue,
    Expiring,
    Finished,
    Notification,
    Trouble,
)
from storage.integrations import Integration
from storage.json_codec import Json
from storage.runs import Run

RUNS = "runs"
REPORTS = "reports"


@dataclass(frozen=True, slots=True)
class RunTurn:
    """How often a run's work was set for another time (`number`).

    `waits`: how often in a row before it could begin. `tried`: how often in a row a system was unavailable, with
    `reached` people done. `applying`: whether it goes on with its plan.
    """

    number: int = 0
    waits: int = 0
    tried: int = 0
    reached: int = -1
    applying: bool = False

    def to_json(self) -> dict[str, Json]:
        """Its part of the arguments of the work."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> RunTurn:
        """The turn that `to_json` wrote."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in known})


FIRST_TURN = RunTurn()


@dataclass(frozen=True, slots=True)
class PlanWork:
    """Read and plan a run, and carry it out unless it is a preview or the guard stops it."""

    run_id: str
    turn: RunTurn = FIRST_TURN

    @property
    def work_id(self) -> str:
        """The id of the work: the run's own."""
        return turn_id(self.run_id, self.turn.number)

    def to_json(self) -> dict[str, Json]:
        """The arguments of the work."""
        return {"run_id": self.run_id, "phase": "plan", **_turn_json(self.turn)}


@dataclass(frozen=True, slots=True)
class ApplyWork:
    """Carry out a run that has been approved."""

    run_id: str
    turn: RunTurn = FIRST_TURN

    @property
    def work_id(self) -> str:
        """The id of the work."""
        return turn_id(approved_id(self.run_id), self.turn.number)

    def to_json(self) -> dict[str, Json]:
        """The arguments of the work."""
        return {"run_id": self.run_id, "phase": "apply", **_turn_json(self.turn)}


RunWork: TypeAlias = PlanWork | ApplyWork


def _turn_json(turn: RunTurn) -> dict[str, Json]:
    return {"turn": turn.to_json()} if turn.number else {}


def run_work_from_json(arguments: Mapping[str, Any]) -> RunWork:
    """The work that `to_json` wrote."""
    run_id, turn = str(arguments["run_id"]), RunTurn.from_json(arguments.get("turn") or {})
    return ApplyWork(run_id, turn) if arguments["phase"] == "apply" else PlanWork(run_id, turn)


def approved_id(run_id: str) -> str:
    """The work that carries out a run which had to be approved."""
    return f"approved:{run_id}"


def ask_id(run_id: str) -> str:
    """The work that asks people to approve a run."""
    return f"ask:{run_id}"


def report_id(run_id: str) -> str:
    """The work that reports a run and then ends it."""
    return f"report:{run_id}"


def turn_id(work_id: str, turn: int) -> str:
    """Work that was set for another time because it had to wait; turn 0 is the work itself."""
    return f"{work_id}:turn:{turn}" if turn else work_id


def turn_ids(work_id: str, turn: int) -> list[str]:
    """Where work may be whose last turn was noted as this.

    The turn is noted before its work is there: until then it is the one before that has to be looked at.
    """
    return [turn_id(work_id, number) for number in sorted({0, max(0, turn - 1), turn})]


def concurrency_key(integration: Integration) -> str:
    """One account of one target is written by one run at a time, whichever workspace or integration it serves."""
    return f"{integration.provider}:{integration.environment}:{integration.target_account_id}"


def owner_of(integration: Integration) -> WorkOwner:
    """Whose work is that is about an integration."""
    return WorkOwner(integration.team_id, integration.id)


def owner_of_run(run: Run) -> WorkOwner:
    """Whose work is that is about a run."""
    return WorkOwner(run.team_id, run.integration_id)


class WorkSink(Protocol):
    """What takes work: the engine, or an outbox (`bot.jobs.runs.outbox`) until its transaction is committed."""

    async def enqueue(
        self, kind: str, work_id: str, partition: str, arguments: Mapping[str, Json], owner: WorkOwner | None = None
    ) -> None:
        """Ask for work to be done, once for ever under its id."""
        ...


class TimedWorkSink(Protocol):
    """What also takes work that is not to begin before a time: the engine."""

    async def enqueue(
        self,
        kind: str,
        work_id: str,
        partition: str,
        arguments: Mapping[str, Json],
        owner: WorkOwner | None = None,
        delay: float | None = None,
    ) -> None:
        """Ask for work to be done, not before `delay` seconds are over; until then it holds no place."""
        ...


class WorkQueue:
    """Hands work on, sealed for its owner. Every call may come twice: the same work is done once."""

    def __init__(self, sink: WorkSink) -> None:
        self._sink = sink

    async def enqueue_plan(self, run_id: str, integration: Integration) -> None:
        """Plan a run, and carry it out unless it is a preview or the guard stops it."""
        await self._enqueue_run(PlanWork(run_id), integration)

    async def enqueue_apply(self, run_id: str, integration: Integration) -> None:
        """Carry out a run that has been approved."""
        await self._enqueue_run(ApplyWork(run_id), integration)

    async def enqueue_plan_anew(self, run_id: str, partition: str, owner: WorkOwner) -> None:
        """Plan a run that makes the plan of another again."""
        work = PlanWork(run_id)
        await self._sink.enqueue(RUNS, work.work_id, partition, work.to_json(), owner)

    async def _enqueue_run(self, work: RunWork, integration: Integration) -> None:
        await self._sink.enqueue(
            RUNS, work.work_id, concurrency_key(integration), work.to_json(), owner_of(integration)
        )

    async def enqueue_approval_request(self, run_id: str, owner: WorkOwner) -> None:
        """Ask people to approve a run."""
        await self._notify(ask_id(run_id), owner.integration_id, ApprovalNeeded(run_id), owner)

    async def enqueue_approved(self, run_id: str, owner: WorkOwner) -> None:
        """Tell people that a run has been approved."""
        await self._notify(f"told:{approved_id(run_id)}", owner.integration_id, Approved(run_id), owner)

    async def enqueue_report(self, run_id: str, owner: WorkOwner) -> None:
        """Tell people how a run ended, then end it."""
        await self._notify(report_id(run_id), owner.integration_id, Finished(run_id), owner)

    async def enqueue_digest(
        self, digest_id: str, owner: WorkOwner, period: str, since: datetime, until: datetime
    ) -> None:
        """Tell people the summary of a period."""
        of = owner.integration_id
        await self._notify(digest_id, of, DigestDue(digest_id, of, period, since, until), owner)

    async def enqueue_expiry_warning(self, warning_id: str, team_id: str, integration_id: str, until: date) -> None:
        """Warn people of the last good day of credentials."""
        # In a queue of its own: a warning that cannot be told holds up no report.
        partition = f"expiry:{team_id}:{integration_id}"
        expiring = Expiring(warning_id, team_id, integration_id, until)
        await self._notify(warning_id, partition, expiring, WorkOwner(team_id, integration_id))

    async def enqueue_trouble(self, cause: str, owner: WorkOwner, text: Text) -> None:
        """Tell people that an integration cannot go on; once per cause."""
        of = owner.integration_id
        await self._notify(f"trouble:{cause}", of, Trouble(cause, of, text), owner)

    async def _notify(self, work_id: str, partition: str, notification: Notification, owner: WorkOwner) -> None:
        await self._sink.enqueue(REPORTS, work_id, partition, notification.to_json(), owner)
