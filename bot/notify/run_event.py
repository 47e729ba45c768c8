"""What happens to a run that people hear of, and who tells of it: each notifier takes the events that concern it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.core.text import Text
from bot.jobs.notifications.notification import ApprovalNeeded, Approved, Finished, Trouble
from bot.notify.run_view import RunView


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run has begun."""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far the run is: `stage` is reading, planning or applying; of `total` people, where that is known. `why` says
    what a run that goes on later waits for."""

    stage: str
    done: int
    total: int | None
    why: Text | None = None


RunEvent = RunStarted | RunProgress | ApprovalNeeded | Approved | Finished | Trouble


class RunNotifier(Protocol):
    """Tells somebody of runs."""

    async def tell(self, view: RunView, event: RunEvent) -> None:
        """Tell of the event, or do nothing where it is no matter of this notifier's. May come twice.

        Raises `SlackApiError` only where the call is worth repeating, or Slack does not take the token.
        """
        ...
