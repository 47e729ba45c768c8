"""The App Home: every integration, what needs attention first."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View as SlackView

from bot.locales import Translator
from bot.text import Text
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.cards import SETUP, Card, card, in_order

SHOWN_CARDS = 30


def home(t: Translator, workspace: str, cards: Sequence[Card], refusal: Text | None) -> View:
    """The list, with buttons for those who may manage and read-only for others (`refusal` names who may)."""
    blocks: list[Block] = [b.header(t("home.title", workspace=workspace) if workspace else t("home.title.unnamed"))]
    if refusal is None:
        blocks.append(b.actions(b.button(t("command.setup"), SETUP, style="primary"), block_id="home.setup"))
    else:
        blocks.append(b.context(t.render_md(refusal)))
    blocks.append(b.divider())
    if not cards:
        blocks.append(b.section(t.md("home.none")))
    for one in in_order(cards)[:SHOWN_CARDS]:
        blocks += [*card(t, one, may_manage=refusal is None), b.divider()]
    if len(cards) > SHOWN_CARDS:
        blocks.append(b.section(t.md("home.more", n=len(cards) - SHOWN_CARDS)))
    return dict(SlackView(type="home", blocks=blocks).to_dict())
