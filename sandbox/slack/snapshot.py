"""The conversation as a document: what has been said, who is where, the Home tabs, shared files.

Open modals, ephemeral messages and everything typed but not sent are left out: Slack forgets those too,
and a secret in a half-filled form has no business in a file.
"""

import base64
from dataclasses import asdict, fields

from sandbox.slack.jsontype import Json
from sandbox.slack.values import fresh_state
from sandbox.slack.views import View
from sandbox.slack.workspace import Channel, Message
from sandbox.slack.world import StoredFile, World

VERSION = 1
_MESSAGE_FIELDS = frozenset(each.name for each in fields(Message))


def to_json(world: World) -> Json:
    return {
        "version": VERSION,
        "channels": [_channel(channel) for channel in world.workspace.channels.values()],
        "homes": {
            user: {"id": view.id, "content": view.content, "hash": view.hash}
            for user, view in world.views.homes.items()
        },
        "files": [_file(file) for file in world.files.values() if file.content is not None],
    }


def from_json(world: World, document: Json) -> None:
    """Put a kept conversation back. Raises ValueError for a document of another version: it would be written over."""
    if document.get("version") != VERSION:
        raise ValueError("kept by another version of the sandbox")
    for kept in document["channels"]:
        channel = world.workspace.channels.get(kept["id"])
        if channel is None:
            channel = Channel(kept["id"], kept["name"], is_private=kept["is_private"])
            world.workspace.channels[channel.id] = channel
        channel.members = set(kept["members"])
        channel.is_archived = kept["is_archived"]
        channel.last_read = dict(kept["last_read"])
        channel.messages = [
            Message(**{key: value for key, value in message.items() if key in _MESSAGE_FIELDS})
            for message in kept["messages"]
        ]
        for message in channel.messages:
            world.timestamps.seen(message.edited_ts or message.ts)
    for user, home in document["homes"].items():
        view = View(home["id"], user, home["content"], home["hash"], root_id=home["id"])
        view.values = fresh_state(view.blocks, {})
        world.views.homes[user] = view
    for kept in document["files"]:
        content = base64.b64decode(kept.pop("content"))
        world.files[kept["id"]] = StoredFile(**kept, content=content)


def _channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "members": sorted(channel.members),
        "last_read": channel.last_read,
        "messages": [asdict(message) for message in channel.lasting()],
    }


def _file(file: StoredFile) -> Json:
    return {**asdict(file), "content": base64.b64encode(file.content or b"").decode()}
