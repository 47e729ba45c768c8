"""Open lines of leave and their answers, a page at a time. It says under which code somebody is away: it is shown to
one person who may manage, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from slack_sdk.models.blocks import Block

from bot.core.text import Text, text
from bot.domain.resource import LeaveWay
from bot.locales import Translator
from bot.sync.leave.leave_answers import WITHDRAWN, OpenLine
from bot.sync.leave.leave_csv import why_of
from bot.sync.leave.ledger_entries import Decision
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.report.problems import NAME
from bot.views.wizard import Frame, form, notice

LATER = "later"

TICKS = "leave.ticks"
"""The list of what was done by hand; its block ids end with the first and the last line that it has."""

ANSWER = "leave.answer"
"""One question; its block id ends with the line's number."""

BACK = "leave.back"
"""Answers that can be taken back; its block ids end with the first and the last line that it has."""

PAGE = 20
"""Lines on a page, and answers that are shown to be taken back."""

TICKED = 10
"""Slack takes ten check boxes to a group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLinesPage:
    """A page of open lines; `system` is the payroll system, `left` how many are open from this page on. `given` are
    lines with an answer that no sync has carried out."""

    lines: Sequence[OpenLine] = field(repr=False)
    system: str
    left: int
    given: Sequence[OpenLine] = field(default=(), repr=False)


def questions(frame: Frame, page: OpenLinesPage) -> View:
    """Each question with its answers, and below them the list of what is done by hand."""
    t = frame.t
    shown: list[Block] = [b.context(t.md("leave.decide.left", n=page.left))]
    by_hand = [each for each in page.lines if is_by_hand(each)]
    for each in page.lines:
        if each in by_hand:
            continue
        reason, _ = why_of(str(each.line.reason))
        shown.append(b.section(f"{_line(each, page.system, t)}\n{t.render_md(reason)}"))
        options = [b.option(one.value, _answer(one, page.system, t)) for one in each.answers]
        options.append(b.option(LATER, t("leave.decide.answer.later")))
        label = t("leave.decide.answer", name=b.cut(each.person.name, NAME), day=each.line.first)
        shown.append(b.menu(f"{ANSWER}.{each.at}", label, options, chosen=LATER))
    for at in range(0, len(by_hand), TICKED):
        group = by_hand[at : at + TICKED]
        ticks = [b.option(str(each.at), _tick(each, t), _about(each, t)) for each in group]
        name = f"{TICKS}.{group[0].at}.{group[-1].at}"
        shown.append(b.check_boxes(name, t("leave.decide.ticks", system=page.system), ticks, optional=True))
    shown += _given(page, t)
    shown.append(b.context(t.md("leave.decide.means", system=page.system), t.md("leave.decide.private")))
    return form(frame, t("leave.decide.title"), shown, submit=t("leave.decide.save"))


def _given(page: OpenLinesPage, t: Translator) -> list[Block]:
    """The answers that can be taken back, the first of them."""
    given = page.given[:PAGE]
    shown: list[Block] = []
    for at in range(0, len(given), TICKED):
        group = given[at : at + TICKED]
        options = [
            b.option(str(each.at), _tick(each, t), _answer(each.given, page.system, t))
            for each in group
            if each.given is not None
        ]
        name = f"{BACK}.{group[0].at}.{group[-1].at}"
        shown.append(b.check_boxes(name, t("leave.decide.back"), options, optional=True))
    if (left := len(page.given) - len(given)) > 0:
        shown.append(b.context(t.md("leave.decide.back.more", n=left)))
    return shown


def is_by_hand(line: OpenLine) -> bool:
    """Whether nothing else can be answered, so that a tick will do."""
    return line.answers == (Decision.BY_HAND,)


def done(t: Translator, *, kept: int, refused: int, taken_back: int = 0) -> View:
    """How many answers were kept or taken back, how many not and why, and what to do next."""
    said = [text("leave.decide.done", n=kept)] if kept or not taken_back else []
    said += [text("leave.decide.taken_back", n=taken_back)] if taken_back else []
    said += [text("leave.decide.refused", n=refused)] if refused else []
    return notice(t, t("leave.decide.title"), *said, text("leave.decide.next"))


def saved(t: Translator) -> View:
    """For a second press."""
    return notice(t, t("leave.decide.title"), text("leave.decide.saved"))


def gone(t: Translator) -> View:
    """The run or its integration is no more."""
    return notice(t, t("leave.decide.title"), text("run.ended"))


NONE, WRITES = text("leave.decide.none"), Text("leave.decide.writes")
"""Nothing is open any more; a sync writes absence just now."""


def _line(each: OpenLine, system: str, t: Translator) -> str:
    line = each.line
    found = line.place.found if line.place is not None else None
    if found is not None and line.reason not in WITHDRAWN:
        return t.md(
            "leave.decide.line.period.found", name=b.cut(each.person.name, NAME), number=each.person.number,
            code=found.code, system=system, first=found.first, last=_end(found.last), percent=found.percent,
            wanted=line.code, from_day=line.first, to_day=_end(line.last), new=line.new,
        )  # fmt: skip
    key = "leave.decide.line" if line.way is LeaveWay.DAY else "leave.decide.line.period"
    return t.md(
        key, name=b.cut(each.person.name, NAME), number=each.person.number, day=line.first, code=line.code,
        system=system, old=line.old, new=line.new,
    )  # fmt: skip


def _end(day: date | None) -> object:
    return day if day is not None else text("leave.decide.open_end")


def _answer(decision: Decision, system: str, t: Translator) -> str:
    return t(f"leave.decide.answer.{decision}", system=system)


def _tick(each: OpenLine, t: Translator) -> str:
    # Slack takes 75 characters of a choice: the day must be among them.
    return t("leave.decide.tick", name=b.cut(each.person.name, 40), number=each.person.number, day=each.line.first)


def _about(each: OpenLine, t: Translator) -> str:
    line = each.line
    key = "leave.decide.tick.about" if line.way is LeaveWay.DAY else "leave.decide.tick.about.period"
    return t(key, code=b.cut(line.code, 30), old=line.old, new=line.new)
