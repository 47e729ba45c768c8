"""The day on which credentials stop being good: asked for with them, and warned of before it comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from slack_sdk.models.blocks import Block

from bot.core.text import Markup, Text
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.message import Message
from bot.views.overview import cards


def until_input(block_id: str, t: Translator, chosen: date | None) -> Block:
    """The optional day, below the credentials."""
    return b.date_input(
        block_id,
        t("expiry.until"),
        initial=chosen,
        placeholder=t("expiry.until.placeholder"),
        optional=True,
    )


def warning(
    integrations: Sequence[str], integration_id: str, what: Text, t: Translator, responsible: str | None = None
) -> Message:
    """What ends when, for these integrations; Reconnect opens the dialog of `integration_id`."""
    title = t("expiry.title", names=tuple(integrations))
    said = [t.render_md(what), t.md("expiry.then")]
    if responsible:
        said.append(t.md("report.call.trouble", who=Markup(f"<@{responsible}>")))
    label = t("report.button.reconnect")
    button = b.button(label, cards.CREDENTIALS, value=integration_id, style="primary", spoken=label)
    shown: list[Block] = [b.header(title), b.section("\n".join(said)), b.actions(button)]
    spoken = t.md("expiry.title", names=tuple(integrations))
    return Message(f"{spoken}. {t.render_md(what)}", [block.to_dict() for block in shown])
