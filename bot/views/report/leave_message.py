"""The result of a run of leave: a sentence, whose days were sent or corrected, what waits and why. Pure functions.

Code, type and child are in none of it: a channel reads it. The private file has them, for who may manage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from slack_sdk.models.blocks import Block, ButtonElement

from bot.core.text import Markup, Text
from bot.domain.change import Person
from bot.locales import Translator
from bot.providers.registry import leave_form
from bot.sync.leave.leave_csv import why_of
from bot.sync.leave.leave_report import (
    FAILED,
    OTHER,
    UNKNOWN,
    WITHDRAWN,
    Correction,
    LeaveOfPerson,
    LeaveReport,
    LeaveWaiting,
)
from bot.sync.report.run_summary import NAMED
from bot.views import blocks
from bot.views.message import Message
from bot.views.mrkdwn import cut_md
from bot.views.overview import cards
from bot.views.person_line import person_line_md
from bot.views.report.details import laid_out
from bot.views.report.headline import headline, of_leave, spoken_headline
from bot.views.report.period_files import waiting_files
from bot.views.report.problems import NAME, PROBLEM_TEXT
from bot.views.report.remarks import remarks
from bot.views.report.run_facts import RunFacts
from bot.views.report.run_message import origin, who_approved, why_it_stopped

PRIVATE_FILE = "leave.file"
"""The button that gives who may manage the private file of a run; it carries the run."""

DECIDE_LEAVE = "leave.decide"
"""The button that asks who may manage what shall become of open lines; it carries the run."""

REASONS = 8
"""Reasons that are told one by one."""

REASON_TEXT = 700
"""Characters of one reason with its people at most."""

_IN_OTHER_WORDS = frozenset({FAILED, OTHER, UNKNOWN, WITHDRAWN})


def leave_result(facts: RunFacts, report: LeaveReport, t: Translator) -> Message:
    """The run is over: what was (or would be) sent, what waits for whom and why, and what to do next.

    Nobody is named where the facts say `numbers_only`.
    """
    how, sentence = of_leave(facts, report), leave_sentence(facts, report, t)
    shown: list[Block] = [blocks.header(headline(facts, t, how)), blocks.section(sentence)]
    if facts.reason:
        shown.append(blocks.section(why_it_stopped(facts, t)))
    if facts.preview and facts.guard and not facts.reason:
        asks = [t.md(f"leave.report.asks{_form(facts)}"), *(f"• {t.render_md(reason)}" for reason in facts.guard)]
        shown.append(blocks.section("\n".join(asks)))
    shown += blocks.facts(list(_counted(facts, report, t)))
    named = not facts.numbers_only
    if named and report.written.first:
        people = [_written(one, t) for one in report.written.first[:NAMED]]
        shown += [blocks.divider(), *(blocks.section(cut_md(said, PROBLEM_TEXT)) for said in people)]
        if (left := report.written.total - len(people)) > 0:
            shown.append(blocks.context(t.md("leave.report.more", n=left)))
    shown += _groups(report.waiting, t, named=named)
    shown += remarks(facts.remarks, t)
    shown += _hints(report, t, named=named)
    shown += waiting_files(report.files, t)
    shown.append(blocks.actions(*_buttons(facts, report, t)))
    notes = [origin(facts, t), *who_approved(facts, t), t.md("leave.report.private")]
    if facts.finished_at:
        notes.append(t.md("report.finished", when=blocks.moment(t, facts.finished_at)))
    shown.append(blocks.context(*notes))
    return Message(f"{spoken_headline(facts, t, how)}. {sentence}", [block.to_dict() for block in shown])


def leave_sentence(facts: RunFacts, report: LeaveReport, t: Translator) -> str:
    """State, counts and what to do next: "Sent absence of 2 to 31 March: 12 people, 41 days, 287.5 hours. ..."

    What a run that stopped early has sent is said as well.
    """
    kind = "preview" if facts.preview else "sync"
    said: list[str] = []
    if facts.cancelled_by:
        how = "refused" if facts.refused else "cancelled"
        said.append(t.md(f"leave.report.{how}", who=Markup(f"<@{facts.cancelled_by}>")))
    elif facts.reason:
        said.append(t.md(f"leave.report.stopped.{kind}", target=facts.target))
    if report.people:
        counts = [t.md("leave.report.people", n=report.people)]
        if report.days:
            counts += [t.md("leave.report.days", n=report.days), t.md("leave.report.hours", n=report.hours)]
        if report.taken_back:
            counts.append(t.md("leave.report.taken_back", n=report.taken_back))
        if report.longer:
            counts.append(t.md("leave.report.longer", n=report.longer))
        when = _span(t, report.first, report.last)
        where = t.md(f"leave.report.sent.{kind}{'.span' if when else ''}{_form(facts)}", span=Markup(when))
        said.append(f"{where} {', '.join(counts)}.")
    elif not facts.cancelled_by and not facts.reason and not report.people_waiting and not report.released:
        said.append(t.md(f"leave.report.same.{kind}{_form(facts)}", target=facts.target))
    if report.released:
        said.append(t.md("leave.report.released", n=report.released))
    if report.half_done:
        said.append(t.md("leave.report.half_done", n=report.half_done))
    if report.kept:
        said.append(t.md("leave.report.kept", n=report.kept))
    if report.people_waiting:
        said.append(t.md("leave.report.waits", n=report.people_waiting))
    if report.people_waiting:
        said.append(t.md("leave.report.next.decide" if report.questions else "leave.report.next.waits"))
    elif facts.preview and report.people and not facts.reason:
        # What waits for import may be this very file: whether it is, only the sync knows.
        again = ".again" if _form(facts) and report.files else ""
        said.append(t.md(f"leave.report.next.sync{_form(facts)}{again}"))
    return " ".join(said)


def leave_tables(facts: RunFacts, report: LeaveReport, t: Translator) -> Iterator[Message]:
    """The thread: whose days were sent, with days and hours, as many as tables show."""
    who = ("report.column.name", "report.column.number")
    yield from laid_out(
        f"leave.table.written.preview{_form(facts)}" if facts.preview else "leave.table.written",
        (*who, "leave.column.days", "leave.column.hours", "leave.column.changed", "leave.column.taken_back"),
        report.written,
        lambda one: (
            one.person.name,
            one.person.number,
            t.value(one.days),
            t.value(one.hours),
            t.value(one.changed),
            t.value(one.taken_back),
        ),
        t,
    )


def channel_words(reason: str) -> tuple[Text, Text]:
    """Why days wait, and what to do, in words that do not say why somebody is away."""
    if reason in _IN_OTHER_WORDS:
        return Text(f"leave.why.{reason}"), Text(f"leave.why.{reason}.advice")
    return why_of(reason)


def _form(facts: RunFacts) -> str:
    """What keys end with where nothing is sent: a file is made, or a list."""
    return leave_form(facts.provider).suffix


def _counted(facts: RunFacts, report: LeaveReport, t: Translator) -> Iterator[tuple[str, str]]:
    suffix = ".preview" if facts.preview else ""
    new = report.days - report.changed
    for word, count in (("new", new), ("changed", report.changed), ("taken_back", report.taken_back)):
        if count:
            named = f"{suffix}{_form(facts)}" if word == "new" and facts.preview else suffix
            yield t.md(f"leave.count.{word}{named}"), t.value(count)
    if report.longer:
        yield t.md(f"leave.count.longer{suffix}"), t.value(report.longer)
    if report.days_waiting:
        yield t.md("leave.count.waiting"), t.value(report.days_waiting)


def _written(one: LeaveOfPerson, t: Translator) -> str:
    said = [t.md("leave.report.days", n=one.days), t.md("leave.report.hours", n=one.hours)] if one.days else []
    if one.taken_back:
        said.append(t.md("leave.report.taken_back", n=one.taken_back))
    if one.longer:
        said.append(t.md("leave.report.longer", n=one.longer))
    lines = [f"*{_who(one.person, t)}* · {', '.join(said)}"]
    lines += [f"• {_correction(each, t)}" for each in one.corrections]
    if one.untold:
        lines.append(f"• {t.md('leave.report.corrected.more', n=one.untold)}")
    return "\n".join(lines)


def _correction(one: Correction, t: Translator) -> str:
    key = "leave.report.corrected" if one.new else "leave.report.corrected.gone"
    if one.days == 1:
        return t.md(key, day=one.first, old=one.old, new=one.new)
    return t.md(f"{key}.days", first=one.first, last=one.last, n=one.days, old=one.old, new=one.new)


def _hints(report: LeaveReport, t: Translator, *, named: bool) -> list[Block]:
    """What was sent as it stands, and must be looked at; what cannot be told here is counted."""
    shown = _groups(report.hints, t, named=named)
    if report.in_private:
        shown.append(blocks.context(t.md("leave.report.in_private", n=report.in_private)))
    return shown


def _groups(groups: Sequence[LeaveWaiting], t: Translator, *, named: bool) -> list[Block]:
    shown: list[Block] = [blocks.divider()] if groups else []
    for group in groups[:REASONS]:
        reason, advice = channel_words(group.reason)
        counts = [t.md("leave.report.people", n=group.people.total)]
        counts += [t.md("leave.report.days", n=group.days)] if group.days else []
        lines = [f"*{t.render_md(reason)}* {', '.join(counts)}.", t.render_md(advice)]
        if named:
            names = [_with_days(person, first, last, t) for person, first, last in group.people.first]
            if (left := group.people.total - len(names)) > 0:
                names.append(t.md("report.waiting.more", n=left))
            lines.append(t.value(tuple(Markup(name) for name in names)))
        shown.append(blocks.section(cut_md("\n".join(lines), REASON_TEXT)))
    if (left := len(groups) - REASONS) > 0:
        shown.append(blocks.context(t.md("leave.report.more_reasons", n=left)))
    return shown


def _with_days(person: Person, first: date | None, last: date | None, t: Translator) -> str:
    span = _span(t, first, last)
    return f"{_who(person, t)}, {span}" if span else _who(person, t)


def _who(person: Person, t: Translator) -> str:
    return person_line_md(t, blocks.cut(person.name, NAME), person.number)


def _span(t: Translator, first: date | None, last: date | None) -> str:
    """One day, or from a day to another; "" where there is none."""
    if first is None or last is None:
        return ""
    return t.md("leave.report.day", day=first) if first == last else t.md("leave.report.span", first=first, last=last)


def _buttons(facts: RunFacts, report: LeaveReport, t: Translator) -> list[ButtonElement]:
    shown: list[ButtonElement] = []
    if facts.reconnect:
        label = t("report.button.reconnect")
        shown.append(blocks.button(label, cards.CREDENTIALS, value=facts.integration_id, style="primary"))
    if facts.next_step == "sync":
        label = t("report.button.apply")
        shown.append(blocks.button(label, cards.APPLY_PREVIEW, value=facts.run_id, style="primary"))
    if report.questions or report.kept:
        shown.append(blocks.button(t("leave.button.decide"), DECIDE_LEAVE, value=facts.run_id))
    shown.append(blocks.button(t("leave.button.file"), PRIVATE_FILE, value=facts.run_id))
    return shown
