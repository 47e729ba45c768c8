"""What was answered about look-alikes, and the way to take an answer back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import Block, ButtonElement

from bot.core.text import Markup
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.overview.cards import RESOLVE
from bot.views.person_line import person_line
from bot.views.shared.next_steps import next_steps
from bot.views.wizard import ACT, Frame, form

UNDO, NEWER, OLDER = f"{ACT}:undo", f"{ACT}:newer", f"{ACT}:older"


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedAnswer:
    """One answer. `name` is "" where it could not be read; `others` are people of the target, as they may be shown."""

    source_id: str
    decision: str
    decided_by: str
    decided_at: datetime
    name: str = ""
    number: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedAnswers:
    """A page of remembered answers, from position `start` of all `of`, and how many questions `open_run` left open."""

    integration_id: str
    system: str
    shown: Sequence[RememberedAnswer]
    start: int = 0
    of: int = 0
    open: int = 0
    open_run: str | None = None


def decisions(frame: Frame, found: RememberedAnswers) -> View:
    """What is open, what was answered, and the next steps."""
    t = frame.t
    shown: list[Block] = [_open(t, found), b.section(f"*{t.md('decision.remembered')}*")]
    if not found.of:
        shown.append(b.section(t.md("decision.none")))
    shown += [b.section(_line(t, one, found.system), accessory=_undo(t, one)) for one in found.shown]
    if any(not one.name for one in found.shown):
        shown.append(b.context(t.md("decision.names_unread")))
    if found.of > len(found.shown):
        end = found.start + len(found.shown)
        turns = []
        if found.start:
            turns.append(b.button(t("decision.newer"), NEWER))
        if end < found.of:
            turns.append(b.button(t("decision.older"), OLDER))
        shown.append(b.context(t.md("decision.page", start=found.start + 1, end=end, of=found.of)))
        if turns:
            shown.append(b.actions(*turns, block_id="decision.pages"))
    shown.append(b.actions(*next_steps(t, found.integration_id), block_id="decision.next"))
    return form(frame, t("decision.title"), shown)


def _open(t: Translator, found: RememberedAnswers) -> Block:
    if not found.open or found.open_run is None:
        return b.section(t.md("decision.open.none"))
    button = b.button(t("report.button.resolve"), RESOLVE, value=found.open_run, style="primary")
    return b.section(t.md("decision.open", n=found.open), accessory=button)


def _line(t: Translator, remembered: RememberedAnswer, system: str) -> str:
    if remembered.name:
        who = person_line(t, remembered.name, remembered.number)
    else:
        who = t("decision.unnamed", id=remembered.source_id)
    key = (
        "decision.different.nobody"
        if remembered.decision == "different" and not remembered.others
        else f"decision.{remembered.decision}"
    )
    said = t.md(key, who=who, others=remembered.others, system=system)
    when = b.moment(t, remembered.decided_at)
    return f"{said}\n{t.md('decision.by', who=Markup(f'<@{remembered.decided_by}>'), when=when)}"


def _undo(t: Translator, remembered: RememberedAnswer) -> ButtonElement:
    label = t("decision.undo")
    question = b.confirm(label, t("decision.undo.question"), t("decision.undo.yes"), t("decision.undo.no"))
    return b.button(
        label,
        UNDO,
        value=remembered.source_id,
        confirm=question,
        spoken=f"{label}: {remembered.name or remembered.source_id}",
    )
