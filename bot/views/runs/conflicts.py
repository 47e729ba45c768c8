"""Is this employee that person? One question at a time. Names and numbers are shown, private facts only as words."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.models.blocks import Block, Option

from bot.core.text import Text, text
from bot.domain.change import Lookalike
from bot.locales import Translator
from bot.sync.compare.match import MatchDecision
from bot.sync.report.conflict_questions import Conflict
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.person_line import person_line_md
from bot.views.report.profile_links import NOWHERE, Links, open_in, open_target
from bot.views.shared.next_steps import next_steps
from bot.views.wizard import ACT, Frame, form, notice

LATER = "later"
PREVIOUS = f"{ACT}:previous"

IN_SIGHT = 10
"""Slack takes ten radio buttons; more choices make a menu."""

SHOWN_LOOKALIKES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedConflict:
    """One question out of several. `answers` are the decisions that settle it, `chosen` what was answered before."""

    conflict: Conflict
    answers: tuple[MatchDecision, ...]
    system: str
    at: int
    of: int
    chosen: str | None = None
    links: Links = NOWHERE


def block_id(at: int) -> str:
    """The input of one question. Each has its own: Slack would keep the former answer under a shared one."""
    return f"conflict.answer.{at}"


def same(position: int) -> str:
    """The choice of one look-alike."""
    return f"{MatchDecision.SAME}.{position}"


def question(frame: Frame, asked: AskedConflict) -> View:
    """Who is in doubt, who looks alike and by what, and the answers."""
    t, conflict = frame.t, asked.conflict
    shown: list[Block] = [b.context(t.md("conflict.position", at=asked.at + 1, of=asked.of))]
    shown += b.facts([(t.md("conflict.in_source"), person_line_md(t, conflict.person.name, conflict.person.number))])
    shown.append(b.section(t.render_md(conflict.question)))
    if where := open_in(conflict.person, asked.links, t):
        shown.append(b.section(where))
    lines = [_alike(t, alike, asked.links) for alike in conflict.lookalikes]
    if lines:
        shown.append(b.section(f"*{t.md('conflict.in_target', system=asked.system)}*"))
        shown += [b.section("\n".join(lines[at : at + 10])) for at in range(0, len(lines[:SHOWN_LOOKALIKES]), 10)]
    shown.append(_choice(t, asked))
    shown.append(b.context(t.render_md(conflict.advice), t.md("conflict.private")))
    return form(frame, t("conflict.title"), shown, submit=t("conflict.save"))


def options(t: Translator, asked: AskedConflict) -> list[Option]:
    """The answers that settle the question, and to leave it open."""
    found: list[Option] = []
    for decision in asked.answers:
        if decision is MatchDecision.SAME:
            found += [
                b.option(same(position), _same(t, alike), t("conflict.answer.same.about", system=asked.system))
                for position, alike in enumerate(asked.conflict.lookalikes[:SHOWN_LOOKALIKES])
            ]
        else:
            about = t(f"conflict.answer.{decision}.about", system=asked.system)
            found.append(b.option(decision.value, t(f"conflict.answer.{decision}"), about))
    return [*found, b.option(LATER, t("conflict.answer.later"), t("conflict.answer.later.about"))]


def answered(t: Translator, said: Text, integration_id: str) -> View:
    """Done for now: the next preview shows what the answers lead to."""
    return b.modal(
        t("conflict.done.title"),
        [
            b.section(t.render_md(said)),
            b.section(t.md("conflict.done.next")),
            b.actions(*next_steps(t, integration_id), block_id="answered.next"),
            b.context(t.md("conflict.done.undo")),
        ],
        close=t("flow.close"),
    )


def gone(t: Translator) -> View:
    """The integration was removed meanwhile."""
    return notice(t, t("conflict.title"), text("command.gone"))


def _choice(t: Translator, asked: AskedConflict) -> Block:
    offered = options(t, asked)
    name, label = block_id(asked.at), t("conflict.answer", name=asked.conflict.person.name)
    if len(offered) <= IN_SIGHT:
        return b.radio(name, label, offered, chosen=asked.chosen)
    return b.menu(name, label, offered, chosen=asked.chosen, placeholder=t("conflict.answer.placeholder"))


def _same(t: Translator, alike: Lookalike) -> str:
    key = "conflict.answer.same" if alike.number else "conflict.answer.same.no_number"
    return t(key, name=b.cut(alike.name, 40), number=b.cut(alike.number, 15))


def _alike(t: Translator, alike: Lookalike, links: Links) -> str:
    said = f"• {person_line_md(t, alike.name, alike.number)}: {t.md(f'conflict.by.{alike.by}')}"
    where = open_target(alike.target_id, links, t)
    return f"{said}. {where}" if where else said
