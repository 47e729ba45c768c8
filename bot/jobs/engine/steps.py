"""What the engine's work is made of: steps whose results are remembered, and how they fail."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from dbos import DBOS, error

from bot.core import traces
from bot.jobs.engine.seal_places import StepCounter
from bot.jobs.engine.serializer import RecordedError
from bot.jobs.engine.work_owner import WorkOwner
from storage.json_codec import Json
from storage.trouble import DatabaseTrouble, is_trouble

log = structlog.get_logger(__name__)


class OwnershipLost(BaseException):
    """Raised inside a step to leave the work as it is, unfinished, to whoever owns it or takes it over.

    Like a cancellation it is no failure, and so passes by whoever handles failures on its way.
    """


class StepFailed(Exception):
    """A step failed as often as it may. The message names the step and the type of the last error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How often the engine looks for work (seconds), and how often and after how long it repeats a failing step.

    `longest_wait_seconds` lies between two looks at a database that is away.
    """

    polling_seconds: float = 0.5
    step_attempts: int = 7
    step_retry_seconds: float = 1.0
    pool_size: int = 5
    idle_transaction_seconds: float = 10.0
    longest_wait_seconds: float = 15.0


class Steps:
    """What a body is given: steps and sleeps that are remembered.

    `busy` marks the task as being inside a step. `owner` is whose the work is, None where a version before asked.
    """

    def __init__(
        self,
        busy: Callable[[], AbstractContextManager[None]],
        tuning: Tuning,
        work_id: str,
        trouble: Callable[[], Awaitable[DatabaseTrouble | None]],
        owner: WorkOwner | None = None,
    ) -> None:
        self.owner = owner
        self._busy = busy
        self._tuning = tuning
        self._counter = StepCounter(work_id, owner)
        self._trouble = trouble

    async def step(self, name: str, work: Callable[[], Awaitable[Json]]) -> Any:
        """Do the work, or give what it gave when it was done before. Results are small and hold no employee data.

        An exception is retried with growing pauses; `StepFailed` in the end. `OwnershipLost` is never recorded.
        While the database cannot be written to, the step waits, however long that takes, and is done again then.
        """
        tuning = self._tuning
        try:
            with self._busy(), self._counter.next(name), traces.span("step", step=name):
                return await DBOS.run_step_async(
                    {
                        "name": name,
                        "retries_allowed": True,
                        "max_attempts": tuning.step_attempts,
                        "interval_seconds": tuning.step_retry_seconds,
                    },
                    _guarded,
                    name,
                    partial(self._once_it_can_be_written, name, work),
                )
        except error.DBOSMaxStepRetriesExceeded as failed:
            raise StepFailed(f"{name}: {failed.errors[-1] if failed.errors else 'unknown'}") from None
        except RecordedError as failed:
            raise StepFailed(f"{name}: {failed}") from None

    async def _once_it_can_be_written(self, name: str, work: Callable[[], Awaitable[Json]]) -> Json:
        """The work; again and again while what fails it is a database that cannot be written to."""
        pause = self._tuning.step_retry_seconds
        waited_for: DatabaseTrouble | None = None
        while True:
            try:
                done = await work()
            except Exception as failed:
                why = await self._trouble() if is_trouble(failed) else None
                if why is None:
                    raise
                if why is not waited_for:
                    log.warning("step_waits_for_database", step=name, why=why.value, error=type(failed).__name__)
                waited_for = why
                await asyncio.sleep(pause)
                pause = min(2 * pause, self._tuning.longest_wait_seconds)
            else:
                if waited_for is not None:
                    log.info("step_goes_on", step=name)
                return done

    async def patched(self, name: str) -> bool:
        """Whether this work goes the new way at a change of its steps: False for work that had passed here before.

        Asked in the body itself, never in a step, with a name that no other change has had.
        """
        return await DBOS.patch_async(name)

    async def sleep(self, seconds: float) -> None:
        """Wait; an interruption does not make the wait begin again."""
        await DBOS.sleep_async(seconds)


async def _guarded(name: str, work: Callable[[], Awaitable[Json]]) -> Json:
    try:
        return await work()
    except OwnershipLost:
        # To DBOS a cancelled task is one that stopped without an outcome: the row stays with its owner.
        raise asyncio.CancelledError from None
    except Exception as failed:
        log.warning("step_failed", step=name, exc_info=failed)
        # DBOS logs and stores what it is given, so it is given no message.
        raise RecordedError(type(failed).__name__) from None
