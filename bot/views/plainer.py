"""A view without the newer blocks: for a Slack that does not take them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.locales import Translator
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.message import Message
from bot.views.report.digest import without_chart

OLD = frozenset({"section", "actions", "context", "divider", "header", "image", "input"})
"""The blocks that every surface has taken for years."""


def plainer(view: View) -> View:
    """The same view with alerts as paragraphs and without other newer blocks; the view itself if it has none."""
    blocks = [said for block in view.get("blocks", ()) if (said := _old(block)) is not None]
    return {**view, "blocks": blocks} if blocks != list(view.get("blocks", ())) else view


def forms_of(message: Message) -> Iterator[Message]:
    """The message, and what to post in its place where Slack refuses its blocks: without its chart, without all newer
    ones, without any."""
    old = Message(message.text, [block for block in message.blocks if block["type"] in OLD])
    forms = [message, without_chart(message), old, Message(message.text, [])]
    for number, form in enumerate(forms):
        if form not in forms[:number]:
            yield form


def cannot_be_shown(t: Translator, reference: str, instead_of: View) -> View:
    """What stands where a view should: the reference that finds its refusal in the log. What was kept stays kept."""
    words = [b.section(t.md("flow.not_shown")), b.context(t.md("flow.reference", reference=reference))]
    if instead_of.get("type") == "home":
        return {"type": "home", "callback_id": instead_of.get("callback_id", ""), "blocks": b.payload(words)}
    return b.modal(t("flow.trouble.title"), words, close=t("flow.close"))


def _old(block: dict[str, Any]) -> dict[str, Any] | None:
    if block["type"] in OLD:
        return block
    if block["type"] == "alert":
        return {"type": "section", "text": block["text"]}
    return None
