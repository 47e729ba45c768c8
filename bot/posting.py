"""Posts to Slack once. What is about to be posted is noted with the run; whoever finds the note looks before posting.

Slack has no key that makes a post idempotent, so a post whose answer was lost is found again by its metadata. That
needs the scopes `channels:history` and `groups:history`, which a workspace may refuse: then the post is made again,
as a report seen twice is better than one never seen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from storage import runs
from storage.database import Database
from storage.runs import Run

POSTING = "posting"
"""The note: the part of a run's report whose post was begun."""

EVENT = "integration_run"
LOOK_BACK = 200

Metadata = dict[str, Any]
Send = Callable[[Metadata], Awaitable[Mapping[str, Any]]]
"""Posts with this metadata; returns Slack's answer."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a post is. `found` says that it was there already, with the words of an earlier try."""

    channel: str
    ts: str
    found: bool


class Posting:
    """Notes, looks and posts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def once(
        self, client: AsyncWebClient, run: Run, part: str, channel: str, send: Send, thread_ts: str | None = None
    ) -> Posted:
        """The one post of a part of a run's report. Raises `SlackApiError`."""
        metadata = {"event_type": EVENT, "event_payload": {"run_id": run.id, "part": part}}
        noted = dict(run.thread or {})
        if noted.get(POSTING) == part and (found := await self._find(client, run, metadata, channel, thread_ts)):
            return found
        async with self._database.session() as session:
            await runs.update(session, run.id, thread=noted | {POSTING: part})
        answer = await send(metadata)
        return Posted(str(answer["channel"]), str(answer["ts"]), found=False)

    async def _find(
        self, client: AsyncWebClient, run: Run, metadata: Metadata, channel: str, thread_ts: str | None
    ) -> Posted | None:
        """The post with this metadata, of those since the run began; None too where the bot may not look."""
        since = f"{run.created_at.timestamp() - 60:.6f}"
        try:
            if thread_ts:
                answer = await client.conversations_replies(
                    channel=channel, ts=thread_ts, include_all_metadata=True, limit=LOOK_BACK
                )
            else:
                answer = await client.conversations_history(
                    channel=channel, oldest=since, include_all_metadata=True, limit=LOOK_BACK
                )
        except SlackApiError as error:
            log.warning("could_not_look", run=run.id, error=error.response["error"])
            return None
        for message in answer["messages"]:
            if message.get("metadata") == metadata:
                return Posted(channel, str(message["ts"]), found=True)
        return None
