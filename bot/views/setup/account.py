"""What a workspace is told whose account another workspace has tried to connect."""

from __future__ import annotations

from typing import Any

from bot.core.text import Text
from bot.locales import Translator
from bot.views import blocks as b


def contested(t: Translator, what: Text) -> dict[str, Any]:
    """Arguments of `chat.postMessage`."""
    said = t.render_md(what)
    return {"text": said, "blocks": b.payload([b.section(said)])}
