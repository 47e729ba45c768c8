"""Absence of an integration: on or off and from when, which leave type goes where, and what follows from it.

Names of leave types are shown to whoever may manage: they are configuration, and nobody's absence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from slack_sdk.models.blocks import Block, Option

from bot.core.text import Markup, Text
from bot.domain.resource import LeaveWay
from bot.domain.run_remark import RunRemark
from bot.locales import Translator
from bot.providers.leave_protocol import LeaveCode
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.edit.mappings import NOTHING, Setting, setting_input
from bot.views.overview.cards import PREVIEW_ABSENCE
from bot.views.wizard import ACT, Frame, form

ON = "absence.on"
PERIOD_FROM = "absence.period_from"
FROM = "absence.from"
FIRST_DAY = "absence.first_day"
CUT_OFF = "absence.cut_off"
CUT_OFF_HOUR = "absence.cut_off_hour"
CLOSED = "absence.closed"
STATUS = "absence.status"
WHEN = "absence.when"
SEARCH = "absence.search"
NEXT_PAGE, LAST_PAGE = f"{ACT}:next", f"{ACT}:previous"
TYPE = "absence.type."

AUTOMATIC = "auto"
"""The choice to go by the type's own code, as it is and becomes."""

CODE = "="
"""Before a code, which may be any word."""

NO_CUT_OFF = "none"
PERIOD_DAYS = range(1, 29)
CUT_OFFS = (*range(-10, 0), *range(16))
"""Days from the last day of a period."""

IN_A_MENU = 30
"""Of many menus in one form; more codes are searched for."""

TYPES_PER_PAGE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceTerms:
    """The choices of the first form. `own_day` asks for `first_day`; without it, it is `period_start`. The cut-off is
    at `cut_off_hour` of `zone`."""

    on: bool
    period_from: int
    period_start: date
    own_day: bool
    first_day: date | None
    cut_off: int | None
    cut_off_hour: int
    zone: str
    closed: date | None
    confirmed_only: bool
    together: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeLine:
    """A leave type on the second form. `chosen` is the value of its menu, `goes_to` the code it goes to by itself."""

    id: str
    name: str = field(repr=False)
    codes: tuple[str, ...] = field(default=(), repr=False)
    people: int = 0
    chosen: str = field(default=AUTOMATIC, repr=False)
    goes_to: str = field(default="", repr=False)
    sent: bool = False


def terms(
    frame: Frame,
    name: str,
    system: str,
    chosen: AbsenceTerms,
    *,
    alone: bool = False,
    files: bool = False,
    typed_in: bool = False,
) -> View:
    """On or off; the rest only where it is on. Where absence is all that is sent (`alone`) it is neither switched off
    nor tied to another sync; without a `name` the integration is still to be made. `files`: a period's file is
    made until its cut-off, or until somebody says that it was imported. `typed_in`: the system takes none at
    all, and a person gets a list of it."""
    t = frame.t
    if alone:
        intro = b.section(t.md("absence.intro" if name else "absence.intro.new", name=name, system=t(f"{system}.name")))
        return form(
            frame, t("absence.title"), [intro, *_details(t, chosen, alone=True, files=files)], submit=t("flow.next")
        )
    switch = [
        b.option("off", t("absence.switch.off")),
        b.option("on", t("absence.switch.on"), t("absence.switch.on.about")),
    ]
    shown: list[Block] = [
        b.section(t.md("absence.intro.list" if typed_in else "absence.intro", name=name, system=t(f"{system}.name"))),
        b.radio(
            ON,
            t("absence.switch.list" if typed_in else "absence.switch"),
            switch,
            chosen="on" if chosen.on else "off",
            refresh=True,
        ),
    ]
    if chosen.on:
        shown += _details(t, chosen, files=files, typed_in=typed_in)
    return form(frame, t("absence.title"), shown, submit=t("flow.next" if chosen.on else "flow.save"))


def _details(
    t: Translator, chosen: AbsenceTerms, *, alone: bool = False, files: bool, typed_in: bool = False
) -> list[Block]:
    days = [b.option(str(n), t("absence.period_from.day", n=n)) for n in PERIOD_DAYS]
    begins = [
        b.option("period", t("absence.from.period", day=chosen.period_start)),
        b.option("day", t("absence.from.day")),
    ]
    offs = [b.option(NO_CUT_OFF, t(_no_cut_off(files=files)))]
    offs += [b.option(str(n), _cut_off(t, n)) for n in CUT_OFFS]
    statuses = [
        b.option("decided", t("absence.status.decided")),
        b.option("confirmed", t("absence.status.confirmed")),
    ]
    when = [b.option("together", t("absence.when.together")), b.option("own", t("absence.when.own"))]
    shown = [
        b.menu(
            PERIOD_FROM, t("absence.period_from"), days, chosen=str(chosen.period_from), refresh=True,
            hint=t("absence.period_from.hint"),
        ),
        b.radio(FROM, t("absence.from"), begins, chosen="day" if chosen.own_day else "period", refresh=True),
    ]  # fmt: skip
    if chosen.own_day:
        shown.append(
            b.date_input(
                FIRST_DAY, t("absence.first_day"), initial=chosen.first_day, optional=True,
                hint=t("absence.first_day.hint"),
            )
        )  # fmt: skip
    hours = [b.option(str(n), _hour(n)) for n in range(24)]
    off = NO_CUT_OFF if chosen.cut_off is None else str(chosen.cut_off)
    if files:
        shown.append(b.context(t.md("absence.lists" if typed_in else "absence.files")))
    off_hint = t("absence.cut_off.hint.files" if files else "absence.cut_off.hint")
    hour_hint = t("absence.cut_off_hour.hint", zone=chosen.zone)
    shown += [
        b.menu(CUT_OFF, t("absence.cut_off"), offs, chosen=off, hint=off_hint),
        b.menu(CUT_OFF_HOUR, t("absence.cut_off_hour"), hours, chosen=str(chosen.cut_off_hour), hint=hour_hint),
    ]
    hint = t("absence.closed.hint.files" if files else "absence.closed.hint")
    shown += [
        b.date_input(CLOSED, t("absence.closed"), initial=chosen.closed, optional=True, hint=hint),
        b.radio(STATUS, t("absence.status"), statuses, chosen="confirmed" if chosen.confirmed_only else "decided"),
    ]
    if not alone:
        shown.append(b.radio(WHEN, t("absence.when"), when, chosen="together" if chosen.together else "own"))
    return shown


def _no_cut_off(*, files: bool) -> str:
    return "absence.cut_off.none.files" if files else "absence.cut_off.none"


def cut_off_said(t: Translator, days: int | None, hour: int, zone: str, *, files: bool) -> str:
    """When a period is cut off, as mrkdwn."""
    if days is None:
        return t.md(_no_cut_off(files=files))
    key = "last" if days == 0 else "before" if days < 0 else "after"
    return t.md("absence.cut_off.at", day=Text(f"absence.cut_off.{key}", {"n": abs(days)}), hour=_hour(hour), zone=zone)


def _hour(hour: int) -> str:
    return f"{hour:02}:00"


def _cut_off(t: Translator, days: int) -> str:
    if days == 0:
        return t("absence.cut_off.last")
    return t("absence.cut_off.before", n=-days) if days < 0 else t("absence.cut_off.after", n=days)


def types(
    frame: Frame,
    system: str,
    lines: Sequence[TypeLine],
    codes: Sequence[LeaveCode],
    page: int,
    unsent: Sequence[TypeLine],
    *,
    typed: bool = False,
) -> View:
    """A page of leave types with what each goes to; `unsent` are those of all pages that somebody has and that go
    nowhere. `typed`: a code that is not in the list may be typed."""
    t = frame.t
    shown: list[Block] = [b.section(t.md("absence.types.intro", system=t(f"{system}.name")))]
    if typed:
        shown.append(b.section(t.md("absence.types.typed", system=t(f"{system}.name"))))
        unchecked = _unchecked(lines, codes)
        if unchecked:
            shown.append(b.section(t.md("absence.types.unchecked", codes=unchecked, system=t(f"{system}.name"))))
    if unsent:
        named = tuple(t.md("absence.types.unsent.one", type=each.name, n=each.people) for each in unsent)
        shown.append(b.section(t.md("absence.types.unsent", types=tuple(Markup(one) for one in named))))
    pages = max(1, -(-len(lines) // TYPES_PER_PAGE))
    at = page * TYPES_PER_PAGE
    shown += [_type(t, line, codes, typed=typed) for line in lines[at : at + TYPES_PER_PAGE]]
    turns = [b.button(t("absence.types.previous"), LAST_PAGE)] if page else []
    turns += [b.button(t("absence.types.next"), NEXT_PAGE)] if page + 1 < pages else []
    if turns:
        shown.append(b.context(t.md("absence.types.page", page=page + 1, pages=pages)))
        shown.append(b.actions(*turns, block_id="absence.pages"))
    return form(frame, t("absence.types.title"), shown, submit=t("flow.next"))


def _unchecked(lines: Sequence[TypeLine], codes: Sequence[LeaveCode]) -> tuple[str, ...]:
    """Codes of Simployer's that somebody's leave goes to by itself: nobody has said that payroll has them."""
    own = {code.label for code in codes if code.label == code.value}
    found = {line.goes_to for line in lines if line.people and line.chosen == AUTOMATIC and line.goes_to in own}
    return tuple(sorted(found))


def _type(t: Translator, line: TypeLine, codes: Sequence[LeaveCode], *, typed: bool) -> Block:
    label = t("absence.type", type=line.name, codes=line.codes) if line.codes else line.name
    if line.people:
        label = t("absence.type.people", type=label, n=line.people)
    always = fixed_options(t, line)
    name, placeholder = f"{TYPE}{line.id}", t("absence.code.search" if typed else "mapping.search")
    if len(codes) <= IN_A_MENU and not typed:
        return b.menu(name, label, [*always, *(code_option(t, code) for code in codes)], chosen=line.chosen)
    found = next((code_option(t, code) for code in codes if f"{CODE}{code.value}" == line.chosen), None)
    initial = found or next((one for one in always if one.value == line.chosen), always[0])
    return b.search_one(name, label, SEARCH, chosen=initial, placeholder=placeholder, min_query_length=0)


def fixed_options(t: Translator, line: TypeLine) -> list[Option]:
    """What can be chosen for every type: to go by its own code, and not to be sent."""
    own = t("absence.type.auto", code=line.goes_to) if line.goes_to else t("absence.type.auto.none")
    return [b.option(AUTOMATIC, own), b.option(NOTHING, t("absence.type.nothing"))]


def code_option(t: Translator, code: LeaveCode) -> Option:
    """A code of the target, to choose; with what is wrong with it, or that it is a leave of absence."""
    label = code.label
    if code.problem is not None:
        label = t("absence.code.problem", code=code.label)
    elif code.way is LeaveWay.PERIOD:
        label = t("absence.code.period", code=code.label)
    return b.option(f"{CODE}{code.value}", label)


def typed_option(t: Translator, code: str) -> Option:
    """A code that somebody has typed, to choose."""
    return b.option(f"{CODE}{code}", t("absence.code.typed", code=code))


def settings(frame: Frame, system: str, asked: Sequence[Setting]) -> View:
    """What the payroll system asks of absence besides."""
    t = frame.t
    shown: list[Block] = [b.section(t.md("absence.settings.intro", system=t(f"{system}.name")))]
    shown += [setting_input(t, system, one) for one in asked]
    return form(frame, t("absence.settings.title"), shown, submit=t("flow.next"))


def summary(
    frame: Frame, rows: Sequence[tuple[str, str]], notes: Sequence[str], looked: Sequence[RunRemark] = ()
) -> View:
    """Everything on one page, before it is saved. Rows and notes are mrkdwn; `looked` is what the payroll system's own
    look has found that stops nothing."""
    t = frame.t
    shown: list[Block] = [b.section(t.md("absence.summary.intro")), *b.facts(rows)]
    shown += [b.section(note) for note in notes]
    shown += [
        b.section(f"{t.render_md(one.text)} {t.render_md(one.advice)}" if one.advice else t.render_md(one.text))
        for one in looked
    ]
    return form(frame, t("absence.title"), shown, submit=t("flow.save"))


def saved(t: Translator, said: Text, integration_id: str) -> View:
    """Absence is on: nothing has been sent yet, and its preview is one press away."""
    button = b.button(t("card.absence.preview"), PREVIEW_ABSENCE, value=integration_id, style="primary")
    shown = [
        b.section(t.render_md(said)),
        b.section(t.md("absence.summary.next")),
        b.actions(button, block_id="saved.next"),
    ]
    return b.modal(t("edit.saved.title"), shown, close=t("flow.close"))
