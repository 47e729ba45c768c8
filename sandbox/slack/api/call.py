"""One Web API call: its arguments however they were sent, and the errors they can earn."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from sandbox.slack.errors import SlackError, invalid_arguments
from sandbox.slack.jsontype import Json
from sandbox.slack.workspace import Channel, User
from sandbox.slack.world import World

_JSON_ARGUMENTS: Final = ("view", "blocks", "attachments", "metadata", "files", "message", "outputs")
_TRUE: Final = ("true", "1", "True")


async def read_arguments(request: web.Request) -> Json:
    """Query string, form, multipart or JSON body as one mapping; JSON-encoded arguments are decoded."""
    arguments: Json = dict(request.query)
    if request.method == "POST":
        if request.content_type == "application/json":
            body = await request.json()
            arguments.update(body if isinstance(body, dict) else {})
        else:
            form = await request.post()
            arguments.update({key: value for key, value in form.items() if isinstance(value, str)})
    for key in _JSON_ARGUMENTS:
        if isinstance(arguments.get(key), str):
            arguments[key] = _decoded(key, arguments[key])
    return arguments


def _decoded(key: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        if key == "blocks":
            raise SlackError("invalid_blocks_format") from None
        if key == "message":
            return text
        raise invalid_arguments(f"must be valid JSON [json-pointer:/{key}]") from None


@dataclass(frozen=True)
class Call:
    """What a method implementation is given."""

    world: World
    arguments: Json

    def text(self, name: str) -> str:
        """An optional string argument, "" when missing."""
        value = self.arguments.get(name)
        return "" if value is None else str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def flag(self, name: str) -> bool:
        value = self.arguments.get(name)
        return value is True or value in _TRUE

    def number(self, name: str, default: int) -> int:
        value = self.arguments.get(name)
        try:
            return default if value in (None, "") else int(str(value))
        except ValueError:
            raise invalid_arguments(f"must be an integer [json-pointer:/{name}]") from None

    def documents(self, name: str) -> list[Json]:
        """An optional list of objects, such as blocks."""
        value = self.arguments.get(name)
        if value is None or value == "":
            return []
        if not isinstance(value, list):
            raise invalid_arguments(f"must be an array [json-pointer:/{name}]")
        return value

    def require_scope(self, *scopes: str) -> None:
        """Raises SlackError missing_scope unless the manifest lists one of them."""
        if not self.world.manifest.scopes.intersection(scopes):
            raise missing_scope(self.world, scopes)

    def require_team(self) -> None:
        """With an organisation's token, what lists a workspace needs `team_id` (docs.slack.dev, users.list)."""
        workspace = self.world.workspace
        if workspace.org_wide and self.required("team_id") != workspace.team_id:
            raise SlackError("team_not_found")

    def channel(self, name: str = "channel") -> Channel:
        """A conversation the bot can know of; a private one without it is channel_not_found, as in Slack."""
        workspace = self.world.workspace
        channel = workspace.find_channel(self.required(name))
        if channel is None or (channel.is_private and workspace.bot.id not in channel.members):
            raise SlackError("channel_not_found")
        return channel

    def user(self, name: str = "user") -> User:
        user = self.world.workspace.user(self.required(name))
        if user is None:
            raise SlackError("user_not_found")
        return user

    def page(self, items: list[Json], default: int = 100) -> tuple[list[Json], Json]:
        """One page of items by `limit` and `cursor`, and its response_metadata."""
        limit = self.number("limit", default) or default
        cursor = self.text("cursor")
        if cursor and not cursor.isdigit():
            raise SlackError("invalid_cursor")
        start = int(cursor or 0)
        more = start + limit < len(items)
        return items[start : start + limit], {"next_cursor": str(start + limit) if more else ""}


Method = Callable[[Call], Awaitable[Json]]


@dataclass(frozen=True)
class Registered:
    run: Method
    scopes: tuple[str, ...]
    app_token: bool
    open_to_all: bool


METHODS: dict[str, Registered] = {}


def method(name: str, *scopes: str, app_token: bool = False, open_to_all: bool = False) -> Callable[[Method], Method]:
    """Register a Web API method and the scope it needs (one of those given); `open_to_all` needs no token."""

    def register(run: Method) -> Method:
        METHODS[name] = Registered(run, scopes, app_token, open_to_all)
        return run

    return register


def missing_scope(world: World, needed: tuple[str, ...]) -> SlackError:
    provided = ",".join(sorted(world.manifest.scopes))
    return SlackError("missing_scope", {"needed": ",".join(needed), "provided": provided})
