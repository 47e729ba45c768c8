"""What the channel reads when somebody has loosened a safeguard, with the button for a second person."""

from __future__ import annotations

from typing import Any

from bot.core.text import Markup, Text, text
from bot.domain.safeguard_hold import Safeguard, SafeguardHold
from bot.locales import Translator
from bot.views import blocks as b

CONFIRM = "loosening.confirm"


def announced(
    t: Translator, safeguard: Safeguard, by: str, name: str, integration_id: str, hold: SafeguardHold | None
) -> dict[str, Any]:
    """Who has loosened what of which integration, and from when it holds: arguments of `chat.postMessage`."""
    words = t.md(f"loosening.{safeguard}", who=Markup(f"<@{by}>"), name=name)
    if hold is None:
        words = f"{words} {t.md('loosening.at_once')}"
        return {"text": words, "blocks": b.payload([b.section(words)])}
    words = f"{words} {t.md('loosening.held', when=b.moment(t, hold.until))}"
    confirm = b.button(t("loosening.confirm"), CONFIRM, value=f"{integration_id}:{hold.id}", style="primary")
    return {"text": words, "blocks": b.payload([b.section(words), b.actions(confirm, block_id=CONFIRM)])}


def confirmed(t: Translator, safeguard: Safeguard, by: str, who: str, name: str) -> dict[str, Any]:
    """In the place of the announcement: it holds now, and who has confirmed it."""
    words = t.md(f"loosening.{safeguard}", who=Markup(f"<@{by}>"), name=name)
    words = f"{words} {t.md('loosening.confirmed', who=Markup(f'<@{who}>'))}"
    return {"text": words, "blocks": b.payload([b.section(words)])}


def saved(t: Translator, hold: SafeguardHold) -> Text:
    """What is said to who has loosened something: it does not hold yet."""
    return text("loosening.saved", when=Markup(b.moment(t, hold.until)))
