"""Many pieces of work for the engine in one transaction, by what DBOS keeps for its consumer of Kafka."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from dbos._core import prepare_enqueued_workflow
from dbos._dbos import _get_dbos_instance

from storage.json_codec import Json


@dataclass(frozen=True, slots=True)
class EnqueueRequest:
    """Work to be done, as `Engine.enqueue` takes it."""

    work_id: str
    partition: str
    arguments: Mapping[str, Json]


def enqueue_all(workflow: Callable[..., Any], kind: str, asked: Collection[EnqueueRequest]) -> None:
    """Put work into the queue of its kind, all of it or none; what was enqueued before is left as it is.

    It waits for the database: to be called in a thread.
    """
    dbos = _get_dbos_instance()
    rows = [
        prepare_enqueued_workflow(
            dbos,
            workflow,
            (kind, one.work_id, dict(one.arguments)),
            {},
            queue_name=kind,
            workflow_id=one.work_id,
            queue_partition_key=one.partition,
        )
        # In one order everywhere: of two processes that enqueue the same one waits, and never each for the other.
        for one in sorted(asked, key=lambda one: one.work_id)
    ]
    dbos._sys_db.init_workflows(rows)
