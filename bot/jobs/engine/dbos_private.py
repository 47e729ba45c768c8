"""What is used of DBOS that it does not promise to keep. All of it is here, and each has a contract test.

Not marked as private, and relied upon all the same: a workflow's task that is cancelled leaves its work as it is, with
its owner (`bot.jobs.engine.engine.OwnershipLost`); the kill tests hold it to that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, EnqueueOptions, error
from dbos._dbos import _get_dbos_instance
from dbos._serialization import DBOSDefaultSerializer, DBOSPortableJSON
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from bot.jobs.engine.seal_places import StepPlace, current_step
from storage.errors import Unreadable, WrongOwner

PATCH_MARK = "DBOS.patch-"
"""How the step is named with which DBOS remembers that work goes a new way."""


_read_portable = DBOSPortableJSON.deserialize


def take_sealed_alone() -> None:
    """Have DBOS read nothing that is not sealed, but when a sleep is over.

    A column of each row says how its value is to be read, also as plain JSON, or as a pickle, which can do anything:
    whoever writes the database could have what they like taken for a step's result, or run.
    """
    setattr(DBOSDefaultSerializer, "deserialize", _refuse)  # noqa: B010 - of these objects, whose class has it
    setattr(DBOSPortableJSON, "deserialize", _read_time)  # noqa: B010


def _refuse(serialized_data: str) -> Any:  # noqa: ARG001 - it is not read
    raise WrongOwner("A value of the engine is not sealed.")


def _read_time(text: str) -> Any:
    value = _read_portable(text)
    if current_step() is not None or type(value) not in (float, int):
        raise WrongOwner("A value of the engine is not sealed.")
    return value


def recover(executor_ids: Collection[str]) -> None:
    """Put the unfinished work of dead executors back into its queue. It waits for the database.

    The only way without DBOS's commercial conductor.
    """
    DBOS._recover_pending_workflows(list(executor_ids))


def enqueue_batch(
    client: DBOSClient, session: Session | Connection, asked: Sequence[tuple[EnqueueOptions, tuple[Any, ...]]]
) -> None:
    """What `DBOSClient.enqueue_in_transaction` does for each, by two statements for all of them together.

    One by one they take some eight turns of the event loop each, and a rush of schedules four times as long on a busy
    process. What was enqueued before is left as it is.
    """
    system = client._sys_db
    system._apply_caller_schema(session)
    statuses = [client._build_enqueue_status(options, *arguments)[1] for options, arguments in asked]
    rows = [{column: status[name] for column, name in _COLUMNS.items()} for status in statuses]  # type: ignore[literal-required]
    inputs = [{"workflow_uuid": status["workflow_uuid"], "inputs": status["inputs"]} for status in statuses]
    for table, values in ((system.tables.workflow_status, rows), (system.tables.workflow_input, inputs)):
        session.execute(system.dialect.insert(table).on_conflict_do_nothing(index_elements=["workflow_uuid"]), values)


_COLUMNS = {
    "workflow_uuid": "workflow_uuid",
    "status": "status",
    "name": "name",
    "queue_name": "queue_name",
    "queue_partition_key": "queue_partition_key",
    "application_version": "app_version",
    "application_name": "application_name",
    "priority": "priority",
    "serialization": "serialization",
    "is_debounced": "is_debounced",
}
"""Columns of the queue's table, and what they are called in what DBOS makes of the options; all others are empty."""


def is_of_a_newer_version(unexpected: error.DBOSUnexpectedStepError) -> bool:
    """Whether the step that was found on record is one by which a newer version remembers its way."""
    return str(unexpected.inputs[-1]).startswith(PATCH_MARK)


class Renewed(Protocol):
    """Gives a sealed value for its place. Raises `Unreadable`."""

    def __call__(self, sealed: str, step: StepPlace | None = None) -> str: ...


PAGE = 500

SEALED = "gAAAA"
"""How every sealed value begins; when a sleep is over is in clear."""


def renew_seals(renewed: Renewed) -> tuple[int, int]:
    """Exchange every sealed value in the engine's tables for what `renewed` makes of it, if that is another one.

    Gives how many were exchanged, and how many nobody can read. What is written meanwhile is left as it is.
    """
    system = _get_dbos_instance()._sys_db
    tables = system.tables
    changed = unreadable = 0
    for table, columns in (
        (tables.workflow_input, ("inputs",)),
        (tables.workflow_status, ("inputs",)),
        (tables.operation_outputs, ("output", "error")),
        (tables.workflow_status, ("output", "error")),
        (tables.workflow_output, ("output", "error")),
    ):
        counted: Counter[tuple[str, str]] = Counter()
        for page in _pages(system.engine, table, columns):
            for row in page:
                step = None
                if table is tables.operation_outputs:
                    counted[row.workflow_uuid, row.function_name] += 1
                    number = counted[row.workflow_uuid, row.function_name]
                    step = StepPlace(row.workflow_uuid, row.function_name, number)
                for column in columns:
                    if (sealed := row._mapping[column]) is None or not sealed.startswith(SEALED):
                        continue
                    try:
                        new = renewed(sealed, step)
                    except Unreadable:
                        unreadable += 1
                        continue
                    if new != sealed:
                        changed += _exchange(system.engine, table, row, column, new)
    return changed, unreadable


def _pages(engine: sa.Engine, table: sa.Table, columns: Sequence[str]) -> Iterator[Sequence[Any]]:
    key = [table.c.workflow_uuid, *([table.c.function_id] if "function_id" in table.c else [])]
    named = [table.c.function_name] if "function_name" in table.c else []
    statement = sa.select(*key, *named, *(table.c[column] for column in columns)).order_by(*key).limit(PAGE)
    after: tuple[Any, ...] | None = None
    while True:
        with engine.begin() as connection:
            paged = statement if after is None else statement.where(sa.tuple_(*key) > sa.tuple_(*after))
            rows = connection.execute(paged).all()
        yield rows
        if len(rows) < PAGE:
            return
        after = tuple(rows[-1][: len(key)])


def _exchange(engine: sa.Engine, table: sa.Table, row: Any, column: str, new: str) -> int:
    where = [table.c.workflow_uuid == row.workflow_uuid, table.c[column] == row._mapping[column]]
    if "function_id" in table.c:
        where.append(table.c.function_id == row.function_id)
    with engine.begin() as connection:
        return int(connection.execute(sa.update(table).where(*where).values({column: new})).rowcount)
