"""The durable engine: work that survives the process it runs in. A port over DBOS Transact.

A body is run again from its first line after an interruption; each of its steps that had finished gives its recorded
result instead of being done again. So whatever a body decides on must come from steps, and a step may happen twice.

A process never takes over another's work by itself: `bot.jobs.cluster.recovery` hands the work of dead processes on.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID, error
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core import traces
from bot.jobs.engine import dbos_private, engine_file
from bot.jobs.engine.file_lock import AlreadyRunning, FileLock
from bot.jobs.engine.serializer import SealingSerializer
from bot.jobs.engine.steps import OwnershipLost, StepFailed, Steps, Tuning
from bot.jobs.engine.transactional_queue import NewWork, TransactionalQueue, arguments_of
from bot.jobs.engine.work_owner import WorkOwner
from bot.jobs.engine.work_status import BY_DBOS_STATUS, Progress, WorkStatus
from storage.database import refuse_dropped
from storage.errors import WrongOwner
from storage.json_codec import Json
from storage.postgresql import connect_parameters, refuse_read_only
from storage.trouble import DatabaseTrouble, no_trouble
from storage.vault import Vault

__all__ = [
    "AlreadyRunning",
    "Body",
    "Engine",
    "OwnershipLost",
    "Progress",
    "StepFailed",
    "Steps",
    "Tuning",
    "WorkStatus",
]

log = structlog.get_logger(__name__)

VERSION = "1"
"""Pinned: DBOS's default, a hash of the code, would strand every run in flight at each deploy.

A change to the order of a body's steps is guarded by `Steps.patched`, so that runs in flight keep the old order.
"""

_APPLICATION, _WORKFLOW = "integration-bot", "work"

MAX_RECOVERIES = 100
_LISTENING_SECONDS = 0.05
"""Between two looks of SQLite's thread for notifications. There are none, so it costs nothing; a stop waits for it."""

GRACE_SECONDS, CANCEL_SECONDS = 15, 3
"""When it stops: until a step under way is cut off, and until that is through."""


Body = Callable[[Steps, str, dict[str, Any]], Awaitable[None]]
"""Work of one kind: its steps, its id and the arguments it was enqueued with."""


@dataclass(frozen=True, slots=True)
class _Kind:
    body: Body
    at_once: int


_running: Engine | None = None


@DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=MAX_RECOVERIES)
async def _work(kind: str, work_id: str, arguments: dict[str, Any], owner: object = None) -> None:
    engine = _running
    if engine is None:
        raise asyncio.CancelledError
    await engine.perform(kind, work_id, arguments, WorkOwner.from_json(owner))


class Engine:
    """One per process, and one process per SQLite file; on PostgreSQL any number of processes.

    `url` is the application's database address. On SQLite the engine keeps a file of its own beside the
    application's (`<name>.engine.sqlite3`), on PostgreSQL the schema `dbos` of the same database.

    `trouble` says whether the application's database can be written to: a step that fails waits until it can.
    """

    def __init__(
        self,
        url: str,
        vault: Vault,
        tuning: Tuning | None = None,
        *,
        trouble: Callable[[], Awaitable[DatabaseTrouble | None]] = no_trouble,
    ) -> None:
        self._trouble = trouble
        self.executor_id = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
        self.stopping = asyncio.Event()
        self._serializer = SealingSerializer(vault)
        self._queue = TransactionalQueue(
            self._serializer, workflow=_WORKFLOW, application=_APPLICATION, version=VERSION
        )
        self._tuning = tuning or Tuning()
        self._url = make_url(url)
        self._kinds: dict[str, _Kind] = {}
        self._lock: FileLock | None = None
        self._busy: set[asyncio.Task[Any]] = set()
        self._performing: Counter[str] = Counter()

    def register(self, kind: str, body: Body, at_once: int) -> None:
        """Name a kind of work and how many of it this process does at once. Before `start`."""
        self._kinds[kind] = _Kind(body, at_once)

    async def start(self) -> None:
        """Take up work. Raises `AlreadyRunning` when another process has the SQLite file."""
        global _running
        address, _running = self._engine_url(), self
        dbos_private.take_sealed_alone()
        try:
            DBOS(
                config=DBOSConfig(
                    name=_APPLICATION,
                    system_database_url=address,
                    executor_id=self.executor_id,
                    application_version=VERSION,
                    serializer=self._serializer,
                    sys_db_pool_size=self._tuning.pool_size,
                    db_engine_kwargs=self._pool_options(),
                    # A process that freezes inside a transaction must not hold up its peers.
                    sys_db_idle_transaction_timeout_sec=self._tuning.idle_transaction_seconds,
                    notification_listener_polling_interval_sec=_LISTENING_SECONDS,
                    log_level="CRITICAL",
                    console_log_level="CRITICAL",
                )
            )
            # On the loop itself: bodies run on the loop in which DBOS is launched.
            DBOS.launch()
            for name, kind in self._kinds.items():
                await DBOS.register_queue_async(
                    name,
                    partition_concurrency=1,
                    worker_concurrency=kind.at_once,
                    polling_interval_sec=self._tuning.polling_seconds,
                    on_conflict="always_update",
                )
        except BaseException:
            await self._shut()
            raise

    async def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Take up nothing more, give running bodies time to reach the end of a step, and leave the rest unfinished."""
        self.stopping.set()
        if self._busy:
            await asyncio.wait(set(self._busy), timeout=grace_seconds)
        late = set(self._busy)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=CANCEL_SECONDS)
        await self._shut()

    async def _shut(self) -> None:
        global _running
        loop = asyncio.get_running_loop()
        # A thread of its own: DBOS shuts down the pool that it made the loop's default.
        with ThreadPoolExecutor(1, thread_name_prefix="engine-stop") as own:
            await loop.run_in_executor(own, DBOS.destroy)
        loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="default"))
        _running = None
        self._queue.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @property
    def shares_database(self) -> bool:
        """Whether the queues are in the application's database, and not in a file of their own."""
        return self._url.get_backend_name() != "sqlite"

    def _pool_options(self) -> dict[str, Any]:
        if not self.shares_database:
            return {"pool_events": [(engine_file.erase_well, "connect")]}
        # DBOS asks the server before each of its many transactions whether it is still there; the socket tells it too.
        return {"pool_pre_ping": False, "pool_events": [(refuse_dropped, "checkout"), (refuse_read_only, "checkout")]}

    def _engine_url(self) -> str:
        if self.shares_database:
            url = self._url.set(drivername="postgresql").update_query_dict(connect_parameters(self._url))
            return url.render_as_string(hide_password=False)
        file = Path(str(self._url.database))
        file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(file.with_suffix(".lock"), subject=file)
        self._lock.acquire()
        own = engine_file.engine_file(file)
        engine_file.prepare(own)
        self._queue.open(address := f"sqlite:///{own}")
        return address

    async def perform(self, kind: str, work_id: str, arguments: dict[str, Any], owner: WorkOwner | None = None) -> None:
        """Run a body; called by DBOS. Raises `WrongOwner` where it is kept as other work than it was asked for as:
        somebody has written to the database.
        """
        if DBOS.workflow_id != work_id:
            log.error("work_misplaced", work=DBOS.workflow_id)
            raise WrongOwner("What work was asked for with belongs to other work.")
        self._performing[work_id] += 1
        try:
            steps = Steps(self.busy, self._tuning, work_id, self._trouble, owner)
            with traces.span("work", queue=kind, work_id=work_id):
                await self._kinds[kind].body(steps, work_id, arguments)
        except OwnershipLost:
            raise asyncio.CancelledError from None
        except SQLAlchemyError as failed:
            # Of the engine's own tables, between two steps: ended here, the work would be over before it is done. Left
            # as it is, it is found adrift, and goes on from what is on record.
            log.warning("work_interrupted", work=work_id, error=type(failed).__name__)
            raise asyncio.CancelledError from None
        except error.DBOSUnexpectedStepError as unexpected:
            if not dbos_private.is_of_a_newer_version(unexpected):
                raise
            # A newer version has begun this and knows a step that this one does not: it is left to one that knows.
            log.warning("work_of_a_newer_version", work=work_id)
            raise asyncio.CancelledError from None
        finally:
            self._performing[work_id] -= 1

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Marks the current task as being inside a step; a process that stops begins no more of them."""
        task = asyncio.current_task()
        if self.stopping.is_set() or task is None:
            raise asyncio.CancelledError
        self._busy.add(task)
        try:
            yield
        finally:
            self._busy.discard(task)

    async def enqueue(
        self,
        kind: str,
        work_id: str,
        partition: str,
        arguments: Mapping[str, Json],
        owner: WorkOwner | None = None,
        delay: float | None = None,
    ) -> None:
        """Ask for work to be done, once for ever under its id; of one partition, one at a time in all processes.

        Not before `delay` seconds are over: until then it holds no place, and the others of its partition go first.
        """
        with SetWorkflowID(work_id), SetEnqueueOptions(queue_partition_key=partition, delay_seconds=delay):
            await DBOS.enqueue_workflow_async(kind, _work, *arguments_of(kind, work_id, arguments, owner))

    async def enqueue_within(self, session: AsyncSession, asked: Collection[NewWork]) -> None:
        """`enqueue` in a transaction of the database that the engine shares: done if it is committed. In no body."""
        await session.run_sync(self._queue.put, asked)

    async def enqueue_all(self, asked: Collection[NewWork]) -> None:
        """`enqueue` for many at once, where the engine has a file of its own: all or none. Never from inside a body."""
        await asyncio.to_thread(self._queue.put_all, asked)

    async def status(self, work_id: str) -> WorkStatus | None:
        """Where the work is; None for an id that was never enqueued or has been forgotten."""
        return (await self.statuses([work_id])).get(work_id)

    async def statuses(self, work_ids: Sequence[str]) -> dict[str, WorkStatus]:
        """Where each piece of work is; unknown ids are left out."""
        if not work_ids:
            return {}
        found = await DBOS.list_workflows_async(workflow_ids=list(work_ids), load_input=False, load_output=False)
        return {
            work.workflow_id: WorkStatus(BY_DBOS_STATUS.get(work.status, Progress.FAILED), work.executor_id)
            for work in found
        }

    async def cancel(self, work_id: str) -> None:
        """Take work out of its queue, or end it at its next step."""
        await DBOS.cancel_workflow_async(work_id)

    async def unfinished(self, executor_ids: Sequence[str]) -> list[str]:
        """Ids of the work that these executors have begun and not ended."""
        found = await DBOS.list_workflows_async(
            status="PENDING", executor_id=list(executor_ids), load_input=False, load_output=False
        )
        return [work.workflow_id for work in found]

    async def orphaned(self) -> set[str]:
        """Ids of the work that counts as begun by this process and that it does not do.

        For a moment after it was taken from its queue; for good when the database was away while it was ended.
        """
        return {work_id for work_id in await self.unfinished([self.executor_id]) if not self._performing[work_id]}

    async def requeue(self, work_ids: Collection[str]) -> None:
        """Put work of this process's own back into its queue."""
        found = await DBOS.list_workflows_async(
            workflow_ids=list(work_ids),
            status="PENDING",
            executor_id=self.executor_id,
            load_input=False,
            load_output=False,
        )
        for work in found:
            await DBOS.resume_workflow_async(work.workflow_id, queue_name=work.queue_name)

    async def owners(self) -> set[str]:
        """The executors that have begun work and not ended it."""
        found = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
        return {str(work.executor_id) for work in found}

    async def recover_from(self, executor_ids: Sequence[str]) -> None:
        """Put the unfinished work of dead executors back into its queue. Safe to do twice, and in several processes.

        Should one of them live after all, its next step finds that the work is no longer its own.
        """
        await asyncio.to_thread(dbos_private.recover, executor_ids)

    async def renew_seals(self) -> None:
        """Seal for its place what versions before have sealed for less, beside all work; it may be interrupted."""
        renewed, unreadable = await asyncio.to_thread(dbos_private.renew_seals, self._serializer.renewed)
        if renewed or unreadable:
            log.info("engine_sealed_anew", values=renewed, unreadable=unreadable)

    def refuse_former(self) -> None:
        """From now on nothing that a version before has sealed is taken: it has been sealed anew."""
        self._serializer.takes_former = False

    async def forget(self, before: datetime, limit: int = 500) -> int:
        """Erase what ended before a time; its ids could then be enqueued anew. Returns how many."""
        found = await DBOS.list_workflows_async(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            completed_before=before.isoformat(),
            limit=limit,
            load_input=False,
            load_output=False,
        )
        if found:
            await DBOS.delete_workflows_async([work.workflow_id for work in found])
            if self._url.get_backend_name() == "sqlite":
                own = engine_file.engine_file(Path(str(self._url.database)))
                await asyncio.to_thread(engine_file.forget, own)
        return len(found)
