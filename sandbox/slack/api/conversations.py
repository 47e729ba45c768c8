"""conversations.*: channels as the bot sees them."""

from typing import Final

from sandbox.slack.api.call import Call, method
from sandbox.slack.commands import join as join_channel
from sandbox.slack.errors import SlackError, invalid_arguments
from sandbox.slack.jsontype import Json
from sandbox.slack.workspace import Channel, Message

FEW_MESSAGES = 15
"""At a time, and once a minute, for an app that is sold outside the Marketplace (docs.slack.dev, rate limits, since
2025-05-29)."""

_KINDS: Final = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


@method("conversations.list", "channels:read", "groups:read", "im:read", "mpim:read")
async def list_conversations(call: Call) -> Json:
    """Private channels and direct messages only where the bot is a member."""
    call.require_team()
    kinds = (call.text("types") or "public_channel").replace(" ", "").split(",")
    for kind in kinds:
        if kind not in _KINDS:
            raise SlackError("invalid_types")
        call.require_scope(f"{_KINDS[kind]}:read")
    bot = call.world.workspace.bot.id
    listed = [
        channel_payload(call, channel)
        for channel in call.world.workspace.channels.values()
        if _kind(channel) in kinds
        and (bot in channel.members or not channel.is_private)
        and not (call.flag("exclude_archived") and channel.is_archived)
    ]
    page, metadata = call.page(listed)
    return {"channels": page, "response_metadata": metadata}


@method("conversations.info")
async def info(call: Call) -> Json:
    channel = _readable(call, "read")
    payload = channel_payload(call, channel)
    if call.flag("include_num_members"):
        payload["num_members"] = len(channel.members)
    return {"channel": payload}


@method("conversations.members")
async def members(call: Call) -> Json:
    channel = _readable(call, "read")
    page, metadata = call.page([{"id": member} for member in sorted(channel.members)])
    return {"members": [member["id"] for member in page], "response_metadata": metadata}


@method("conversations.open", "im:write", "mpim:write", "channels:manage", "groups:write")
async def open_conversation(call: Call) -> Json:
    """The direct messages with one person; several people at once are not modelled."""
    users = [user for user in call.text("users").split(",") if user]
    if len(users) != 1:
        raise invalid_arguments("the sandbox opens direct messages with exactly one user")
    user = call.world.workspace.user(users[0])
    if user is None or user.is_bot:
        raise SlackError("user_not_found")
    if user.is_deactivated:
        raise SlackError("user_disabled")
    channel = call.world.workspace.im_of(user.id)
    if call.flag("return_im"):
        return {"channel": channel_payload(call, channel), "already_open": True}
    return {"channel": {"id": channel.id}}


@method("conversations.join", "channels:join")
async def join(call: Call) -> Json:
    channel = call.channel()
    bot = call.world.workspace.bot
    if channel.is_private or channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    if bot.id in channel.members:
        return {"channel": channel_payload(call, channel), "warning": "already_in_channel"}
    join_channel(call.world, channel, bot, by=bot)
    return {"channel": channel_payload(call, channel)}


@method("conversations.history")
async def history(call: Call) -> Json:
    """Newest first, without thread replies."""
    _spend(call, "conversations.history")
    channel = _readable(call, "history")
    _be_member(call, channel)
    found = [m for m in reversed(_within(call, channel.lasting())) if not m.is_reply]
    return _messages_page(call, channel, found)


@method("conversations.replies")
async def replies(call: Call) -> Json:
    """A thread, its first message included, oldest first."""
    _spend(call, "conversations.replies")
    channel = _readable(call, "history")
    _be_member(call, channel)
    parent = channel.find(call.required("ts"))
    if parent is None or parent.ephemeral_to is not None:
        raise SlackError("thread_not_found")
    return _messages_page(call, channel, [parent, *_within(call, channel.replies(parent.ts))])


def _spend(call: Call, name: str) -> None:
    if call.world.sold_elsewhere:
        call.world.quotas.spend(name, 1)
        call.arguments["limit"] = min(int(call.arguments.get("limit") or FEW_MESSAGES), FEW_MESSAGES)


def channel_payload(call: Call, channel: Channel) -> Json:
    workspace = call.world.workspace
    payload: Json = {
        "id": channel.id,
        "created": 1_767_225_600,
        "is_archived": channel.is_archived,
        "is_im": channel.is_im,
        "is_private": channel.is_private or channel.is_im,
        "context_team_id": channel.context_team_id or workspace.team_id,
    }
    if channel.is_im:
        return payload | {"user": channel.im_with, "is_open": True}
    return payload | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_mpim": False,
        "is_general": channel.name == "general",
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_member": workspace.bot.id in channel.members,
        "creator": channel.creator,
        "topic": {"value": channel.topic, "creator": channel.creator, "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members),
    }


def _kind(channel: Channel) -> str:
    if channel.is_im:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


def _readable(call: Call, right: str) -> Channel:
    """The channel, with the scope that its kind needs: channels:read, groups:history, im:read..."""
    channel = call.channel()
    call.require_scope(f"{_KINDS[_kind(channel)]}:{right}")
    return channel


def _be_member(call: Call, channel: Channel) -> None:
    if call.world.workspace.bot.id not in channel.members:
        raise SlackError("not_in_channel")


def _within(call: Call, messages: list[Message]) -> list[Message]:
    """Those between `oldest` and `latest`; the ends themselves only with `inclusive`."""
    oldest, latest = call.text("oldest"), call.text("latest")
    inclusive = call.flag("inclusive")

    def inside(message: Message) -> bool:
        ts = float(message.ts)
        if oldest and not (ts > float(oldest) or (inclusive and ts == float(oldest))):
            return False
        return not latest or ts < float(latest) or (inclusive and ts == float(latest))

    return [message for message in messages if inside(message)]


def _messages_page(call: Call, channel: Channel, found: list[Message]) -> Json:
    payloads = [call.world.conversations.payload(channel, message) for message in found]
    if not call.flag("include_all_metadata"):
        for payload in payloads:
            payload.pop("metadata", None)
    page, metadata = call.page(payloads)
    answer: Json = {"messages": page, "has_more": bool(metadata["next_cursor"])}
    return answer | ({"response_metadata": metadata} if metadata["next_cursor"] else {})
