"""Modals and Home tabs: per person a stack of at most three views, and one Home view."""

import copy
import json
import secrets
from dataclasses import dataclass, field

from sandbox.slack.blockkit import validate_view
from sandbox.slack.clock import Clock
from sandbox.slack.errors import SlackError, invalid_arguments, invalid_view
from sandbox.slack.identify import with_ids
from sandbox.slack.jsontype import Json
from sandbox.slack.values import fresh_state
from sandbox.slack.workspace import Workspace

STACK_DEPTH = 3
VIEW_BYTES = 250_000


@dataclass
class View:
    """An opened view: what the app sent, and what the person has entered into it."""

    id: str
    user: str
    content: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    channel: str | None = None
    values: Json = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        return list(self.content["blocks"])

    @property
    def external_id(self) -> str:
        return str(self.content.get("external_id") or "")

    @property
    def notify_on_close(self) -> bool:
        return bool(self.content.get("notify_on_close"))

    def payload(self, workspace: Workspace) -> Json:
        """The view object as Slack puts it into answers and interaction payloads."""
        content = self.content
        view: Json = {
            "id": self.id,
            "team_id": workspace.team_id,
            "type": content["type"],
            "blocks": copy.deepcopy(self.blocks),
            "private_metadata": content.get("private_metadata") or "",
            "callback_id": content.get("callback_id") or "",
            "state": {"values": copy.deepcopy(self.values)},
            "hash": self.hash,
            "title": content.get("title"),
            "clear_on_close": bool(content.get("clear_on_close")),
            "notify_on_close": self.notify_on_close,
            "close": content.get("close"),
            "submit": content.get("submit"),
            "previous_view_id": self.previous_id,
            "root_view_id": self.root_id,
            "app_id": workspace.app_id,
            "external_id": self.external_id,
            "app_installed_team_id": _installed_team(workspace),
            "bot_id": workspace.bot_id,
        }
        return view


class Views:
    """All open views of the workspace. Every content is checked before it is shown."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}

    def stack(self, user: str) -> list[View]:
        return self._stacks.get(user, [])

    def top(self, user: str) -> View | None:
        stack = self.stack(user)
        return stack[-1] if stack else None

    def find(self, view_id: str | None = None, external_id: str | None = None) -> View | None:
        for view in [*(v for stack in self._stacks.values() for v in stack), *self.homes.values()]:
            if view_id is not None and view.id == view_id:
                return view
            if external_id and view.external_id == external_id:
                return view
        return None

    def check(self, content: object, kind: str, *, replacing: View | None = None) -> Json:
        """The content ready to be shown.

        Raises SlackError: invalid_arguments with pointers, view_too_large, duplicate_external_id.
        """
        if not isinstance(content, dict):
            raise invalid_arguments("must be a valid view object [json-pointer:/view]")
        if content.get("type") in ("modal", "home") and content["type"] != kind:
            raise invalid_arguments(f"expected a {kind} view [json-pointer:/view/type]")
        problems = validate_view(content)
        if problems:
            raise invalid_view(problems)
        if len(json.dumps(content)) > VIEW_BYTES:
            raise SlackError("view_too_large")
        external_id = content.get("external_id")
        if external_id:
            holder = self.find(external_id=external_id)
            if holder is not None and holder is not replacing:
                raise SlackError("duplicate_external_id")
        ready = copy.deepcopy(content)
        ready["blocks"] = with_ids(ready["blocks"])
        return ready

    def open(self, user: str, content: Json, channel: str | None = None) -> View:
        """A new root view; whatever modal the person had open is replaced."""
        view_id = _view_id()
        view = View(view_id, user, content, self._hash(), root_id=view_id, channel=channel)
        view.values = fresh_state(view.blocks, {}, channel)
        self._stacks[user] = [view]
        return view

    def push(self, user: str, content: Json) -> View:
        """Raises SlackError push_limit_reached, or not_found when no modal is open."""
        stack = self.stack(user)
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= STACK_DEPTH:
            raise SlackError("push_limit_reached")
        below = stack[-1]
        view = View(_view_id(), user, content, self._hash(), below.root_id, below.id, below.channel)
        view.values = fresh_state(view.blocks, {}, view.channel)
        stack.append(view)
        return view

    def update(self, view: View, content: Json) -> View:
        """New content in place; what was entered stays where block_id and action_id are the same."""
        view.content = content
        view.hash = self._hash()
        view.values = fresh_state(view.blocks, view.values, view.channel)
        return view

    def publish(self, user: str, content: Json) -> View:
        home = self.homes.get(user)
        if home is not None:
            return self.update(home, content)
        view_id = _view_id()
        home = View(view_id, user, content, self._hash(), root_id=view_id)
        home.values = fresh_state(home.blocks, {})
        self.homes[user] = home
        return home

    def check_hash(self, view: View | None, expected: str | None) -> None:
        """Raises SlackError hash_conflict when the view has changed since `expected` was handed out."""
        if expected and (view is None or view.hash != expected):
            raise SlackError("hash_conflict")

    def pop(self, view: View) -> None:
        """Close one view; the one below shows again."""
        stack = self._stacks.get(view.user, [])
        if view in stack:
            del stack[stack.index(view) :]

    def clear(self, user: str) -> list[View]:
        """Close the whole stack; returns the views that were open, top first."""
        return list(reversed(self._stacks.pop(user, [])))

    def _hash(self) -> str:
        return f"{int(self._clock())}.{secrets.token_hex(4)}"


def _installed_team(workspace: Workspace) -> str:
    """The organisation's id where the app is installed in that; else the workspace of the (first) installation.

    Sources: Slack's example of a view_submission in an organisation ("E123ABC456"); bolt-python issue 1229.
    """
    if workspace.org_wide and workspace.enterprise_id:
        return workspace.enterprise_id
    return workspace.first_installed_team or workspace.team_id


def _view_id() -> str:
    return f"V{secrets.token_hex(5).upper()}"
