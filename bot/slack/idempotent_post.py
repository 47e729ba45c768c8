"""Posts to Slack once. What is about to be posted is noted; whoever finds the note looks before posting.

Slack has no key that makes a post idempotent, so a post whose answer was lost is found again by its metadata. That
needs the scopes `channels:history` and `groups:history`, which a workspace may refuse: then the post is made again,
as a report seen twice is better than one never seen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.ownership import require_ownership
from bot.locales import Translator
from bot.views.message import Message
from bot.views.report.run_message import by_direct_message

EVENT = "integration_run"
LOOK_BACK = 200

UNREACHABLE = frozenset(
    {
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "no_permission",
        "access_denied",
    }
)
"""Slack's words for a channel that the bot cannot post to."""

PASSING = frozenset(
    {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
"""Slack's words for what passes by itself: the same call is worth repeating. See `passes`."""

Metadata = dict[str, Any]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post of many: a part of a run's report, or a digest. `subject` is the run's or the digest's id.

    `since` is when it can have been posted first; `begun` says that `note` was called for it before.
    """

    subject: str
    part: str
    since: datetime
    begun: bool
    note: Callable[[], Awaitable[None]]

    @property
    def metadata(self) -> Metadata:
        """What tells this post from all others."""
        return {"event_type": EVENT, "event_payload": {"run_id": self.subject, "part": self.part}}


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a post is. `found` says that it was there already, with the words of an earlier try."""

    channel: str
    ts: str
    found: bool


def passes(error: SlackApiError) -> bool:
    """Whether Slack was busy or broken rather than unwilling; it may have done what it was asked all the same."""
    return error.response["error"] in PASSING or error.response.status_code >= 500


async def post_once(
    client: AsyncWebClient, post: Post, channel: str, message: Message, thread_ts: str | None = None
) -> Posted:
    """Make the post, or find it. Raises `SlackApiError`."""
    if post.begun and (
        ts := await _find(client, post, channel, thread_ts, lambda m: m.get("metadata") == post.metadata)
    ):
        return Posted(channel, ts, found=True)
    await post.note()
    answer = await say(client, channel, message, post.metadata, thread_ts)
    return Posted(str(answer["channel"]), str(answer["ts"]), found=False)


async def post_to(
    client: AsyncWebClient, post: Post, channel: str, owner: str, message: Message, integration: str, t: Translator
) -> Posted:
    """The same, by direct message to the owner of the integration where its channel cannot be posted to."""
    try:
        return await post_once(client, post, channel, message)
    except SlackApiError as error:
        code = error.response["error"]
        if code not in UNREACHABLE:
            raise
    log.warning("channel_unreachable", subject=post.subject, error=code)
    return await post_once(client, post, owner, by_direct_message(message, integration, code, t))


async def say(
    client: AsyncWebClient,
    channel: str,
    message: Message,
    metadata: Metadata | None = None,
    thread_ts: str | None = None,
) -> Mapping[str, Any]:
    """Post a message; `channel` may be a person, for a direct message. Raises `SlackApiError`.

    A process that froze on its way here asks first whether the report is still its own: a peer may have posted it.
    """
    await require_ownership()
    answer = await client.chat_postMessage(
        channel=channel, text=message.text, blocks=message.blocks, metadata=metadata, thread_ts=thread_ts
    )
    return {"channel": answer["channel"], "ts": answer["ts"]}


async def is_file_there(client: AsyncWebClient, post: Post, file_id: str, channel: str, thread_ts: str) -> bool:
    """Whether the file has been shown in the thread; False too where the bot may not look."""

    def shows(message: Mapping[str, Any]) -> bool:
        return any(file.get("id") == file_id for file in message.get("files", ()))

    return await _find(client, post, channel, thread_ts, shows) is not None


async def _find(
    client: AsyncWebClient,
    post: Post,
    channel: str,
    thread_ts: str | None,
    is_it: Callable[[Mapping[str, Any]], bool],
) -> str | None:
    """The ts of the message, of those since it can have been made; None too where the bot may not look."""
    since = f"{post.since.timestamp() - 60:.6f}"
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
        log.warning("could_not_look", subject=post.subject, error=error.response["error"])
        return None
    return next((str(message["ts"]) for message in answer["messages"] if is_it(message)), None)
