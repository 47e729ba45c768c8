"""Rich text: sections, lists, quotes and preformatted text, and what stands inside them."""

from collections.abc import Mapping
from typing import Final

from sandbox.slack.blockkit.node import Node

_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("text",),
    "link": ("url",),
    "emoji": ("name",),
    "user": ("user_id",),
    "usergroup": ("usergroup_id",),
    "channel": ("channel_id",),
    "team": ("team_id",),
    "broadcast": ("range",),
    "color": ("value",),
    "date": ("timestamp", "format"),
}
_CONTAINERS: Final = ("rich_text_section", "rich_text_preformatted", "rich_text_quote")


def check_rich_text(node: Node) -> None:
    """A rich_text block, or the same as a cell of a table."""
    for element in node.children("elements", required=True):
        if element.type == "rich_text_list":
            element.one_of("style", ("bullet", "ordered"))
            element.require("style")
            for item in element.children("elements", required=True):
                _check_container(item)
        else:
            _check_container(element)


def _check_container(element: Node) -> None:
    if element.type not in _CONTAINERS:
        element.say("unknown_type", f"unsupported type: {element.type or 'missing'}", "type")
        return
    for part in element.children("elements", low=0, required=True):
        required = _REQUIRED.get(part.type)
        if required is None:
            part.say("unknown_type", f"unsupported type: {part.type or 'missing'}", "type")
            continue
        part.require(*required)
        if part.type == "text":
            part.string("text", required=False)
