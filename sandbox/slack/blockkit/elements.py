"""Interactive elements: buttons, selects, pickers, inputs."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from sandbox.slack.blockkit import limits
from sandbox.slack.blockkit.composition import (
    check_confirm,
    check_dispatch_config,
    check_filter,
    check_initial,
    check_option,
    check_options,
    check_options_or_groups,
)
from sandbox.slack.blockkit.node import ANY_TEXT, Node

_DATE: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")

SELECTS: Final = frozenset(
    {"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
)
MULTI_SELECTS: Final = frozenset(f"multi_{kind}" for kind in SELECTS)
_CHOICES: Final = frozenset({"checkboxes", "radio_buttons", "datepicker", "timepicker"})

IN_SECTION: Final = SELECTS | MULTI_SELECTS | _CHOICES | {"button", "image", "overflow", "workflow_button"}
IN_ACTIONS: Final = SELECTS | _CHOICES | {"button", "overflow", "datetimepicker", "workflow_button"}
IN_INPUT: Final = (
    SELECTS
    | MULTI_SELECTS
    | _CHOICES
    | {"datetimepicker", "plain_text_input", "email_text_input", "url_text_input", "number_input"}
    | {"rich_text_input", "file_input"}
)
"""Which elements a block may hold (docs.slack.dev: each element's "works with block types")."""


def check_element(element: Node, allowed: frozenset[str]) -> None:
    """One interactive element, which must be of an allowed type."""
    check = CHECKS.get(element.type)
    if check is None:
        element.say("unknown_type", f"unsupported type: {element.type or 'missing'}", "type")
        return
    if element.type not in allowed:
        element.say("not_allowed_here", f"unsupported type: {element.type}", "type")
        return
    element.string("action_id", limits.ACTION_ID)
    check_confirm(element)
    check(element)


def check_image(element: Node) -> None:
    """An image, as element or as block."""
    element.string("alt_text", limits.IMAGE_ALT_TEXT, required=True)
    element.string("image_url", limits.IMAGE_URL)
    if element.has("image_url") == element.has("slack_file"):
        element.say("missing", "must define either `image_url` or `slack_file`")


def _button(element: Node) -> None:
    element.only(
        *("action_id", "text", "url", "value", "style", "confirm", "accessibility_label"),
        *("agent_prompt", "agent_prompt_display", "visible_to_user_ids"),
    )
    element.text("text", limits.BUTTON_TEXT, required=True)
    element.string("url", limits.BUTTON_URL)
    element.string("value", limits.BUTTON_VALUE)
    element.string("accessibility_label", limits.ACCESSIBILITY_LABEL)
    element.one_of("style", ("primary", "danger"))


def _workflow_button(element: Node) -> None:
    element.only("action_id", "text", "workflow", "style", "accessibility_label")
    element.text("text", limits.BUTTON_TEXT, required=True)
    element.require("workflow")


def _image(element: Node) -> None:
    element.only("alt_text", "image_url", "slack_file")
    check_image(element)


def _overflow(element: Node) -> None:
    element.only("action_id", "options", "confirm")
    for option in element.children("options", limits.OVERFLOW_OPTIONS, required=True):
        check_option(option, url=True)


def _fields(element: Node, *own: str, placeholder: bool = True) -> None:
    """What every input element may carry, beside its own fields."""
    element.only("action_id", "confirm", "focus_on_load", *(("placeholder",) if placeholder else ()), *own)
    element.boolean("focus_on_load")
    element.text("placeholder", limits.PLACEHOLDER)


def _choices(element: Node) -> None:
    many = element.type == "checkboxes"
    _fields(element, "options", "initial_options" if many else "initial_option", placeholder=False)
    check_options(element, limits.CHOICES, ANY_TEXT)
    check_initial(element)


def _multiple(element: Node) -> tuple[str, ...]:
    if not element.type.startswith("multi_"):
        return ()
    element.integer("max_selected_items", 1)
    return ("max_selected_items",)


def _static_select(element: Node) -> None:
    initial = "initial_options" if element.type.startswith("multi_") else "initial_option"
    _fields(element, "options", "option_groups", initial, *_multiple(element))
    check_options_or_groups(element)
    check_initial(element)


def _external_select(element: Node) -> None:
    many = element.type.startswith("multi_")
    _fields(element, "min_query_length", "initial_options" if many else "initial_option", *_multiple(element))
    element.integer("min_query_length", 0)
    chosen = element.children("initial_options") if many else [element.child("initial_option")]
    for option in chosen:
        if option is not None:
            check_option(option)


def _users_select(element: Node) -> None:
    many = element.type.startswith("multi_")
    _fields(element, "initial_users" if many else "initial_user", *_multiple(element))


def _conversations_select(element: Node) -> None:
    many = element.type.startswith("multi_")
    own = ("initial_conversations",) if many else ("initial_conversation", "response_url_enabled")
    _fields(element, *own, "default_to_current_conversation", "filter", *_multiple(element))
    element.boolean("default_to_current_conversation", "response_url_enabled")
    check_filter(element)


def _channels_select(element: Node) -> None:
    many = element.type.startswith("multi_")
    own = ("initial_channels",) if many else ("initial_channel", "response_url_enabled")
    _fields(element, *own, *_multiple(element))


def _datepicker(element: Node) -> None:
    _fields(element, "initial_date")
    date = element.string("initial_date")
    if date and not _DATE.fullmatch(date):
        element.say("bad_format", "must be in the format YYYY-MM-DD", "initial_date")


def _timepicker(element: Node) -> None:
    _fields(element, "initial_time", "timezone")
    element.string("timezone")
    time = element.string("initial_time")
    if time and not _TIME.fullmatch(time):
        element.say("bad_format", "must be in the format HH:mm", "initial_time")


def _datetimepicker(element: Node) -> None:
    _fields(element, "initial_date_time", placeholder=False)
    element.integer("initial_date_time", 1_000_000_000, 9_999_999_999)


def _plain_text_input(element: Node) -> None:
    _fields(element, "initial_value", "multiline", "min_length", "max_length", "dispatch_action_config")
    element.boolean("multiline")
    low = element.integer("min_length", 0, limits.INPUT_LENGTH)
    high = element.integer("max_length", 1, limits.INPUT_LENGTH)
    if low is not None and high is not None and low > high:
        element.say("too_large", "must not be greater than max_length", "min_length")
    element.string("initial_value", high or limits.INPUT_LENGTH, low=0)
    check_dispatch_config(element)


def _address_input(element: Node) -> None:
    _fields(element, "initial_value", "dispatch_action_config")
    element.string("initial_value", low=0)
    check_dispatch_config(element)


def _number_input(element: Node) -> None:
    own = ("is_decimal_allowed", "initial_value", "min_value", "max_value", "dispatch_action_config")
    _fields(element, *own)
    element.require("is_decimal_allowed")
    element.boolean("is_decimal_allowed")
    for key in ("initial_value", "min_value", "max_value"):
        element.string(key)
    check_dispatch_config(element)


def _rich_text_input(element: Node) -> None:
    _fields(element, "initial_value", "dispatch_action_config", "min_lines", "max_lines")
    check_dispatch_config(element)


def _file_input(element: Node) -> None:
    _fields(element, "filetypes", "max_files", placeholder=False)
    element.integer("max_files", 1, 10)


def _feedback_buttons(element: Node) -> None:
    element.only("action_id", "positive_button", "negative_button")
    element.require("positive_button", "negative_button")


def _icon_button(element: Node) -> None:
    element.only("action_id", "icon", "text", "accessibility_label", "value", "visible_to_user_ids", "confirm")
    element.require("icon")
    element.text("text", limits.BUTTON_TEXT, required=True)


CHECKS: Final[Mapping[str, Callable[[Node], None]]] = {
    "button": _button,
    "workflow_button": _workflow_button,
    "image": _image,
    "overflow": _overflow,
    "checkboxes": _choices,
    "radio_buttons": _choices,
    "static_select": _static_select,
    "multi_static_select": _static_select,
    "external_select": _external_select,
    "multi_external_select": _external_select,
    "users_select": _users_select,
    "multi_users_select": _users_select,
    "conversations_select": _conversations_select,
    "multi_conversations_select": _conversations_select,
    "channels_select": _channels_select,
    "multi_channels_select": _channels_select,
    "datepicker": _datepicker,
    "timepicker": _timepicker,
    "datetimepicker": _datetimepicker,
    "plain_text_input": _plain_text_input,
    "email_text_input": _address_input,
    "url_text_input": _address_input,
    "number_input": _number_input,
    "rich_text_input": _rich_text_input,
    "file_input": _file_input,
    "feedback_buttons": _feedback_buttons,
    "icon_button": _icon_button,
}
