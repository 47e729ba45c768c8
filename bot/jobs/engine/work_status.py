"""Where the engine is with a piece of work."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Progress(StrEnum):
    """Where the engine is with something that was enqueued."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


BY_DBOS_STATUS = {
    "ENQUEUED": Progress.WAITING,
    "DELAYED": Progress.WAITING,
    "PENDING": Progress.RUNNING,
    "SUCCESS": Progress.DONE,
    "CANCELLED": Progress.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class WorkStatus:
    """Where a piece of work is, and which executor has it."""

    progress: Progress
    executor_id: str | None
