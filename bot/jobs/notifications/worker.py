"""Notifications as durable work of their own: an outage of Slack delays what is told, and neither loses it nor holds
up the next run. What cannot be told now is set for another time, and gives its place to others meanwhile.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from typing import Any, assert_never

import structlog

from bot.core import metrics
from bot.core.fair_places import FairPlaces
from bot.core.ownership import ownership_check
from bot.jobs.cluster.lease import Heartbeat
from bot.jobs.engine.engine import Engine, StepFailed, Steps
from bot.jobs.engine.work_owner import WorkOwner
from bot.jobs.notifications.notification import (
    ApprovalNeeded,
    Approved,
    DigestDue,
    Expiring,
    Finished,
    Notification,
    Trouble,
    notification_from_json,
)
from bot.jobs.notifications.notifier import Notifier, NotTold
from bot.jobs.policy import Policy
from bot.jobs.runs.problems import note_problems
from bot.jobs.runs.queue import REPORTS, turn_id
from bot.jobs.runs.result import result_of
from storage import integrations, runs
from storage.database import Database, reader
from storage.errors import RunEnded, StaleRunState
from storage.json_codec import Json
from storage.runs import RunState

log = structlog.get_logger(__name__)

_LONGEST_WAIT = 3600.0
_CROWDED = (5.0, 10.0)
"""Seconds, drawn between: how long the telling of a workspace waits that has its share of places already."""

_TURNS_IN_ORDER = 5
"""So often a result waits for that of an older run of its integration, and then goes first."""


_SET_ASIDE = "telling_set_aside"
"""The change by which telling that broke is set for another time: before, it slept in its place, for days."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """How often the telling was set for another time (`number`), how often of these because its workspace had its share
    of places (`crowded`), and how often it was tried in vain (`tried`)."""

    base_id: str
    number: int = 0
    tried: int = 0
    crowded: int = 0

    @classmethod
    def of(cls, work_id: str, arguments: dict[str, Any]) -> _Turn:
        kept = arguments.get("turn")
        if not kept:
            return cls(work_id)
        return cls(str(kept["base"]), int(kept["number"]), int(kept["tried"]), int(kept.get("crowded", 0)))

    def to_json(self) -> dict[str, Json]:
        return {"base": self.base_id, "number": self.number, "tried": self.tried, "crowded": self.crowded}


@dataclass(frozen=True, slots=True)
class _ToldLater:
    """Nobody was told yet: again after `wait` seconds, `tried` times in vain by then, in this part of the queue.

    `crowded` where only its workspace's own telling was in the way. The engine keeps it as JSON, which other versions
    read: keys stay.
    """

    wait: float
    tried: int
    partition: str
    crowded: bool = False

    @classmethod
    def of(cls, kept: Any) -> _ToldLater | None:
        """None for what else a step of telling leaves: it is over, or (False) broke."""
        if not isinstance(kept, dict):
            return None
        return cls(kept["wait"], int(kept["tried"]), kept["partition"], bool(kept.get("crowded")))

    def to_json(self) -> dict[str, Json]:
        kept: dict[str, Json] = {"wait": self.wait, "tried": self.tried, "partition": self.partition}
        return kept | {"crowded": True} if self.crowded else kept


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whose telling it is: a workspace and its integration, and the part of the queue in which one is told after the
    other."""

    team_id: str
    integration_id: str
    partition: str


class NotificationWorker:
    """Tells people for the engine, again and again until they have been told, or nobody can be."""

    def __init__(
        self, database: Database, reporter: Notifier, heartbeat: Heartbeat, policy: Policy, engine: Engine
    ) -> None:
        self._database = database
        self._reporter = reporter
        self._heartbeat = heartbeat
        self._policy = policy
        self._engine = engine
        self._places = FairPlaces(policy.reports_at_once)

    async def body(self, steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        """The engine's body for `bot.jobs.runs.queue.REPORTS`."""
        notification, turn = notification_from_json(arguments), _Turn.of(work_id, arguments)

        async def tell() -> Json:
            later = await self._try(work_id, notification, turn, steps.owner)
            return True if later is None else later.to_json()

        try:
            for pause in (*self._policy.report_after, None):
                said = await _result(steps, "tell", tell)
                if said is False and pause is not None:
                    said = await self._set_aside(steps, notification, turn)
                # Here waits only what a version before let wait here, and what cannot even be set for another time.
                if said is not False or pause is None:
                    break
                await steps.sleep(pause)
            if (later := _ToldLater.of(said)) is not None:
                following = _Turn(turn.base_id, turn.number + 1, later.tried, turn.crowded + later.crowded)
                again = {**notification.to_json(), "turn": following.to_json()}
                await self._engine.enqueue(
                    REPORTS,
                    turn_id(turn.base_id, following.number),
                    later.partition,
                    again,
                    steps.owner,
                    delay=later.wait,
                )
                return
            if isinstance(notification, Finished):
                await steps.step("end", partial(self._end, notification.run_id))
        finally:
            self._heartbeat.forget(work_id)

    async def _set_aside(self, steps: Steps, notification: Notification, turn: _Turn) -> Any:
        """What `_try` gives, where that broke: nobody knows whose telling it is, and so it waits by itself."""
        if not await steps.patched(_SET_ASIDE):
            return False
        pauses = self._policy.report_after
        if turn.tried >= len(pauses):
            log.error("never_told", work=turn.base_id)
            return True
        wait, own = pauses[turn.tried], _Subject("", "", turn.base_id)

        async def later() -> Json:
            return (await self._later(notification, turn, own, wait, turn.tried + 1)).to_json()

        return await _result(steps, "set_aside", later)

    # What follows runs inside steps: everything in it may happen twice.

    async def _try(
        self, work_id: str, notification: Notification, turn: _Turn, owner: WorkOwner | None
    ) -> _ToldLater | None:
        """None once it is over; else when to try again."""
        subject = await self._subject(notification)
        if subject is None:
            log.error("nothing_to_tell", work=work_id)
            return None
        if owner is not None and not owner.is_of(subject.team_id, subject.integration_id):
            # Somebody has moved the run or the integration: nobody is told what was meant for another.
            log.error("work_misplaced", work=work_id)
            return None
        reader.set(subject.team_id)
        # From here on, and not from the telling on: all that come at once would find the same room.
        with self._places.claim(subject.team_id) as has_place:
            if not has_place:
                wait = random.uniform(*_CROWDED)  # noqa: S311 - that not all come back at once
                return await self._later(notification, turn, subject, wait, turn.tried, crowded=True)
            return await self._told(work_id, notification, turn, subject)

    async def _told(
        self, work_id: str, notification: Notification, turn: _Turn, subject: _Subject
    ) -> _ToldLater | None:
        pauses = self._policy.report_after
        if isinstance(notification, Finished) and await self._waits_for_older(notification.run_id, subject, turn):
            return await self._later(notification, turn, subject, pauses[0], turn.tried)
        try:
            with ownership_check(partial(self._heartbeat.assert_owned, work_id)):
                await self._tell(notification)
            return None
        except NotTold as error:
            log.warning("not_told", work=work_id, error=error.code, final=error.final)
            if error.final:
                return None
            asked = error.retry_after
        except Exception as error:
            log.warning("not_told", work=work_id, error=type(error).__name__)
            asked = 0.0
        if turn.tried >= len(pauses):
            log.error("never_told", work=work_id)
            return None
        wait = min(max(pauses[turn.tried], asked), _LONGEST_WAIT)
        return await self._later(notification, turn, subject, wait, turn.tried + 1)

    async def _later(
        self,
        notification: Notification,
        turn: _Turn,
        subject: _Subject,
        wait: float,
        tried: int,
        *,
        crowded: bool = False,
    ) -> _ToldLater:
        if isinstance(notification, Finished):
            # So that whoever looks after runs knows which work this one waits for.
            async with self._database.session() as session:
                run = await runs.get(session, notification.run_id)
                if run is not None:
                    await runs.update(session, run.id, thread=replace(run.thread, turn=turn.number + 1))
        return _ToldLater(wait, tried, subject.partition, crowded)

    async def _waits_for_older(self, run_id: str, subject: _Subject, turn: _Turn) -> bool:
        if turn.number - turn.crowded >= _TURNS_IN_ORDER or not self._policy.report_after:
            return False
        async with self._database.reading() as session:
            active = await runs.active(session, subject.partition)
        told_before = takewhile(lambda run: run.id != run_id, active)
        return any(run.state is RunState.REPORTING for run in told_before)

    async def _subject(self, notification: Notification) -> _Subject | None:
        """None for what is unknown, or was erased meanwhile."""
        async with self._database.reading() as session:
            match notification:
                case ApprovalNeeded(run_id) | Approved(run_id) | Finished(run_id):
                    run = await runs.get(session, run_id)
                    return _Subject(run.team_id, run.integration_id, run.integration_id) if run else None
                case Trouble(_, integration_id) | DigestDue(_, integration_id):
                    found = await integrations.get(session, integration_id, removed=True)
                    return _Subject(found.team_id, integration_id, integration_id) if found else None
                case Expiring(_, team_id, integration_id):
                    return _Subject(team_id, integration_id, f"expiry:{team_id}:{integration_id}")
                case _:
                    assert_never(notification)

    async def _tell(self, notification: Notification) -> None:
        match notification:
            case ApprovalNeeded(run_id):
                # Somebody may have decided, or the time may be over, before people could be asked.
                async with self._database.reading() as session:
                    run = await runs.get(session, run_id)
                if run is not None and run.state is RunState.WAITING_APPROVAL and run.approved_by is None:
                    await self._reporter.needs_approval(run_id)
            case Approved(run_id):
                await self._reporter.approved(run_id)
            case Finished(run_id):
                await note_problems(self._database, run_id)
                await self._reporter.finished(run_id)
            case DigestDue(digest_id, integration_id, period, since, until):
                await self._reporter.digest(digest_id, integration_id, period, since, until)
            case Expiring(warning_id, team_id, integration_id, until):
                await self._reporter.expiring(warning_id, team_id, integration_id, until)
            case Trouble(cause, _, text):
                await self._reporter.trouble(cause, text)
            case _:
                assert_never(notification)

    async def _end(self, run_id: str) -> Json:
        """The run has been reported: it ends, and its plan is erased with it."""
        try:
            async with self._database.session() as session:
                run = await runs.get(session, run_id)
                if run is not None:
                    state = result_of(run).state
                    await runs.advance(session, run_id, state, expected={RunState.REPORTING})
            if run is not None:
                metrics.RUNS_ENDED.labels(state.value).inc()
        except (RunEnded, StaleRunState):
            log.info("run_already_ended", run_id=run_id)
        return None


async def _result(steps: Steps, name: str, step: Callable[[], Awaitable[Json]]) -> Any:
    """What a step gave; False also where it broke."""
    try:
        return await steps.step(name, step)
    except StepFailed:
        return False
