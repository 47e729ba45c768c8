"""What is used of DBOS that it does not promise to keep. All of it is here, and each has a contract test.

Not marked as private, and relied upon all the same: a workflow's task that is cancelled leaves its work as it is, with
its owner (`bot.jobs.engine.engine.engine.OwnershipLost`); the kill tests hold it to that.
"""

from __future__ import annotations

from collections.abc import Collection

from dbos import DBOS, error

PATCH_MARK = "DBOS.patch-"
"""How the step is named with which DBOS remembers that work goes a new way."""


def recover(executor_ids: Collection[str]) -> None:
    """Put the unfinished work of dead executors back into its queue. It waits for the database.

    The only way without DBOS's commercial conductor.
    """
    DBOS._recover_pending_workflows(list(executor_ids))


def is_of_a_newer_version(unexpected: error.DBOSUnexpectedStepError) -> bool:
    """Whether the step that was found on record is one by which a newer version remembers its way."""
    return str(unexpected.inputs[-1]).startswith(PATCH_MARK)
