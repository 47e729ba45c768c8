"""What is said in channels: posting, editing, deleting, and how Slack writes a message down."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.slack.changes import Changes
from sandbox.slack.clock import Timestamps
from sandbox.slack.identify import with_ids
from sandbox.slack.jsontype import Json
from sandbox.slack.values import fresh_state
from sandbox.slack.workspace import Channel, Message, Workspace


class Conversations:
    """Writes to the workspace's channels and tells those who see them."""

    def __init__(self, workspace: Workspace, timestamps: Timestamps, changes: Changes) -> None:
        self._workspace = workspace
        self._timestamps = timestamps
        self._changes = changes
        self.on_post: Callable[[Channel, Message], None] | None = None

    def post(
        self,
        channel: Channel,
        user: str,
        text: str,
        blocks: Sequence[Json] = (),
        *,
        by_bot: bool = False,
        ephemeral_to: str | None = None,
        **details: Any,
    ) -> Message:
        """A new message; `details` are further fields of Message."""
        named = with_ids(list(blocks))
        message = Message(
            ts=self._timestamps.next(),
            channel=channel.id,
            user=user,
            text=text,
            blocks=named,
            by_bot=by_bot,
            ephemeral_to=ephemeral_to,
            values=fresh_state(named, {}, channel.id),
            **details,
        )
        channel.messages.append(message)
        self._tell(channel, message)
        if ephemeral_to is None and self.on_post is not None:
            self.on_post(channel, message)
        return message

    def post_as_bot(self, channel: Channel, text: str, blocks: Sequence[Json] = (), **details: Any) -> Message:
        return self.post(channel, self._workspace.bot.id, text, blocks, by_bot=True, **details)

    def edit(self, channel: Channel, message: Message, **fields: Any) -> None:
        """Replace the given fields. Slack shows "(edited)" only on messages without blocks."""
        for name, value in fields.items():
            setattr(message, name, value)
        if "blocks" in fields:
            message.blocks = with_ids(message.blocks)
            message.values = fresh_state(message.blocks, message.values, channel.id)
        message.edited_ts = None if message.blocks else self._timestamps.next()
        self._tell(channel, message)

    def delete(self, channel: Channel, message: Message) -> None:
        channel.messages.remove(message)
        self._tell(channel, message)

    def mark_read(self, channel: Channel, user: str) -> None:
        shown = channel.shown_to(user)
        if shown and channel.last_read.get(user) != shown[-1].ts:
            channel.last_read[user] = shown[-1].ts
            self._changes.happened({user})

    def unread(self, channel: Channel, user: str) -> int:
        """Messages since the user last read here; their own and thread replies do not count."""
        since = channel.last_read.get(user, "")
        new = (m for m in channel.shown_to(user) if m.ts > since and m.user != user and not m.is_reply)
        return sum(1 for _ in new)

    def payload(self, channel: Channel, message: Message) -> Json:
        """The message object of Web API answers and interaction payloads."""
        team = self._workspace.team_id
        payload: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
        payload["team"] = team
        if message.by_bot:
            bot = {"id": self._workspace.bot_id, "app_id": self._workspace.app_id, "team_id": team}
            payload["bot_id"] = self._workspace.bot_id
            payload["app_id"] = self._workspace.app_id
            payload["bot_profile"] = {**bot, "name": self._workspace.bot.real_name, "deleted": False}
        if message.blocks:
            payload["blocks"] = copy.deepcopy(message.blocks)
        if message.edited_ts:
            payload["edited"] = {"user": message.user, "ts": message.edited_ts}
        replies = channel.replies(message.ts)
        if replies:
            payload["thread_ts"] = message.ts
            payload["reply_count"] = len(replies)
            payload["latest_reply"] = replies[-1].ts
        optional = ("thread_ts", "metadata", "attachments", "files", "subtype")
        payload.update({name: getattr(message, name) for name in optional if getattr(message, name)})
        return payload

    def _tell(self, channel: Channel, message: Message) -> None:
        everyone = self._workspace.audience(channel)
        self._changes.happened({message.ephemeral_to} if message.ephemeral_to else everyone)
