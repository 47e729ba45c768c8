"""Whole payloads: messages, modals and Home tabs, and the rules that span several blocks."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from sandbox.slack.blockkit import limits
from sandbox.slack.blockkit.blocks import CLASSIC
from sandbox.slack.blockkit.composition import check_options_or_groups
from sandbox.slack.blockkit.newer import CONTAINED, NEWER
from sandbox.slack.blockkit.node import Node
from sandbox.slack.blockkit.problem import Problem

Surface = Literal["message", "modal", "home"]

_CHECKS: Final = {**CLASSIC, **NEWER}
_EVERYWHERE: Final = frozenset({"message", "modal", "home"})
_PLACES: Final[Mapping[str, frozenset[str]]] = {
    "markdown": frozenset({"message"}),
    "file": frozenset({"message"}),
    "call": frozenset({"message"}),
    "table": frozenset({"message"}),
    "data_table": frozenset({"message", "home"}),
    "data_visualization": frozenset({"message"}),
    "alert": frozenset({"modal"}),
    "card": frozenset({"message", "home"}),
    "carousel": frozenset({"message", "home"}),
    "container": frozenset({"message", "home"}),
    "plan": frozenset({"message"}),
    "task_card": frozenset({"message"}),
    "context_actions": frozenset({"message"}),
}
"""Blocks that are not for every surface; where sources differ, the narrower one."""

_MODAL_KEYS: Final = (
    *("title", "blocks", "close", "submit", "private_metadata", "callback_id"),
    *("clear_on_close", "notify_on_close", "external_id"),
)
_HOME_KEYS: Final = ("blocks", "private_metadata", "callback_id", "external_id")


def validate_view(view: Any) -> list[Problem]:
    """Problems of a modal or Home view as given to views.*; pointers start at the view."""
    problems: list[Problem] = []
    if not isinstance(view, dict):
        return [Problem("", "wrong_type", "must be an object")]
    node = Node(view, "", problems)
    kind = view.get("type")
    if kind not in ("modal", "home"):
        node.say("unknown_type", "must be modal or home", "type")
        return problems
    node.only(*(_MODAL_KEYS if kind == "modal" else _HOME_KEYS))
    node.string("private_metadata", limits.PRIVATE_METADATA, low=0)
    node.string("callback_id", limits.CALLBACK_ID, low=0)
    node.string("external_id", limits.EXTERNAL_ID, low=0)
    if kind == "modal":
        node.text("title", limits.VIEW_TITLE, required=True)
        node.text("close", limits.VIEW_CLOSE)
        node.text("submit", limits.VIEW_SUBMIT)
        node.boolean("clear_on_close", "notify_on_close")
    blocks = node.children("blocks", limits.VIEW_BLOCKS, required=True)
    _check_blocks(blocks, kind)
    if kind == "modal" and not node.has("submit"):
        for block in blocks:
            if block.type == "input":
                block.say("input_without_submit", "must define `submit` to use `input` block")
    return problems


def validate_message(payload: Any) -> list[Problem]:
    """Problems of a message's `blocks` and of those inside its `attachments`.

    A missing top-level `text` is not a problem here: Slack accepts it, as long as there are blocks.
    """
    problems: list[Problem] = []
    if not isinstance(payload, dict):
        return [Problem("", "wrong_type", "must be an object")]
    node = Node(payload, "", problems)
    node.string("text", low=0)
    surfaces = [node, *node.children("attachments", limits.ATTACHMENTS, low=0)]
    every = [block for each in surfaces for block in _message_blocks(each)]
    _check_totals(every)
    return problems


def validate_blocks(blocks: Any, surface: Surface = "message") -> list[Problem]:
    """Problems of a list of blocks alone; pointers start at /blocks."""
    if surface == "message":
        return validate_message({"blocks": blocks})
    problems: list[Problem] = []
    node = Node({"blocks": blocks}, "", problems)
    _check_blocks(node.children("blocks", limits.VIEW_BLOCKS, required=True), surface)
    return problems


def validate_options(answer: Any) -> list[Problem]:
    """Problems of an answer to block_suggestion: options or option_groups, either may be empty."""
    if not isinstance(answer, dict):
        return [Problem("", "wrong_type", "must be an object")]
    problems: list[Problem] = []
    check_options_or_groups(Node(answer, "", problems), low=0)
    return problems


def _message_blocks(node: Node) -> list[Node]:
    return _check_blocks(node.children("blocks", limits.MESSAGE_BLOCKS, low=0), "message")


def _check_blocks(blocks: list[Node], surface: str) -> list[Node]:
    """Check blocks and those nested in them; returns them all."""
    every = list(_with_nested(blocks))
    for block in every:
        _check_block(block, surface)
    _check_block_ids(every)
    focused = [block for block in every for element in _elements(block) if element.get("focus_on_load")]
    for block in focused[1:]:
        block.say("focus_on_load", "only one element can have focus_on_load")
    return every


def _with_nested(blocks: list[Node]) -> Iterator[Node]:
    for block in blocks:
        yield block
        if block.type == "container":
            children = block.children("child_blocks", limits.CONTAINER_BLOCKS, required=True)
            for child in children:
                if child.type not in CONTAINED:
                    child.say("not_allowed_here", f"unsupported type: {child.type}", "type")
            yield from children


def _check_block(block: Node, surface: str) -> None:
    check = _CHECKS.get(block.type)
    if check is None:
        block.say("unknown_type", f"unsupported type: {block.type or 'missing'}", "type")
        return
    if surface not in _PLACES.get(block.type, _EVERYWHERE):
        block.say("wrong_surface", f"unsupported type: {block.type} is not for {surface} surfaces", "type")
    block.string("block_id", limits.BLOCK_ID)
    check(block)
    actions = Counter(element.get("action_id") for element in _elements(block) if element.get("action_id"))
    for action_id, times in actions.items():
        if times > 1:
            block.say("duplicate_action_id", f"`action_id` {action_id} already exists in this block")


def _check_block_ids(blocks: list[Node]) -> None:
    seen: set[str] = set()
    for block in blocks:
        block_id = block.get("block_id")
        if isinstance(block_id, str) and block_id in seen:
            block.say("duplicate_block_id", f"`block_id` {block_id} already exists", "block_id")
        if isinstance(block_id, str):
            seen.add(block_id)


def _check_totals(blocks: list[Node]) -> None:
    """What a message may hold only so much of."""
    tables = [block for block in blocks if block.type == "table"]
    for table in tables[limits.TABLES_PER_MESSAGE :]:
        table.say("only_one_table_allowed", "only one table is allowed in a message")
    charts = [block for block in blocks if block.type == "data_visualization"]
    for chart in charts[limits.CHARTS_PER_MESSAGE :]:
        chart.say("too_many", f"no more than {limits.CHARTS_PER_MESSAGE} data_visualization blocks allowed")
    markdown = [block for block in blocks if block.type == "markdown" and isinstance(block.get("text"), str)]
    if len(markdown) > 1 and sum(len(block.get("text")) for block in markdown) > limits.MARKDOWN_TOTAL:
        markdown[-1].say(
            "too_long", f"all markdown blocks together must be less than {limits.MARKDOWN_TOTAL + 1} characters"
        )


def _elements(block: Node) -> list[Node]:
    """The interactive elements of a block, without reporting their shape again."""
    quiet = Node(block.value, block.pointer, [])
    if block.type == "input":
        return [node for node in [quiet.child("element")] if node is not None]
    if block.type == "section":
        return [node for node in [quiet.child("accessory")] if node is not None]
    if block.type in ("actions", "context_actions"):
        return quiet.children("elements")
    return quiet.children("actions") if block.type == "card" else []
