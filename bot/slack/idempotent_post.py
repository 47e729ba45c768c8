"""Posts to Slack once. What is about to be posted is noted; whoever finds the note looks before posting.

Slack has no key that makes a post idempotent, so a post whose answer was lost is found again by its metadata. That
needs the scopes `channels:history` and `groups:history`, for direct messages `im:history`, which a workspace may
refuse: then the post is made again, as a report seen twice is better than one never seen.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.ownership import require_ownership
from bot.locales import Translator
from bot.slack.client import code_of
from bot.slack.refusals import RefusalKind, is_final, kind_of, passes
from bot.views.message import Message
from bot.views.plainer import forms_of
from bot.views.report.run_message import by_direct_message

EVENT = "integration_run"

LOOK_BACK = 200
"""Messages asked for at a time; where Slack gives fewer, there are more pages."""

LEEWAY_SECONDS = 60
"""How far this machine's clock may be ahead of Slack's."""

Metadata = dict[str, Any]
Shows = Callable[[Mapping[str, Any]], bool]

log = structlog.get_logger(__name__)


class PostRecord(Protocol):
    """Where the posts of one subject (a run, a summary, a warning) are written down."""

    @property
    def subject(self) -> str:
        """The id of what is told of."""
        ...

    @property
    def since(self) -> datetime:
        """When the first of the posts can have been made, aware."""
        ...

    def is_begun(self, key: str) -> bool:
        """Whether the post of this key was the last that was begun."""
        ...

    async def begin(self, key: str) -> None:
        """Write down that the post of this key is about to be made."""
        ...


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a post is. `found` says that it was there already, with the words of an earlier try; `refused` is Slack's
    word for why it is not where it should be."""

    channel: str
    ts: str
    found: bool
    refused: str | None = None


class PostOnce:
    """One post of a record, known by its key: made once, wherever it is made."""

    def __init__(self, record: PostRecord, key: str) -> None:
        self._record = record
        self.key = key
        # Asked before this try writes itself down.
        self._begun = record.is_begun(key)

    @property
    def subject(self) -> str:
        """What it tells of."""
        return self._record.subject

    @property
    def metadata(self) -> Metadata:
        """What tells this post from all others."""
        return metadata_of(self.subject, self.key)

    async def make(
        self,
        client: AsyncWebClient,
        channel: str,
        message: Message,
        thread_ts: str | None = None,
        *,
        whole: bool = False,
    ) -> Posted:
        """Make the post, or find it; without its newer blocks, or without any, where Slack does not take those.

        `channel` may be a person, for a direct message; `whole` is for what says nothing without its blocks. Raises
        `SlackApiError`.
        """
        if self._begun and (there := await self._find(client, channel, thread_ts)):
            return Posted(*there, found=True)
        await self._record.begin(self.key)
        forms = [message] if whole else list(forms_of(message))
        for form in forms:
            try:
                answer = await say(client, channel, form, self.metadata, thread_ts)
            except SlackApiError as error:
                if kind_of(error) is not RefusalKind.CONTENT or form is forms[-1]:
                    raise
                log.warning("blocks_refused", subject=self.subject, part=self.key, error=code_of(error))
            else:
                return Posted(str(answer["channel"]), str(answer["ts"]), found=False)
        raise AssertionError("a message has a form")

    async def make_or_tell(
        self,
        client: AsyncWebClient,
        channel: str,
        person: Callable[[], Awaitable[str]],
        message: Message,
        integration: str,
        t: Translator,
    ) -> Posted:
        """The same, by direct message to a person where the integration's channel cannot be posted to."""
        try:
            return await self.make(client, channel, message)
        except SlackApiError as error:
            if not is_final(error):
                raise
            code = code_of(error)
        log.warning("channel_unreachable", subject=self.subject, part=self.key, error=code)
        posted = await self.make(client, await person(), by_direct_message(message, integration, code, t))
        return replace(posted, refused=code)

    async def shows_file(self, client: AsyncWebClient, file_id: str, channel: str, thread_ts: str | None) -> bool:
        """Whether the file has been shown there; False too where the bot may not look."""

        def shows(message: Mapping[str, Any]) -> bool:
            return any(file.get("id") == file_id for file in message.get("files", ()))

        found = await _find(client, self._record, channel, thread_ts, shows)
        return found is not None

    async def _find(self, client: AsyncWebClient, channel: str, thread_ts: str | None) -> tuple[str, str] | None:
        return await _find(client, self._record, channel, thread_ts, lambda m: m.get("metadata") == self.metadata)


def metadata_of(subject: str, key: str) -> Metadata:
    """What Slack keeps with the post, and gives back to whoever looks for it."""
    return {"event_type": EVENT, "event_payload": {"run_id": subject, "part": key}}


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


async def _find(
    client: AsyncWebClient, record: PostRecord, channel: str, thread_ts: str | None, shows: Shows
) -> tuple[str, str] | None:
    """Channel and ts of the message, of those since it can have been made; None too where the bot may not look, or
    not as far as that: an app that is sold outside the Marketplace is given fifteen messages a minute (docs.slack.dev,
    "Rate limits"), and would begin at the first page for ever.

    Raises `SlackApiError` where Slack has no answer now: to post without having looked could make it twice.
    """
    seen = 0
    try:
        if channel[:1] in "UW":
            # What is said to a person stands in a conversation of its own, which has another id.
            channel = str((await client.conversations_open(users=channel))["channel"]["id"])
        async for message in _since(client, record.since, channel, thread_ts):
            if shows(message):
                return channel, str(message["ts"])
            seen += 1
    except SlackApiError as error:
        few = 0 < seen < LOOK_BACK and code_of(error) == "ratelimited"
        if (passes(error) and not few) or kind_of(error) is RefusalKind.TOKEN:
            raise
        log.warning("could_not_look", subject=record.subject, error=code_of(error))
    return None


async def _since(
    client: AsyncWebClient, since: datetime, channel: str, thread_ts: str | None
) -> AsyncIterator[Mapping[str, Any]]:
    """All messages of a channel or a thread since then, page by page."""
    oldest, cursor = f"{since.timestamp() - LEEWAY_SECONDS:.6f}", None
    while True:
        asked: dict[str, Any] = {"channel": channel, "oldest": oldest, "include_all_metadata": True}
        asked |= {"limit": LOOK_BACK, "cursor": cursor}
        if thread_ts:
            answer = await client.conversations_replies(ts=thread_ts, **asked)
        else:
            answer = await client.conversations_history(**asked)
        for message in answer["messages"]:
            yield message
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
