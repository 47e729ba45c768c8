"""Slack names what the app left unnamed: blocks without block_id, elements without action_id."""

import copy
import secrets

from sandbox.slack.jsontype import Json
from sandbox.slack.values import walk


def with_ids(blocks: list[Json]) -> list[Json]:
    """A copy of the blocks in which every block and interactive element has an id."""
    named = copy.deepcopy(blocks)
    _name_blocks(named)
    for _, element in walk(named):
        if element.get("type") != "image":
            element.setdefault("action_id", secrets.token_urlsafe(4))
    return named


def _name_blocks(blocks: list[Json]) -> None:
    for block in blocks:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        children = block.get("child_blocks")
        if isinstance(children, list):
            _name_blocks(children)
