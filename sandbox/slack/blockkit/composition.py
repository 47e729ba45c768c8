"""Composition objects: options and their groups, confirmation dialogs, filters."""

from collections.abc import Collection
from typing import Any

from sandbox.slack.blockkit import limits
from sandbox.slack.blockkit.node import ANY_TEXT, PLAIN, Node


def check_option(option: Node, kinds: Collection[str] = PLAIN, *, url: bool = False) -> None:
    option.only("text", "value", "description", *(("url",) if url else ()))
    option.text("text", limits.OPTION_TEXT, kinds, required=True)
    option.string("value", limits.OPTION_VALUE, required=True)
    option.text("description", limits.OPTION_DESCRIPTION, kinds)
    option.string("url", limits.BUTTON_URL)


def check_options(
    node: Node, high: int, kinds: Collection[str] = PLAIN, *, low: int = 1, required: bool = True
) -> None:
    for option in node.children("options", high, low=low, required=required):
        check_option(option, kinds)


def check_options_or_groups(node: Node, *, low: int = 1) -> None:
    """Exactly one of options and option_groups; `low` 0 where finding nothing is an answer."""
    if node.has("options") == node.has("option_groups"):
        node.say("missing", "exactly one of options, option_groups must be given")
    check_options(node, limits.OPTIONS, low=low, required=False)
    for group in node.children("option_groups", limits.OPTION_GROUPS, low=low):
        group.only("label", "options")
        group.text("label", limits.GROUP_LABEL, required=True)
        check_options(group, limits.OPTIONS, low=low)


def check_initial(node: Node) -> None:
    """initial_option(s) must be exactly among the options on offer."""
    offered = [_essence(option) for option in offered_options(node)]
    chosen = node.get("initial_option")
    if chosen is not None and _essence(chosen) not in offered:
        node.say("initial_not_offered", "must match one of the options", "initial_option")
    for index, each in node.items("initial_options"):
        if _essence(each) not in offered:
            node.say("initial_not_offered", "must match one of the options", "initial_options", index)


def offered_options(node: Node) -> list[Any]:
    groups = node.get("option_groups")
    lists = [node.get("options")]
    if isinstance(groups, list):
        lists += [group.get("options") for group in groups if isinstance(group, dict)]
    return [option for each in lists if isinstance(each, list) for option in each]


def check_confirm(node: Node) -> None:
    confirm = node.child("confirm")
    if confirm is None:
        return
    confirm.only("title", "text", "confirm", "deny", "style")
    confirm.text("title", limits.CONFIRM_TITLE, required=True)
    confirm.text("text", limits.CONFIRM_TEXT, ANY_TEXT, required=True)
    confirm.text("confirm", limits.CONFIRM_BUTTON, required=True)
    confirm.text("deny", limits.CONFIRM_BUTTON, required=True)
    confirm.one_of("style", ("primary", "danger"))


def check_dispatch_config(node: Node) -> None:
    config = node.child("dispatch_action_config")
    if config is None:
        return
    config.only("trigger_actions_on")
    for index, trigger in config.items("trigger_actions_on", required=True):
        if trigger not in ("on_enter_pressed", "on_character_entered"):
            config.say("not_allowed", "must be on_enter_pressed or on_character_entered", index)


def check_filter(node: Node) -> None:
    """The filter of conversation selects; an empty one is refused."""
    conversations = node.child("filter")
    if conversations is None:
        return
    conversations.only("include", "exclude_external_shared_channels", "exclude_bot_users")
    conversations.boolean("exclude_external_shared_channels", "exclude_bot_users")
    if not conversations.value:
        conversations.say("missing", "must define at least one of the filter's properties")
    for index, kind in conversations.items("include"):
        if kind not in ("im", "mpim", "private", "public"):
            conversations.say("not_allowed", "must be one of: im, mpim, private, public", "include", index)


def _essence(option: Any) -> tuple[Any, Any]:
    if not isinstance(option, dict):
        return (None, None)
    text = option.get("text")
    return option.get("value"), text.get("text") if isinstance(text, dict) else None
