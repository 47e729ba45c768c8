"""All that can be changed of one integration, with how it is now, and the runs that are rarely asked for."""

from __future__ import annotations

from slack_sdk.models.blocks import Block
from slack_sdk.models.blocks.block_elements import InteractiveElement

from bot.core.text import Markup
from bot.locales import Translator
from bot.providers.registry import leave_form
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.overview import cards
from bot.views.overview.cards import Card


def settings_page(t: Translator, card: Card) -> View:
    """A row for each setting, with its button."""
    rows = [
        ("card.edit.scope", cards.SCOPE, card.scope),
        ("card.edit.schedule", cards.SCHEDULE, card.schedule),
        ("card.edit.channel", cards.CHANNEL, f"<#{card.channel_id}>"),
        ("card.edit.reports", cards.REPORTS, card.reports),
        ("card.edit.owner", cards.OWNER, _named(t, card)),
        ("card.more.mapping", cards.MAPPING, ""),
        ("card.more.thresholds", cards.THRESHOLDS, ""),
        ("card.more.conflicts", cards.CONFLICTS, ""),
        ("card.edit.credentials", cards.CREDENTIALS, ""),
    ]
    if card.absence_alone:
        rows = [row for row in rows if row[1] not in cards.OF_EMPLOYEES]
    if card.absence is not None or card.absence_alone:
        rows.insert(2, ("card.edit.absence", cards.ABSENCE, ""))
    shown: list[Block] = [b.section(f"*{t.md('setup.company.value', value=card.name)}*")]
    shown += [_row(t, card, *row) for row in rows]
    shown.append(_row(t, card, "card.edit.check", cards.CHECK, "", label=t("card.settings.check")))
    shown.append(_row(t, card, "card.edit.copy", cards.COPY, "", label=t("card.settings.copy")))
    if runs := _runs(t, card):
        shown += [b.section(t.md("card.settings.runs")), b.actions(*runs, block_id="settings.runs")]
    return b.modal(t("card.settings.title"), shown, close=t("flow.close"))


def _named(t: Translator, card: Card) -> str:
    owner = f" · <@{card.owner_id}>" if card.owner_id else ""
    return t.md("setup.company.value", value=card.name) + owner


def _row(t: Translator, card: Card, key: str, action_id: str, now: str, label: str = "") -> Block:
    label = label or t("card.settings.change")
    button = b.button(label, action_id, value=card.id, spoken=f"{label}: {t(key)}")
    said = (
        t.md("card.settings.row", what=t(key), now=Markup(now)) if now else t.md("card.settings.row.bare", what=t(key))
    )
    return b.section(said, accessory=button)


def _runs(t: Translator, card: Card) -> list[InteractiveElement]:
    """What is started besides a preview and a sync of the employees."""
    if card.state in ("paused", "needs_reconnect"):
        return []

    def labelled(key: str, action_id: str) -> InteractiveElement:
        return b.button(t(key), action_id, value=card.id)

    runs: list[InteractiveElement] = []
    if card.absence is not None and card.absence.on and not card.active_run:
        sure = [
            t(f"card.absence.sync.question{leave_form(card.provider).suffix}"),
            t("setup.next.sync.yes"),
            t("setup.next.sync.no"),
        ]
        asked = b.confirm(t("card.absence.sync"), *sure)
        runs.append(labelled("card.absence.preview", cards.PREVIEW_ABSENCE))
        runs.append(b.button(t("card.absence.sync"), cards.SYNC_ABSENCE, value=card.id, confirm=asked))
    runs += [labelled("card.full", cards.FULL)] if card.delivers else []
    runs += [labelled("card.file", cards.FILE)] if card.hands_out else []
    return runs
