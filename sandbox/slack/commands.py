"""What a person types into a composer: messages, the app's slash commands, and a few of Slack's own."""

from sandbox.slack import payloads
from sandbox.slack.blockkit import validate_message
from sandbox.slack.jsontype import Json
from sandbox.slack.response_urls import answer
from sandbox.slack.workspace import Channel, Role, User
from sandbox.slack.world import World


def refusal(error: str, message: str) -> Json:
    return {"ok": False, "error": error, "message": message}


class Composer:
    """Sends what was typed on its way."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def send(self, user: User, channel: Channel, text: str, thread_ts: str | None = None) -> Json:
        """`{"ok": true}`, or the refusal with what Slackbot says about it."""
        text = text.strip()
        refused = self._may_not_write(user, channel)
        if refused:
            return refused
        if not text:
            return refusal("no_text", "Type a message first.")
        if not text.startswith("/"):
            self._world.conversations.post(channel, user.id, text, thread_ts=thread_ts)
            self._world.conversations.mark_read(channel, user.id)
            return {"ok": True}
        command, _, rest = text.partition(" ")
        if thread_ts:
            return refusal("not_supported_in_threads", f"{command} is not supported in threads. Sorry!")
        built_in = {"/invite": self._invite, "/remove": self._remove, "/archive": self._archive}.get(command)
        if built_in is not None:
            return built_in(user, channel, rest.strip())
        return await self._slash_command(user, channel, command, rest.strip())

    def _may_not_write(self, user: User, channel: Channel) -> Json | None:
        manifest = self._world.manifest
        if channel.is_archived:
            return refusal("is_archived", "This channel is archived. You can read it, but not write in it.")
        if channel.is_im and (manifest.messages_read_only or not manifest.messages_tab):
            return refusal("restricted_action", "Sending messages to this app has been turned off.")
        if user.id not in channel.members:
            return refusal("not_in_channel", f"You are not a member of #{channel.name}.")
        return None

    async def _slash_command(self, user: User, channel: Channel, command: str, text: str) -> Json:
        world = self._world
        if command not in world.manifest.commands:
            return refusal(
                "dispatch_unknown_command",
                f"{command} is not a valid command. In Slack, all messages that start with the "
                '"/" character are interpreted as commands.',
            )
        payload = payloads.slash_command(world, user, channel, command, text)
        delivery = await world.way.deliver("slash_commands", payload, accepts_response=True)
        if delivery.outcome == "timeout":
            return refusal("operation_timeout", f'{command} failed with the error "operation_timeout"')
        if not delivery.acked:
            return refusal("dispatch_failed", f'{command} failed with the error "dispatch_failed"')
        reply = delivery.ack or {}
        if reply.get("text") or reply.get("blocks"):
            delivery.problems = validate_message(reply)
            if delivery.problems:
                return refusal("dispatch_failed", f'{command} failed with the error "dispatch_failed"')
            if reply.get("response_type") == "in_channel":
                world.conversations.post(channel, user.id, f"{command} {text}".strip())
            answer(world.conversations, channel, user.id, reply)
        return {"ok": True}

    def _invite(self, user: User, channel: Channel, who: str) -> Json:
        invited = self._world.workspace.find_user(who)
        if channel.is_im or invited is None:
            return refusal("user_not_found", f"Nobody here is called {who or '(nobody named)'}.")
        if invited.id in channel.members:
            return refusal("already_in_channel", f"{invited.real_name} is already in this channel.")
        join(self._world, channel, invited, by=user)
        return {"ok": True}

    def _remove(self, user: User, channel: Channel, who: str) -> Json:
        removed = self._world.workspace.find_user(who)
        if channel.is_im or removed is None or removed.id not in channel.members:
            return refusal("user_not_found", f"{who or '(nobody named)'} is not in this channel.")
        leave(self._world, channel, removed, by=user)
        return {"ok": True}

    def _archive(self, user: User, channel: Channel, _: str) -> Json:
        if channel.is_im or user.role not in (Role.OWNER, Role.ADMIN):
            return refusal("restricted_action", "Only admins can archive this channel.")
        archive(self._world, channel, by=user)
        return {"ok": True}


def join(world: World, channel: Channel, user: User, by: User) -> None:
    """Somebody (or the bot) is added to a channel."""
    channel.members.add(user.id)
    subtype = "group_join" if channel.is_private else "channel_join"
    text = f"<@{user.id}> was added to the channel by <@{by.id}>."
    world.conversations.post(channel, user.id, text, subtype=subtype)
    event: Json = {
        "type": "member_joined_channel",
        "user": user.id,
        "channel": channel.id,
        "channel_type": "G" if channel.is_private else "C",
        "team": world.workspace.team_id,
        "inviter": by.id,
        "event_ts": world.timestamps.next(),
    }
    world.events.emit("member_joined_channel", event)
    world.changes.happened()


def leave(world: World, channel: Channel, user: User, by: User) -> None:
    """Somebody is removed; the app hears channel_left or group_left when it was the bot."""
    channel.members.discard(user.id)
    world.changes.happened()
    if user.id == world.workspace.bot.id:
        kind = "group_left" if channel.is_private else "channel_left"
        event = {"type": kind, "channel": channel.id, "actor_id": by.id, "event_ts": world.timestamps.next()}
        world.events.emit(kind, event)


def archive(world: World, channel: Channel, by: User) -> None:
    channel.is_archived = True
    world.changes.happened()
    if channel.is_private and world.workspace.bot.id not in channel.members:
        return
    kind = "group_archive" if channel.is_private else "channel_archive"
    event = {"type": kind, "channel": channel.id, "user": by.id, "event_ts": world.timestamps.next()}
    world.events.emit(kind, event)
