"""One integration in detail: its card, who set it up, the next runs, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.core.text import Markup, text
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.command import Reply
from bot.views.overview.cards import Card, card
from bot.views.shared.channel import language_name


def status(
    t: Translator,
    one: Card,
    *,
    owner_id: str,
    since: date,
    language: str,
    next_runs: Sequence[datetime],
    may_manage: bool,
) -> Reply:
    """Everything that can be told of an integration to anybody of the workspace."""
    lines = [
        t.md("status.set_up", who=Markup(f"<@{owner_id}>"), day=since),
        t.md("status.language", language=language_name(language)),
    ]
    if next_runs:
        lines.append(t.md("status.next", when=tuple(b.moment(t, each) for each in next_runs)))
    if may_manage:
        lines.append(t.md(f"status.advice.{one.state}"))
    blocks = card(t, one, may_manage=may_manage, more=[b.section("\n".join(lines))], detailed=True)
    return {"text": t.render_md(text("status.of", name=one.name)), "blocks": b.payload(blocks)}
