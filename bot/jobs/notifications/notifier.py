"""How runs tell people about themselves. The runs know no Slack."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from bot.core.text import Text


class NotTold(Exception):
    """People could not be told. `code` is the messenger's own word for why; it names no person and no secret.

    `final` says that no repetition will help: who was to be told is out of reach. `retry_after` is how many seconds
    the messenger asks for, where it does.
    """

    def __init__(self, code: str, *, final: bool = False, retry_after: float = 0.0) -> None:
        super().__init__(code)
        self.code, self.final, self.retry_after = code, final, retry_after


class Notifier(Protocol):
    """Tells a channel about runs. Every call may come twice, and reads what it shows from storage.

    A call that raises is repeated until it succeeds (`finished`, `needs_approval`) or given up (`started`,
    `progress`): a run never fails because nobody could be told. `NotTold` says more than another exception does.
    """

    async def started(self, run_id: str) -> None:
        """The run has begun."""
        ...

    async def progress(self, run_id: str, stage: str, done: int, total: int | None, why: Text | None = None) -> None:
        """How far the run is. `stage` is reading, planning or applying, or "waits" for a system, which `why` names."""
        ...

    async def needs_approval(self, run_id: str) -> None:
        """The guard has stopped the run: somebody must approve or cancel it."""
        ...

    async def approved(self, run_id: str) -> None:
        """Somebody has approved the run: it goes on."""
        ...

    async def finished(self, run_id: str) -> None:
        """The run is done, failed or cancelled. Its plan is erased after this; its problems have been noted."""
        ...

    async def digest(self, digest_id: str, integration_id: str, period: str, since: datetime, until: datetime) -> None:
        """A day or a week is over (`period`): sum up the runs that ended from `since` on and before `until`."""
        ...

    async def expiring(self, warning_id: str, team_id: str, integration_id: str, until: date) -> None:
        """Credentials are good until this day: an integration's, or with "" for its id the workspace's source's."""
        ...

    async def trouble(self, run_id: str, text: Text) -> None:
        """The run found that its integration cannot work until somebody does something, such as reconnect it."""
        ...
