"""Finds the listener of what a person did by its name, instead of asking one after the other.

Bolt asks each of its listeners in turn whether a request is for it, a hundred questions for the last button: more than
all else that is done until it is acknowledged. So Bolt has one listener of each kind here, and it looks up the rest.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from re import Pattern
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

Constraint = str | Pattern[str]
Listener = Callable[[AsyncAck, dict[str, Any], AsyncBoltContext, AsyncWebClient, AsyncRespond], Awaitable[None]]

_ANY = re.compile("")


class ListenerIndex:
    """The listeners of one kind. What several would take, the first of them takes, as with Bolt's own."""

    def __init__(self) -> None:
        self._named: dict[str, Listener] = {}
        self._patterns: list[tuple[Pattern[str], Listener]] = []

    def add(self, constraint: Constraint, listener: Listener) -> None:
        """Take one more, behind all others."""
        if isinstance(constraint, str):
            # An earlier pattern may take it already.
            self._named.setdefault(constraint, self.find(constraint) or listener)
        else:
            self._patterns.append((constraint, listener))

    def find(self, name: str) -> Listener | None:
        """Whose turn it is."""
        if (named := self._named.get(name)) is not None:
            return named
        return next((listener for pattern, listener in self._patterns if pattern.search(name)), None)


class IndexedApp:
    """Bolt's app with an index for each kind of thing that people do."""

    def __init__(self, app: AsyncApp) -> None:
        self._app = app
        self._indexes: dict[str, ListenerIndex] = {}

    def add(self, kind: str, constraint: Constraint, listener: Listener) -> None:
        """Have a listener called for what has this name, or a name like it."""
        index = self._indexes.get(kind)
        if index is None:
            index = self._indexes[kind] = ListenerIndex()
            self._hand_to_bolt(kind, index)
        index.add(constraint, listener)

    def _hand_to_bolt(self, kind: str, index: ListenerIndex) -> None:
        app, name_in = self._app, _NAMES[kind]
        kinds = {
            "command": app.command,
            "action": app.action,
            "view_submission": app.view_submission,
            "view_closed": app.view_closed,
            "options": app.options,
        }

        async def is_known(body: dict[str, Any]) -> bool:
            name = name_in(body)
            return name is not None and index.find(name) is not None

        async def listen(
            ack: AsyncAck,
            body: dict[str, Any],
            context: AsyncBoltContext,
            client: AsyncWebClient,
            respond: AsyncRespond,
        ) -> None:
            listener = index.find(name_in(body) or "")
            assert listener is not None
            await listener(ack, body, context, client, respond)

        kinds[kind](_ANY, matchers=[is_known])(listen)


def _command(body: Mapping[str, Any]) -> str | None:
    return _text(body.get("command"))


def _action(body: Mapping[str, Any]) -> str | None:
    # What buttons of attachments and dialogs are called is another name, and nothing here has any.
    return _text(body["actions"][0].get("action_id")) if body.get("type") == "block_actions" else None


def _view(body: Mapping[str, Any]) -> str | None:
    return _text(body["view"].get("callback_id"))


def _search(body: Mapping[str, Any]) -> str | None:
    return _text(body.get("action_id")) if body.get("type") == "block_suggestion" else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


_NAMES: Mapping[str, Callable[[Mapping[str, Any]], str | None]] = {
    "command": _command,
    "action": _action,
    "view_submission": _view,
    "view_closed": _view,
    "options": _search,
}
