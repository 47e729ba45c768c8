"""Slack's mrkdwn as text: what may be done to it without breaking what it marks."""

from __future__ import annotations

import re

from slack_sdk.models.blocks import MarkdownTextObject

_OPENED = re.compile(r"<[^<>\n]*$|&[a-z]{0,3}$")
"""The beginning of a mention, a link or an entity that is not ended."""


def cut_md(text: str, limit: int) -> str:
    """Mrkdwn shortened to a limit of characters, not within an entity such as `&lt;`, a mention or a link."""
    return text if len(text) <= limit else _OPENED.sub("", text[: limit - 1]).rstrip() + "…"


def markdown(text: str, limit: int) -> MarkdownTextObject:
    """Mrkdwn in which only what is marked as a link is one: an address in somebody's name is not."""
    return MarkdownTextObject(text=cut_md(text, limit), verbatim=True)
