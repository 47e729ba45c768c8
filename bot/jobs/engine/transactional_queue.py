"""Puts work into the engine's queues in a transaction of the caller's, by what DBOS offers to clients."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from dbos import DBOSClient, EnqueueOptions, Serializer
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session

from bot.jobs.engine import dbos_private
from bot.jobs.engine.work_owner import WorkOwner
from storage.json_codec import Json

_BUSY_TIMEOUT_MS = 30_000

_FEW = 4
"""Up to so many are enqueued one by one, as DBOS means it; a rush of schedules has more at once."""


@dataclass(frozen=True, slots=True)
class NewWork:
    """Work to be done, as `bot.jobs.engine.engine.Engine.enqueue` takes it."""

    kind: str
    work_id: str
    partition: str
    arguments: Mapping[str, Json]
    owner: WorkOwner | None = None


def arguments_of(kind: str, work_id: str, arguments: Mapping[str, Json], owner: WorkOwner | None) -> tuple[Any, ...]:
    """What DBOS calls the workflow with."""
    return kind, work_id, dict(arguments), *([owner.to_json()] if owner is not None else [])


class TransactionalQueue:
    """`workflow`, `application` and `version` name what takes the work up, as the engine registers itself."""

    def __init__(self, serializer: Serializer, *, workflow: str, application: str, version: str) -> None:
        self._serializer = serializer
        self._workflow = workflow
        self._application = application
        self._version = version
        self._clients: dict[Engine, DBOSClient] = {}
        self._own_file: Engine | None = None

    def open(self, address: str) -> None:
        """Have `put_all` write into the engine's own SQLite file."""
        self._own_file = create_engine(address, hide_parameters=True)
        event.listen(self._own_file, "connect", _prepare)

    def close(self) -> None:
        """Let go of the file."""
        if self._own_file is not None:
            self._own_file.dispose()

    def put_all(self, asked: Collection[NewWork]) -> None:
        """`put` in a transaction of its own, for which it waits: to be called in a thread."""
        assert self._own_file is not None
        with self._own_file.begin() as connection:
            self.put(connection, asked)

    def put(self, session: Session | Connection, asked: Collection[NewWork]) -> None:
        """Have the work done once the transaction is committed; what was enqueued before is left as it is.

        To be called at the end of the transaction, which holds the rows from here on. Raises SQLAlchemy's errors; the
        transaction is lost then.
        """
        bind = session.get_bind() if isinstance(session, Session) else session.engine
        client = self._client_of(bind.engine)
        # In one order everywhere: of two processes that enqueue the same one waits, and never each for the other.
        in_order = [self._described(one) for one in sorted(asked, key=lambda one: (one.kind, one.work_id))]
        if len(in_order) > _FEW:
            dbos_private.enqueue_batch(client, session, in_order)
            return
        for options, arguments in in_order:
            client.enqueue_in_transaction(session, options, *arguments)

    def _described(self, new_work: NewWork) -> tuple[EnqueueOptions, tuple[Any, ...]]:
        options = EnqueueOptions(
            workflow_name=self._workflow,
            queue_name=new_work.kind,
            workflow_id=new_work.work_id,
            queue_partition_key=new_work.partition,
            app_version=self._version,
        )
        return options, arguments_of(new_work.kind, new_work.work_id, new_work.arguments, new_work.owner)

    def _client_of(self, engine: Engine) -> DBOSClient:
        # With the caller's own engine, DBOS compiles its statements once; else it would each time.
        client = self._clients.get(engine)
        if client is None:
            client = self._clients[engine] = DBOSClient(
                system_database_engine=engine,
                serializer=self._serializer,
                application_name=self._application,
                lazy=True,
            )
        return client


def _prepare(connection: Any, _record: object) -> None:
    # As DBOS does: a writer waits for its turn when it begins, and never finds that another was quicker.
    connection.isolation_level = "IMMEDIATE"
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA foreign_keys = ON")
