"""The interaction payloads Slack sends, shaped as in slackapi/bolt-python's scenario tests."""

import copy
from typing import Final

from sandbox.slack.jsontype import Json
from sandbox.slack.values import walk
from sandbox.slack.views import View
from sandbox.slack.workspace import Channel, Message, User
from sandbox.slack.world import World

TOKEN: Final = "verification-token"


def slash_command(world: World, user: User, channel: Channel, command: str, text: str) -> Json:
    return _organisation(world, "enterprise_id", "enterprise_name") | {
        "token": TOKEN,
        "team_id": world.workspace.team_id,
        "team_domain": world.workspace.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": world.workspace.app_id,
        "is_enterprise_install": "true" if world.workspace.org_wide else "false",
        "response_url": world.response_urls.issue(world.url, user.id, channel.id),
        "trigger_id": world.triggers.issue(user.id, channel.id),
    }


def interaction(world: World, kind: str, user: User) -> Json:
    """What every interactive payload begins with. An org-wide installation's has no team (bolt-python PR 23)."""
    workspace = world.workspace
    home = user.home_team or workspace.team_id
    person = {"id": user.id, "username": user.name, "name": user.name, "team_id": home}
    return {
        "type": kind,
        "team": None if workspace.org_wide else {"id": workspace.team_id, "domain": workspace.domain},
        "user": person,
        "api_app_id": workspace.app_id,
        "token": TOKEN,
        "enterprise": _organisation(world, "id", "name") or None,
        "is_enterprise_install": workspace.org_wide,
    }


def _organisation(world: World, key_of_id: str, key_of_name: str) -> Json:
    organisation = world.workspace.organisation
    return {key_of_id: organisation.id, key_of_name: organisation.name} if organisation else {}


def on_message(world: World, user: User, channel: Channel, message: Message, values: Json) -> Json:
    """The part of block_actions and block_suggestion that tells which message was acted on.

    An ephemeral message comes without its content, as in Slack.
    """
    ephemeral = message.ephemeral_to is not None
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    surface: Json = {
        "container": container,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": values},
        "response_url": world.response_urls.issue(world.url, user.id, channel.id, message.ts),
    }
    if not ephemeral:
        surface["message"] = world.conversations.payload(channel, message)
    return surface


def on_view(world: World, view: View) -> Json:
    return {"container": {"type": "view", "view_id": view.id}, "view": view.payload(world.workspace)}


def action(world: World, block: Json, element: Json, state: Json) -> Json:
    """One entry of `actions`; `state` is the element's state after the action."""
    entry: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": world.timestamps.next(),
    }
    if element["type"] == "button":
        entry |= {key: copy.deepcopy(element[key]) for key in ("text", "value", "style") if key in element}
        return entry
    carried = ("placeholder", "initial_option", "initial_date", "initial_time")
    entry |= {key: copy.deepcopy(element[key]) for key in carried if key in element}
    return entry | {key: value for key, value in state.items() if key != "type"}


def response_urls(world: World, user: User, view: View) -> list[Json]:
    """One per conversations_select with response_url_enabled that has a choice (Slack docs: modals)."""
    urls = []
    for block, element in walk(view.blocks):
        state = (view.values.get(block["block_id"]) or {}).get(element.get("action_id"), {})
        chosen = state.get("selected_conversation") or state.get("selected_channel")
        if element.get("response_url_enabled") and chosen in world.workspace.channels:
            urls.append(
                {
                    "block_id": block["block_id"],
                    "action_id": element["action_id"],
                    "channel_id": chosen,
                    "response_url": world.response_urls.issue(world.url, user.id, chosen),
                }
            )
    return urls


def channel_name(channel: Channel) -> str:
    return "directmessage" if channel.is_im else channel.name
