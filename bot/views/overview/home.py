"""The App Home: every integration, what needs attention first."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View as SlackView

from bot.core.text import Text
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.overview.cards import HELP, SETUP, Card, attention, card, in_order, urgency

SHOWN_CARDS, SHOWN_CALLS = 27, 10
"""Of what Slack shows on a tab: three blocks for a card, one for a line that calls for attention."""

OF_TEAM = "home:"
"""Begins the callback id of a Home tab; the workspace that it shows follows."""


def home(
    t: Translator,
    workspace: str,
    cards: Sequence[Card],
    refusal: Text | None,
    team_id: str = "",
    *,
    number: int | None = None,
) -> View:
    """The list, with buttons for those who may manage and read-only for others (`refusal` names who may).

    `number` is how many integrations there are, where `cards` are not all of them. `team_id` comes back with every
    press, which elsewhere may name another workspace of the organisation.
    """
    blocks: list[Block] = [b.header(t("home.title", workspace=workspace) if workspace else t("home.title.unnamed"))]
    if refusal is None:
        style = None if cards else "primary"
        buttons = [b.button(t("command.setup"), SETUP, style=style), b.button(t("command.help.button"), HELP)]
        blocks.append(b.actions(*buttons, block_id="home.setup"))
    else:
        blocks.append(b.context(t.render_md(refusal)))
    if not cards:
        blocks += [b.divider(), b.section(t.md("home.none"))]
    shown = in_order(cards)[:SHOWN_CARDS]
    urgent = [one for one in shown if urgency(one)]
    if urgent:
        blocks.append(b.header(t("home.attention", n=len(urgent))))
        blocks += [attention(t, one, may_manage=refusal is None) for one in urgent[:SHOWN_CALLS]]
    elif cards:
        blocks.append(b.section(t.md("home.attention.none")))
    blocks += [b.divider()] if shown else []
    for one in shown:
        blocks += [*card(t, one, may_manage=refusal is None, called=True), b.divider()]
    more = (len(cards) if number is None else number) - SHOWN_CARDS
    if more > 0:
        blocks.append(b.section(t.md("home.more", n=more)))
    return dict(SlackView(type="home", blocks=blocks, callback_id=f"{OF_TEAM}{team_id}").to_dict())


def empty_home(t: Translator, refusal: Text, team_id: str = "") -> View:
    """For those who may not look: who may, and nothing of any integration."""
    shown: list[Block] = [b.header(t("home.title.unnamed")), b.section(t.render_md(refusal))]
    return dict(SlackView(type="home", blocks=shown, callback_id=f"{OF_TEAM}{team_id}").to_dict())
