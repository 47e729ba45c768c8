"""A plan, or what became of it, person by person. A private value is never shown: only that the field changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from slack_sdk.models.blocks import Block, Option
from slack_sdk.models.blocks.block_elements import InteractiveElement

from bot.core.likeness import said_in, searchable
from bot.core.text import text
from bot.domain.change import Change, ChangeKind
from bot.domain.outcome import Outcome, OutcomeKind
from bot.locales import Translator
from bot.sync.report.issues import issues, word_of
from bot.sync.report.problem_delta import can_be_muted
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.mrkdwn import cut_md
from bot.views.person_line import person_line_md
from bot.views.report.details import field_label
from bot.views.report.profile_links import NOWHERE, Links, open_in
from bot.views.report.run_message import COUNTED
from bot.views.report.values import ShownValues
from bot.views.runs.mute import MUTE
from bot.views.wizard import ACT, Frame, form, notice

FILTER, SEARCH = "plan.filter", "plan.search"
NEXT, PREVIOUS = f"{ACT}:next", f"{ACT}:previous"
EVERYBODY = "all"
WRITTEN = "written"
"""The filter of those to whom a run did something, or may have: they can be undone by hand."""

WRITTEN_KINDS = (OutcomeKind.CREATED, OutcomeKind.UPDATED, OutcomeKind.UNKNOWN)

PEOPLE = 8
"""People on a page."""

LINES = 12
"""Fields of one person that are listed; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One person: the outcome, foreseen or real, and the change where its values are still there."""

    position: int
    outcome: Outcome
    change: Change | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of people. `counts` are those that the list can show, `unchanged` how many the run found in order.

    `kept` says that the plan is there, with its values; `more` that a page follows; `number` counts pages from 0.
    `provider` is the target's key, by which codes are named. `run_id` is given where what is wrong can be muted;
    `undo` says that the list is what somebody undoes a sync by.
    """

    integration: str
    counts: Mapping[OutcomeKind, int]
    unchanged: int
    preview: bool
    kept: bool
    chosen: str
    query: str
    found: Sequence[Shown]
    more: bool
    number: int
    links: Links = NOWHERE
    provider: str = ""
    run_id: str = ""
    undo: bool = False

    @property
    def title(self) -> str:
        """The text key of the window's title."""
        return "report.button.undo" if self.undo else "plan.title"


def people(frame: Frame, page: Page) -> View:
    """The filter, the search, the people and the pages."""
    t = frame.t
    shown: list[Block] = [
        b.menu(FILTER, t("plan.filter"), _kinds(page, t), chosen=page.chosen, refresh=True),
        b.text_input(
            SEARCH, t("plan.search"), hint=t("plan.search.hint"), initial=page.query, optional=True, max_length=100
        ),
    ]
    shown += [b.section(person_text(one, page, t), accessory=_mute(one, page, t)) for one in page.found]
    if not page.found:
        shown.append(b.section(t.md("plan.nobody")))
    notes = [_number(page, t)] if page.number or page.more else []
    notes.append(t.md("plan.private" if page.kept else "plan.erased"))
    if page.undo:
        shown.insert(0, b.section(t.md("plan.undo", system=t(f"{page.provider}.name"))))
    if not page.kept and page.preview and page.unchanged:
        notes.append(t.md("plan.unchanged", n=page.unchanged))
    shown.append(b.context(*notes))
    turns = []
    if page.number:
        turns.append(b.button(t("plan.previous"), PREVIOUS))
    if page.more:
        turns.append(b.button(t("plan.next"), NEXT, value=str(page.found[-1].position)))
    if turns:
        shown.append(b.actions(*turns, block_id="plan.pages"))
    return form(frame, t(page.title), shown, submit=t("plan.submit"))


def _number(page: Page, t: Translator) -> str:
    """Which page it is, and of how many; where a search leaves some out, nobody has counted."""
    if page.query:
        return t.md("plan.page", n=page.number + 1)
    chosen = kinds_of(page.chosen)
    people = sum(n for kind, n in page.counts.items() if chosen is None or kind in chosen)
    return t.md("plan.page.of", n=page.number + 1, all=-(-people // PEOPLE))


def kinds_of(chosen: str) -> tuple[str, ...] | None:
    """The kinds that a filter lets through; None for all."""
    if chosen == WRITTEN:
        return WRITTEN_KINDS
    return None if chosen in ("", EVERYBODY) else (chosen,)


def gone(t: Translator) -> View:
    """The run is not there any more."""
    return notice(t, t("plan.title"), text("run.ended"))


def says(shown: Shown, query: str, t: Translator) -> bool:
    """Whether a person is meant by a search: by name, number, a field or a problem, in the reader's words."""
    if not query:
        return True
    outcome = shown.outcome
    words = [outcome.person.name, outcome.person.number]
    words += [t(f"field.{name}") for name in dict.fromkeys(name for _, _, name in outcome.fields)]
    words += [t.render(issue.reason) for issue in issues(outcome)]
    texts = [searchable(word) for word in words]
    return all(any(said_in(part, found) for found in texts) for part in query.split())


def person_text(shown: Shown, page: Page, t: Translator) -> str:
    """One person as mrkdwn: who, what, where, each field, and what is wrong."""
    outcome, change = shown.outcome, shown.change
    suffix = ".preview" if page.preview else ""
    who = person_line_md(t, outcome.person.name, outcome.person.number)
    lines = [f"*{who}* · {t.md(f'report.outcome.{word_of(outcome)}{suffix}')}"]
    if where := open_in(outcome.person, page.links, t):
        lines.append(where)
    if outcome.kept:
        lines.append(f"• {t.md('report.kept.of_person', fields=_labels(outcome.kept, t))}")
    if outcome.unseen:
        lines.append(f"• {t.md('report.unseen.of_person', fields=_labels(outcome.unseen, t))}")
    lines += [f"• {t.render_md(issue.reason)}" for issue in issues(outcome)]
    if page.undo and outcome.kind is OutcomeKind.CREATED:
        fields = []  # the whole person is to go
    else:
        fields = _changed(change, ShownValues(t, page.provider)) if change is not None else _named(outcome, t)
    lines += [f"• {line}" for line in fields[:LINES]]
    if len(fields) > LINES:
        lines.append(t.md("plan.more", n=len(fields) - LINES))
    return cut_md("\n".join(lines), 2900)


def _mute(shown: Shown, page: Page, t: Translator) -> InteractiveElement | None:
    if not page.run_id or not can_be_muted(shown.outcome):
        return None
    label, person = t("mute.submit"), shown.outcome.person
    return b.button(label, MUTE, value=f"{page.run_id}:{shown.position}", spoken=f"{label}: {person.name}")


def _labels(fields: Sequence[str], t: Translator) -> tuple[str, ...]:
    return tuple(t(f"field.{name}") for name in fields)


def _changed(change: Change, values: ShownValues) -> list[str]:
    t, key = values.t, "plan.field.new" if change.kind is ChangeKind.CREATE else "plan.field"
    lines = []
    for one in change.fields:
        old, value = values.of_change(change, one)
        new = values.of_new(one) if change.kind is ChangeKind.CREATE else value
        lines.append(t.md(key, field=field_label(one, t), old=old, new=new))
    return lines


def _named(outcome: Outcome, t: Translator) -> list[str]:
    names = tuple(t(f"field.{name}") for name in dict.fromkeys(name for _, _, name in outcome.fields))
    return [t.md("plan.fields", fields=names)] if names else []


def _kinds(page: Page, t: Translator) -> list[Option]:
    suffix = ".preview" if page.preview else ""
    total = sum(page.counts.values())
    offered = [b.option(EVERYBODY, t("plan.filter.all", n=total))]
    if page.undo:
        offered.append(b.option(WRITTEN, t("plan.filter.written", n=sum(page.counts.get(k, 0) for k in WRITTEN_KINDS))))
    for kind in COUNTED:
        if (n := page.counts.get(kind, 0)) or kind == page.chosen:
            name = t(f"report.count.{kind}{suffix}")
            offered.append(b.option(kind.value, t("plan.filter.kind", kind=name, n=n)))
    return offered
