"""What people tried and may not do, in the audit: who, what, and as what Slack describes them."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.clock import Clock
from bot.core.task_group import TaskGroup
from bot.slack.permissions import Member
from bot.slack.roles import Action
from storage import audit
from storage.database import Database

REFUSED = "access.refused"

AGAIN_AFTER = timedelta(minutes=10)
"""The same attempt of the same person is noted once within this time: who presses ten thousand times fills no table."""

_MOST = 10_000


class RefusedAttempts:
    """Notes them beside the answer, which does not wait."""

    def __init__(self, database: Database, background: TaskGroup, clock: Clock) -> None:
        self._database = database
        self._background = background
        self._clock = clock
        self._noted: dict[tuple[str, str, str], datetime] = {}

    def note(self, member: Member, action: Action) -> None:
        """Somebody may not do this."""
        attempt, now = (member.team_id, member.user_id, action.value), self._clock()
        before = self._noted.get(attempt)
        if before is not None and now - before < AGAIN_AFTER:
            return
        if len(self._noted) >= _MOST:
            self._noted.clear()
        self._noted[attempt] = now
        self._background.spawn(self._record(member, action), f"refused:{member.user_id}")

    async def _record(self, member: Member, action: Action) -> None:
        async with self._database.session() as session:
            new = {"action": action.value, "role": member.role.value}
            await audit.write(session, member.team_id, member.user_id, REFUSED, new=new)
