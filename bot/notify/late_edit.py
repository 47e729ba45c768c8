"""An edit that came too soon after another is made when the pause is over, with what is the latest by then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from slack_sdk.errors import SlackApiError

from bot.slack.client import code_of

log = structlog.get_logger(__name__)

Edit = Callable[[], Awaitable[None]]


class LateEdits:
    """One edit to come for each run at most. Whoever tells something final drops it first, and waits for one that is
    being made: it never comes after."""

    def __init__(self, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._wanted: dict[str, Edit] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def put_off(self, run_id: str, seconds: float, edit: Edit) -> None:
        """Make this edit in so many seconds; one that waits already is replaced, and its time stays."""
        self._wanted[run_id] = edit
        if run_id not in self._tasks:
            self._tasks[run_id] = asyncio.create_task(self._make(run_id, seconds), name=f"late_edit:{run_id}")

    async def drop(self, run_id: str) -> None:
        """Nothing is edited late any more."""
        waits = self._wanted.pop(run_id, None) is not None
        task = self._tasks.pop(run_id, None)
        if task is None:
            return
        if waits:
            task.cancel()
        await asyncio.wait({task})

    async def _make(self, run_id: str, seconds: float) -> None:
        await self._sleep(seconds)
        edit = self._wanted.pop(run_id, None)
        try:
            if edit is not None:
                await edit()
        except SlackApiError as error:
            log.info("late_edit_refused", run=run_id, error=code_of(error))
        except Exception as error:
            log.warning("late_edit_failed", run=run_id, error=type(error).__name__)
        finally:
            if self._tasks.get(run_id) is asyncio.current_task():
                del self._tasks[run_id]
