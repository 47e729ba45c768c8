"""What a payload of Slack's must look like for Bolt and the handlers to read it; what looks otherwise is refused at the
door, with one line, instead of failing somewhere inside.

Shapes: docs.slack.dev, "Interaction payloads", "Slash commands" and "The Events API". Only what is there is looked at:
a field that is absent is for its reader to miss.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any
from urllib.parse import urlsplit

from slack_bolt.request.internals import parse_body

DEEPEST = 64
"""Levels: Slack's own payloads have fewer than twenty."""


class UnreadablePayload(Exception):
    """The payload has not the shape that Slack documents; `reason` is a word for the log, never its content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def payload_of(body: str, content_type: str | None) -> Any:
    """The payload in a body: JSON, a form's `payload`, or the form. Raises `UnreadablePayload`."""
    try:
        return parse_body(body, content_type)
    except (ValueError, RecursionError):
        raise UnreadablePayload("body_unreadable") from None


def require_shape(payload: object) -> None:
    """Raises `UnreadablePayload`, naming the field, where a payload has a shape that nothing here could read."""
    if not isinstance(payload, Mapping):
        raise UnreadablePayload("no_object")
    if not _shallow(payload):
        raise UnreadablePayload("too_deep")
    try:
        json.dumps(payload, ensure_ascii=False).encode()
    except ValueError:  # half a character, which nothing here can store or send
        raise UnreadablePayload("no_text") from None
    _Shape(payload).check()


class _Shape:
    def __init__(self, payload: Mapping[str, Any]) -> None:
        self._payload = payload

    def check(self) -> None:
        """Raises `UnreadablePayload`."""
        payload = self._payload
        _texts(
            payload,
            *("type", "command", "text", "team_id", "user_id", "channel_id", "enterprise_id", "api_app_id", "token"),
            *("trigger_id", "response_url", "callback_id", "event_id", "action_id", "block_id", "value", "name"),
        )
        for name in ("team", "enterprise", "user", "channel"):
            if name in payload and not isinstance(payload[name], str | None):
                _texts(_mapping(payload, name), "id", "name", "domain", "team_id", "enterprise_id", "username")
        for name in ("message", "container", "state"):
            _mapping(payload, name)
        for address in (payload, *_mappings(payload, "response_urls")):
            _texts(address, "response_url", "channel_id", "block_id", "action_id")
            if address.get("response_url") is not None and not _is_address(address["response_url"]):
                raise UnreadablePayload("response_url")
        for authorization in _mappings(payload, "authorizations"):
            _texts(authorization, "team_id", "enterprise_id", "user_id")
        if "event" in payload:
            self._event(_mapping(payload, "event"))
        for action in _mappings(payload, "actions"):
            _action(action)
        if "view" in payload:
            self._view(_mapping(payload, "view"))
        self._kinds()

    def _kinds(self) -> None:
        kind = self._payload.get("type")
        needed = {
            "block_actions": ("actions", "user"),
            "view_submission": ("view", "user"),
            "view_closed": ("view", "user"),
            "block_suggestion": ("action_id", "user"),
            "event_callback": ("event",),
        }.get(str(kind), ())
        for name in needed:
            if not self._payload.get(name):
                raise UnreadablePayload(f"no_{name}")
        # Bolt asks these for their kind without looking whether they have one.
        for name, named in (("view", ("type", "callback_id")), ("event", ("type",))):
            if name in needed and any(not self._payload[name].get(inner) for inner in named):
                raise UnreadablePayload(f"no_{name}_kind")
        if kind == "block_actions" and any(
            not action.get(inner) for action in self._payload["actions"] for inner in ("type", "action_id")
        ):
            raise UnreadablePayload("no_action_kind")

    def _event(self, event: Mapping[str, Any]) -> None:
        _texts(event, "type", "user", "channel", "tab", "text", "ts", "thread_ts", "team", "function_execution_id")
        _texts(event, "subtype", "channel_type", "workflow_execution_id", "bot_access_token", "enterprise_id")
        _mapping(event, "inputs")
        _mapping(event, "function")
        if "view" in event:
            self._view(_mapping(event, "view"))

    def _view(self, view: Mapping[str, Any]) -> None:
        _texts(view, "id", "type", "callback_id", "private_metadata", "hash", "external_id", "team_id", "root_view_id")
        _texts(view, "previous_view_id", "app_installed_team_id", "bot_id", "app_id")
        for block in _mappings(view, "blocks"):
            _texts(block, "type", "block_id")
            _mapping(block, "element")
        values = _mapping(_mapping(view, "state"), "values")
        for block_id in values:
            fields = _mapping(values, block_id)
            for action_id in fields:
                element = _mapping(fields, action_id)
                if not element.get("type"):
                    raise UnreadablePayload("no_element_kind")
                _action(element)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that none can be
        return False


def _action(action: Mapping[str, Any]) -> None:
    _texts(action, "type", "action_id", "block_id", "value", "action_ts", "selected_conversation", "selected_channel")
    _texts(action, "selected_date", "selected_time", "selected_user")
    several = str(action.get("type") or "").startswith("multi_")
    single = _mapping(action, "selected_option")
    for option in ([single] if single else []) + _mappings(action, "selected_options"):
        label = _mapping(option, "text")
        _texts(label, "text")
        if option.get("value") is None:
            raise UnreadablePayload("no_option_value")
        _texts(option, "value")
        # What was chosen of a menu that searches is shown again in the words that it was offered in.
        if several and label.get("text") is None:
            raise UnreadablePayload("no_option_text")
    for name, read in _MOMENTS.items():
        try:
            if said := action.get(name):
                read(said)
        except ValueError:
            raise UnreadablePayload(name) from None
    for name in ("selected_conversations", "selected_channels", "selected_users"):
        several_chosen = action.get(name)
        if not isinstance(several_chosen, list | None) or any(
            not isinstance(each, str) for each in several_chosen or ()
        ):
            raise UnreadablePayload(name)


_MOMENTS: Mapping[str, Callable[[str], object]] = {
    "selected_date": date.fromisoformat,
    "selected_time": time.fromisoformat,
}


def _texts(found: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if not isinstance(found.get(name), str | None):
            raise UnreadablePayload(name)


def _mapping(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = found.get(name)
    if not isinstance(value, Mapping | None):
        raise UnreadablePayload("field" if name not in _NAMED else name)
    return value or {}


def _mappings(found: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = found.get(name)
    if not isinstance(value, list | None) or any(not isinstance(each, Mapping) for each in value or ()):
        raise UnreadablePayload(name)
    return list(value or ())


_NAMED = frozenset(
    ("team", "enterprise", "user", "channel", "message", "container", "state", "values", "event", "view", "inputs")
)
"""Names that are ours or Slack's; a block's id is the sender's, and so in no log."""


def _shallow(payload: object) -> bool:
    level: list[object] = [payload]
    for _ in range(DEEPEST):
        level = [
            child
            for parent in level
            if isinstance(parent, Mapping | list)
            for child in (parent.values() if isinstance(parent, Mapping) else parent)
        ]
        if not level:
            return True
    return False
