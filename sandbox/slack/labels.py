"""Finding blocks the way a person does: by what stands on them."""

from typing import Any

from sandbox.slack.jsontype import Json
from sandbox.slack.values import walk
from sandbox.slack.views import View
from sandbox.slack.workspace import Message


class BlockNotFound(LookupError):
    """Nothing on the surface is called that."""


def find_action(blocks: list[Json], what: str) -> tuple[Json, Json]:
    """The button (or other element) with this action_id or text."""
    for block, element in walk(blocks):
        text = element.get("text")
        shown = text.get("text") if isinstance(text, dict) else None
        if what in (element.get("action_id"), shown):
            return block, element
    raise BlockNotFound(f"no {what!r} here; there are {_names(blocks)}")


def find_field(blocks: list[Json], what: str) -> tuple[Json, Json]:
    """The field in the block with this block_id or label, or the element with this action_id."""
    for block, element in walk(blocks):
        label = block.get("label")
        shown = label.get("text") if isinstance(label, dict) else None
        if what in (block.get("block_id"), element.get("action_id"), shown):
            return block, element
    raise BlockNotFound(f"no field {what!r} here; there are {_names(blocks)}")


def text_of(target: View | Message) -> str:
    """Every text on a surface, one per line."""
    if isinstance(target, Message):
        return "\n".join([target.text, *_texts(target.blocks)])
    return "\n".join(_texts([target.content.get("title"), *target.blocks]))


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if not isinstance(value, dict):
        return []
    own = [value["text"]] if isinstance(value.get("text"), str) else []
    return own + [text for item in value.values() for text in _texts(item)]


def _names(blocks: list[Json]) -> str:
    return ", ".join(str(element.get("action_id")) for _, element in walk(blocks)) or "none"
