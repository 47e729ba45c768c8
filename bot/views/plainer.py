"""A view without the newer blocks: for a Slack that does not take them."""

from __future__ import annotations

from typing import Any

from bot.locales import Translator
from bot.views import blocks as b
from bot.views.blocks import View

OLD = frozenset({"section", "actions", "context", "divider", "header", "image", "input"})
"""The blocks that every surface has taken for years."""


def plainer(view: View) -> View:
    """The same view with alerts as paragraphs and without other newer blocks; the view itself if it has none."""
    blocks = [said for block in view.get("blocks", ()) if (said := _old(block)) is not None]
    return {**view, "blocks": blocks} if blocks != list(view.get("blocks", ())) else view


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
