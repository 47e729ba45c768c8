"""What people enter into Block Kit elements, between the page's plain values and Slack's `state.values`."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.slack.jsontype import Json

_TEXT: Final = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
_ONE_OPTION: Final = ("static_select", "external_select", "radio_buttons", "overflow")
_MANY_OPTIONS: Final = ("multi_static_select", "multi_external_select", "checkboxes")
_SCALARS: Final = {
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "rich_text_input": ("rich_text_value", "initial_value"),
}
_LISTS: Final = {
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
}
_STATELESS: Final = ("button", "overflow", "workflow_button", "image", "feedback_buttons", "icon_button")


class UnknownOption(ValueError):
    """A value was chosen that the element does not offer."""


def elements_of(block: Json) -> list[Json]:
    """The interactive elements directly in a block: input, section accessory, actions."""
    if block.get("type") == "input":
        return [block["element"]]
    if block.get("type") == "section":
        return [block["accessory"]] if "accessory" in block else []
    if block.get("type") in ("actions", "context_actions"):
        return list(block.get("elements", []))
    if block.get("type") == "card":
        return list(block.get("actions", []))
    return []


def walk(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every (block, element) pair, blocks inside containers, carousels and layouts included."""
    for block in blocks:
        for element in elements_of(block):
            yield block, element
        for nested in ("child_blocks", "elements"):
            children = block.get(nested, [])
            if block.get("type") in ("container", "carousel") and isinstance(children, list):
                yield from walk(children)


def find_element(blocks: list[Json], block_id: str, action_id: str) -> tuple[Json, Json] | None:
    for block, element in walk(blocks):
        if block.get("block_id") == block_id and element.get("action_id") == action_id:
            return block, element
    return None


def options_of(element: Json) -> list[Json]:
    grouped = (option for group in element.get("option_groups") or [] for option in group["options"])
    return [*(element.get("options") or []), *grouped]


def entered(element: Json, value: Any) -> Json:
    """A page value as the element's state: `{"type", "value" | "selected_..."}`.

    Raises UnknownOption when a choice is not among the element's options.
    """
    kind = element["type"]
    if kind in _TEXT:
        return {"type": kind, "value": None if value in (None, "") else str(value)}
    if kind in _ONE_OPTION:
        return {"type": kind, "selected_option": None if value in (None, "") else _option(element, value)}
    if kind in _MANY_OPTIONS:
        return {"type": kind, "selected_options": [_option(element, each) for each in value or []]}
    if kind in _SCALARS:
        return {"type": kind, _SCALARS[kind][0]: value or None}
    if kind in _LISTS:
        return {"type": kind, _LISTS[kind][0]: list(value or [])}
    return {"type": kind, "value": value}


def initial(element: Json, current_conversation: str | None = None) -> Json:
    """The state an element starts with, from its initial_* fields."""
    kind = element["type"]
    if kind in _TEXT:
        return {"type": kind, "value": element.get("initial_value")}
    if kind in _ONE_OPTION:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in _MANY_OPTIONS:
        return {"type": kind, "selected_options": list(element.get("initial_options") or [])}
    if kind in _LISTS:
        key, source = _LISTS[kind]
        chosen = list(element.get(source) or [])
        if not chosen and element.get("default_to_current_conversation") and current_conversation:
            chosen = [current_conversation]
        return {"type": kind, key: chosen}
    key, source = _SCALARS.get(kind, ("value", "initial_value"))
    chosen_one = element.get(source)
    if chosen_one is None and element.get("default_to_current_conversation"):
        chosen_one = current_conversation
    return {"type": kind, key: chosen_one}


def fresh_state(blocks: list[Json], kept: Mapping[str, Json], current_conversation: str | None = None) -> Json:
    """`state.values` of a surface just shown.

    What was entered before (`kept`) stays where block_id, action_id and element type are the same
    (Slack docs: modals, preserving input across views.update).
    """
    values: Json = {}
    for block, element in walk(blocks):
        action_id = element.get("action_id")
        if action_id is None or element.get("type") in _STATELESS:
            continue
        before = (kept.get(block["block_id"]) or {}).get(action_id)
        same = before is not None and before.get("type") == element["type"]
        state = before if same else initial(element, current_conversation)
        values.setdefault(block["block_id"], {})[action_id] = state
    return values


def with_entries(blocks: list[Json], values: Json, entries: Mapping[str, Mapping[str, Any]]) -> Json:
    """`state.values` after the page reported what its fields hold now; unknown fields are ignored."""
    merged: Json = {block_id: dict(actions) for block_id, actions in values.items()}
    for block, element in walk(blocks):
        reported = entries.get(block.get("block_id", ""), {})
        action_id = element.get("action_id", "")
        if action_id in reported and element.get("type") not in _STATELESS:
            merged.setdefault(block["block_id"], {})[action_id] = entered(element, reported[action_id])
    return merged


def is_empty(state: Json | None) -> bool:
    """Nothing entered, which a required input does not accept."""
    return state is None or all(not value for key, value in state.items() if key != "type")


def _option(element: Json, value: Any) -> Json:
    if isinstance(value, dict):
        return _external_option(value)
    for option in options_of(element):
        if option["value"] == value:
            return option
    raise UnknownOption(f"{element.get('action_id')} offers no option {value!r}")


def _external_option(value: Json) -> Json:
    text = value.get("text", "")
    if isinstance(text, str):
        text = {"type": "plain_text", "text": text, "emoji": True}
    return {"text": text, "value": value["value"]}
