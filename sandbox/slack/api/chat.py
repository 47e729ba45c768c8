"""chat.*: posting, editing and deleting messages."""

from typing import Any

from sandbox.slack.api.call import Call, method
from sandbox.slack.blockkit import validate_message
from sandbox.slack.errors import SlackError, invalid_blocks
from sandbox.slack.jsontype import Json
from sandbox.slack.workspace import Channel, Message

TEXT_MAX = 40_000
"""Slack cuts longer texts; the sandbox refuses them, so that no report is ever cut unseen."""


@method("chat.postMessage", "chat:write")
async def post_message(call: Call) -> Json:
    """To a channel, or with a user's id to that user's direct messages with the app."""
    channel = _destination(call)
    _may_post(call, channel)
    text, blocks, attachments = _content(call)
    thread_ts = call.text("thread_ts") or None
    if thread_ts and channel.find(thread_ts) is None:
        raise SlackError("thread_not_found")
    details: dict[str, Any] = {"metadata": call.arguments.get("metadata")}
    message = call.world.conversations.post_as_bot(
        channel, text, blocks, thread_ts=thread_ts, attachments=attachments, **details
    )
    payload = call.world.conversations.payload(channel, message)
    return {"channel": channel.id, "ts": message.ts, "message": payload}


@method("chat.update", "chat:write")
async def update(call: Call) -> Json:
    """Of the bot's own messages; direct messages by their D... id only."""
    channel = call.channel()
    message = _own_message(call, channel, "cant_update_message")
    if channel.is_archived:
        raise SlackError("is_inactive")
    text, blocks, attachments = _content(call)
    fields: Json = {"text": text, "attachments": attachments}
    # Blocks stay only where neither blocks nor a text is given (Slack docs: chat.update, blocks).
    if "blocks" in call.arguments or text:
        fields["blocks"] = blocks
    if "metadata" in call.arguments:
        fields["metadata"] = call.arguments["metadata"]
    call.world.conversations.edit(channel, message, **fields)
    payload = call.world.conversations.payload(channel, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": payload}


@method("chat.delete", "chat:write")
async def delete(call: Call) -> Json:
    channel = _destination(call)
    message = _own_message(call, channel, "cant_delete_message")
    call.world.conversations.delete(channel, message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.postEphemeral", "chat:write")
async def post_ephemeral(call: Call) -> Json:
    """Seen by one member only. The bot must be a member too: the stricter reading of Slack's docs."""
    channel = call.channel()
    user = call.user()
    if channel.is_archived:
        raise SlackError("is_archived")
    if call.world.workspace.bot.id not in channel.members:
        raise SlackError("not_in_channel")
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    text, blocks, attachments = _content(call)
    message = call.world.conversations.post_as_bot(
        channel,
        text,
        blocks,
        ephemeral_to=user.id,
        thread_ts=call.text("thread_ts") or None,
        attachments=attachments,
    )
    return {"message_ts": message.ts}


@method("chat.getPermalink")
async def get_permalink(call: Call) -> Json:
    channel = call.channel()
    message = channel.find(call.required("message_ts"))
    if message is None:
        raise SlackError("message_not_found")
    link = f"{call.world.url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


def _destination(call: Call) -> Channel:
    workspace = call.world.workspace
    wanted = call.required("channel")
    user = workspace.user(wanted)
    # A deactivated account takes messages like any other, and nobody reads them (python-slack-sdk issue 1156).
    if user is not None and not user.is_bot:
        return workspace.im_of(user.id)
    return call.channel()


def _may_post(call: Call, channel: Channel) -> None:
    if channel.is_archived:
        raise SlackError("is_archived")
    member = call.world.workspace.bot.id in channel.members
    if not member and "chat:write.public" not in call.world.manifest.scopes:
        raise SlackError("not_in_channel")


def _content(call: Call) -> tuple[str, list[Json], list[Json]]:
    """Text, blocks and attachments, checked.

    Raises SlackError no_text, msg_too_long, invalid_blocks, metadata errors.
    """
    text, blocks, attachments = call.text("text"), call.documents("blocks"), call.documents("attachments")
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    if len(text) > TEXT_MAX:
        raise SlackError("msg_too_long")
    problems = validate_message({"text": text, "blocks": blocks, "attachments": attachments})
    if problems:
        raise invalid_blocks(problems)
    metadata = call.arguments.get("metadata")
    if metadata is not None and not (
        isinstance(metadata, dict)
        and isinstance(metadata.get("event_type"), str)
        and isinstance(metadata.get("event_payload"), dict)
    ):
        raise SlackError("invalid_metadata_format")
    return text, blocks, attachments


def _own_message(call: Call, channel: Channel, otherwise: str) -> Message:
    message = channel.find(call.required("ts"))
    if message is None:
        raise SlackError("message_not_found")
    if not message.by_bot:
        raise SlackError(otherwise)
    return message
