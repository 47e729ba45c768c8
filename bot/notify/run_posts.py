"""Where the posts of one run are written down: its message, what is in the thread, what was begun."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.slack.idempotent_post import Posted
from storage import runs
from storage.database import Database
from storage.delivery import PostedState
from storage.runs import Run


class RunPosts:
    """A `bot.slack.idempotent_post.PostRecord`. Read once with its run; each change is stored as it happens."""

    def __init__(self, database: Database, run: Run) -> None:
        self._database = database
        self._run = run
        self.state = run.thread
        self.channel_id = run.channel_id
        self.message_ts = run.message_ts

    @property
    def subject(self) -> str:
        """The run's id."""
        return self._run.id

    @property
    def since(self) -> datetime:
        """When the run was made."""
        return self._run.created_at

    @property
    def untouched(self) -> bool:
        """Whether nothing of the run was ever posted, or begun to be."""
        return not self.message_ts and self.state == PostedState(turn=self.state.turn)

    def is_begun(self, key: str) -> bool:
        """Whether this part was the last that was begun."""
        return self.state.posting == key

    async def begin(self, key: str) -> None:
        """Note that a part is about to be posted."""
        await self.note(lambda state: state.begun(key))

    async def note(self, change: Callable[[PostedState], PostedState]) -> None:
        """Change what is known of the posts."""
        self.state = change(self.state)
        async with self._database.session() as session:
            await runs.update(session, self._run.id, thread=self.state)

    async def stands_at(self, posted: Posted) -> None:
        """The run has a new message, whose thread is empty."""
        self.state = self.state.renewed(posted.refused)
        self.channel_id, self.message_ts = channel, ts = posted.channel, posted.ts
        async with self._database.session() as session:
            await runs.update(session, self._run.id, channel_id=channel, message_ts=ts, thread=self.state)
