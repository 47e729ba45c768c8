"""The classic blocks: section, header, context, actions, input, image, and their like."""

from collections.abc import Callable, Mapping
from typing import Final

from sandbox.slack.blockkit import limits
from sandbox.slack.blockkit.elements import IN_ACTIONS, IN_INPUT, IN_SECTION, check_element, check_image
from sandbox.slack.blockkit.node import ANY_TEXT, Node, check_text
from sandbox.slack.blockkit.rich_text import check_rich_text

BlockCheck = Callable[[Node], None]


def _section(block: Node) -> None:
    block.only("block_id", "text", "fields", "accessory", "expand")
    block.boolean("expand")
    if not block.has("text") and not block.has("fields"):
        block.say("missing", "must define either `text` or `fields`")
    block.text("text", limits.TEXT, ANY_TEXT)
    for field in block.children("fields", limits.SECTION_FIELDS):
        check_text(field, limits.SECTION_FIELD_TEXT, ANY_TEXT)
    accessory = block.child("accessory")
    if accessory is not None:
        check_element(accessory, IN_SECTION)


def _header(block: Node) -> None:
    block.only("block_id", "text", "level")
    block.text("text", limits.HEADER_TEXT, required=True)
    block.integer("level", 1, limits.HEADER_LEVELS)


def _divider(block: Node) -> None:
    block.only("block_id")


def _context(block: Node) -> None:
    block.only("block_id", "elements")
    for element in block.children("elements", limits.CONTEXT_ELEMENTS, required=True):
        if element.type == "image":
            check_element(element, frozenset({"image"}))
        else:
            check_text(element, limits.TEXT, ANY_TEXT)


def _actions(block: Node) -> None:
    block.only("block_id", "elements")
    for element in block.children("elements", limits.ACTIONS_ELEMENTS, required=True):
        check_element(element, IN_ACTIONS)


def _context_actions(block: Node) -> None:
    block.only("block_id", "elements")
    for element in block.children("elements", limits.CONTEXT_ACTIONS, required=True):
        check_element(element, frozenset({"feedback_buttons", "icon_button"}))


def _input(block: Node) -> None:
    block.only("block_id", "label", "element", "hint", "optional", "dispatch_action")
    block.text("label", limits.INPUT_LABEL, required=True)
    block.text("hint", limits.INPUT_HINT)
    block.boolean("optional", "dispatch_action")
    element = block.child("element", required=True)
    if element is not None:
        check_element(element, IN_INPUT)


def _image(block: Node) -> None:
    block.only("block_id", "image_url", "slack_file", "alt_text", "title")
    block.text("title", limits.IMAGE_TITLE)
    check_image(block)


def _markdown(block: Node) -> None:
    block.only("block_id", "text")
    block.string("text", limits.MARKDOWN_TOTAL, required=True)


def _rich_text(block: Node) -> None:
    block.only("block_id", "elements")
    check_rich_text(block)


def _video(block: Node) -> None:
    block.only(
        *("block_id", "alt_text", "video_url", "thumbnail_url", "title", "title_url", "description"),
        *("provider_icon_url", "provider_name", "author_name"),
    )
    block.require("alt_text", "video_url", "thumbnail_url")
    block.text("title", limits.VIDEO_TITLE, required=True)
    block.string("author_name", limits.VIDEO_AUTHOR)


def _file(block: Node) -> None:
    block.only("block_id", "external_id", "source")
    block.require("external_id", "source")


def _call(block: Node) -> None:
    block.require("call_id")


CLASSIC: Final[Mapping[str, BlockCheck]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "context": _context,
    "actions": _actions,
    "context_actions": _context_actions,
    "input": _input,
    "image": _image,
    "markdown": _markdown,
    "rich_text": _rich_text,
    "video": _video,
    "file": _file,
    "call": _call,
}
