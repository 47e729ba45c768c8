"""What `/integration` answers: overview, help, the nearest word, and the choice of an integration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import Block

from bot.core.text import Text, text
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.overview.cards import HELP, SETUP, WAYS_OUT, Card, Standing, card, in_order

Reply = dict[str, Any]
"""`text` and `blocks`, as `respond` and `chat.postMessage` take them. Slack reads the text as mrkdwn too."""

SHOWN_CARDS = 15


def said(t: Translator, what: Text, *extra: Block) -> Reply:
    """One sentence, with whatever belongs below it."""
    words = t.render_md(what)
    return {"text": words, "blocks": b.payload([b.section(words), *extra])}


def offer(
    t: Translator, what: Text, action_id: str, label: str, integration_id: str, style: str | None = "primary"
) -> Reply:
    """One sentence, and the button that does what it says."""
    return said(t, what, b.actions(b.button(t(label), action_id, value=integration_id, style=style)))


def stale(t: Translator, what: Text, link: str | None) -> Reply:
    """That a preview is not the latest one, with the way to that."""
    return said(t, what, *([b.section(f"<{link}|{t.md('shown.stale.link')}>")] if link else []))


def refused(t: Translator, parts: Sequence[Text], state: str | None, integration_id: str) -> Reply:
    """Why something cannot be done and what can; where the integration's state is the reason, its way out."""
    blocks: list[Block] = [b.section(t.render_md(each)) for each in parts]
    if state in WAYS_OUT:
        label, action_id = WAYS_OUT[state]
        blocks.append(b.actions(b.button(t(label), action_id, value=integration_id, style="primary")))
    return {"text": " ".join(t.render_md(each) for each in parts), "blocks": b.payload(blocks)}


def overview(t: Translator, cards: Sequence[Card], refusal: Text | None, number: int | None = None) -> Reply:
    """The integrations of the workspace, and what can be done; `refusal` says who may, to those who may not.

    `number` is how many there are, where `cards` are not all of them.
    """
    number = len(cards) if number is None else number
    may = refusal is None
    blocks: list[Block] = []
    if not cards:
        blocks.append(b.section(t.md("command.overview.none")))
    for one in in_order(cards)[:SHOWN_CARDS]:
        blocks += [*card(t, one, may_manage=may), b.divider()]
    if number > SHOWN_CARDS:
        blocks.append(b.section(t.md("command.overview.more", n=number - SHOWN_CARDS)))
    if refusal is None:
        style = None if cards else "primary"
        buttons = [b.button(t("command.setup"), SETUP, style=style), b.button(t("command.help.button"), HELP)]
        blocks.append(b.actions(*buttons, block_id="overview.setup"))
    else:
        blocks.append(b.context(t.render_md(refusal)))
    summary = text("command.overview", n=number) if cards else text("command.overview.none")
    return {"text": t.render_md(summary), "blocks": b.payload(blocks)}


def help_text(t: Translator, words: Sequence[str], refusal: Text | None) -> Reply:
    """Every word that the person may use, and what it does; `refusal` says who may manage, to those who may not."""
    variant = "" if refusal is None else ".look"
    lines = [t.md("command.word", word=word, does=t(f"command.does.{word.replace(' ', '_')}")) for word in words]
    title = t.md(f"command.help{variant}")
    shown: list[Block] = [b.section(title)]
    if "status" in words:
        lines.insert(0, t.md(f"command.word.alone{variant}"))
        shown += [b.section("\n".join(lines)), b.context(t.md(f"command.help.note{variant}"))]
    else:
        shown.append(b.section("\n".join(lines)))
    if refusal is not None:
        shown.append(b.section(t.render_md(refusal)))
    return {"text": title, "blocks": b.payload(shown)}


def unknown(t: Translator, word: str, nearest: str | None) -> Reply:
    """A word that is not known, and the one that was perhaps meant."""
    if nearest:
        return said(t, text("command.unknown.nearest", word=word, nearest=nearest))
    return said(t, text("command.unknown", word=word))


def choose(t: Translator, question: Text, action_id: str, offered: Sequence[Standing], unmatched: str | None) -> Reply:
    """Which integration is meant, one button each."""
    blocks: list[Block] = []
    if unmatched:
        blocks.append(b.section(t.md("command.no_such", name=unmatched)))
    blocks.append(b.section(t.render_md(question)))
    for one in in_order(offered)[:SHOWN_CARDS]:
        label = t("command.choose")
        blocks.append(
            b.section(
                t.md("card.name", name=one.name, system=t(f"{one.provider}.name"), company=one.company),
                accessory=b.button(label, action_id, value=one.id, spoken=f"{label}: {one.name}"),
            )
        )
    return {"text": t.render_md(question), "blocks": b.payload(blocks)}
