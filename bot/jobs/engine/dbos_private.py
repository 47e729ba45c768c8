"""What is used of DBOS that it does not promise to keep. All of it is here, and each has a contract test.

Not marked as private, and relied upon all the same: a workflow's task that is cancelled leaves its work as it is, with
its owner (`bot.jobs.engine.engine.OwnershipLost`); the kill tests hold it to that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from dbos import DBOS, DBOSClient, EnqueueOptions, error
from sqlalchemy import Connection
from sqlalchemy.orm import Session

PATCH_MARK = "DBOS.patch-"
"""How the step is named with which DBOS remembers that work goes a new way."""


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
