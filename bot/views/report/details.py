"""The thread of a run: what new people get, what changes from what to what, and who needs what, by reason. Pure
functions.

A private value is never shown: only that it is set, or changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from bot.domain.change import Change, FieldChange
from bot.domain.outcome import Drifted, Outcome, OutcomeKind
from bot.domain.record import Level
from bot.locales import Translator
from bot.sync.report.problem_groups import NAMES
from bot.sync.report.run_summary import ROWS as SAMPLED
from bot.sync.report.run_summary import RunSummary
from bot.sync.report.top_n import TopN
from bot.views import blocks
from bot.views.message import Message
from bot.views.report.newcomers import newcomer_text
from bot.views.report.problems import group_text, remark_text
from bot.views.report.values import ShownValues
from bot.views.table import table

T = TypeVar("T")
Row = tuple[str, ...]

TABLES = 4
"""Tables, or lists, of each kind in a thread at most; the file has everybody."""

ROWS = SAMPLED // TABLES
"""Slack takes 100 rows to a table; fewer keep a message readable on a phone."""

CELL = 200
"""Characters of a cell that are shown."""

TABLE_TEXT = 8_000
"""Characters in a table or list at most: Slack refuses messages of some 13,000 (`msg_blocks_too_long`, bolt-js issue
2509)."""

ENTRIES = 40
"""Entries in a list at most: Slack takes 50 blocks to a message."""

WHO = ("report.column.name", "report.column.number")
_FORESEEN = ("report.column.old", "report.column.new")
_WRITTEN = ("report.column.before", "report.column.after")


def tables(summed: RunSummary, values: ShownValues, *, preview: bool) -> Iterator[Message]:
    """What a run's thread shows: first what is (or was) written, then what needs a person, and remarks; of each kind no
    more than `TABLES`, so that none crowds out another."""
    t = values.t
    for kind in (
        value_tables(summed, values, preview=preview),
        changed_tables(summed, t, preview=preview),
        drift_tables(summed, values),
        problem_lists(summed, t),
        remark_lists(summed, t),
    ):
        yield from islice(kind, TABLES)


def value_tables(summed: RunSummary, values: ShownValues, *, preview: bool) -> Iterator[Message]:
    """What new people get, and what updates change, field by field; nothing where the values have been erased."""
    t, caption = values.t, "report.list.new.preview" if preview else "report.list.new"
    yield from listed(caption, summed.newcomers, lambda change: newcomer_text(change, values), t)
    yield from laid_out(
        "report.table.updates" if preview else "report.table.updated",
        (*WHO, "report.column.field", *(_FORESEEN if preview else _WRITTEN)),
        summed.updates,
        lambda one: (*_of_person(one[0]), field_label(one[1], t), *values.of_change(*one)),
        t,
    )


def changed_tables(summed: RunSummary, t: Translator, *, preview: bool) -> Iterator[Message]:
    """Who was (or would be) created or changed, where not everybody's values are shown."""
    if summed.newcomers.total + summed.updates.total and summed.newcomers.total == len(summed.newcomers.first):
        return
    yield from laid_out(
        "report.table.changed.preview" if preview else "report.table.changed",
        (*WHO, "report.column.outcome", "report.column.fields"),
        summed.changed,
        lambda outcome: (*_who(outcome), _kind(outcome.kind, t, preview), _field_names(outcome, t)),
        t,
    )


def drift_tables(summed: RunSummary, values: ShownValues) -> Iterator[Message]:
    """What somebody has changed in the target since a sync wrote it, whether it is put right or left; without its
    values where they have gone with the plan."""
    t, about = values.t, (*WHO, "report.column.field")
    if summed.drift.total:
        yield from laid_out(
            "report.table.drift",
            (*about, "report.column.theirs", "report.column.ours"),
            summed.drift,
            lambda one: (*_of_person(one[0]), field_label(one[1], t), *values.pair(one[1], seen=True)),
            t,
        )
        return
    yield from laid_out(
        "report.table.drift",
        (*about, "report.column.drifted"),
        summed.drifted,
        lambda one: (*_who(one[0]), field_label(one[1], t), t(f"report.drift.{_word(one[1])}")),
        t,
    )


def problem_lists(summed: RunSummary, t: Translator) -> Iterator[Message]:
    """Everybody who needs a person, by what is wrong."""
    for caption, groups in (
        ("report.problems.new" if summed.known_problems.total else "report.problems.title", summed.new_problems),
        ("report.list.problems.known", summed.known_problems),
    ):
        sample = groups.sample()
        yield from listed(caption, sample, lambda group: group_text(group, t, names=NAMES), t, n=groups.total)


def remark_lists(summed: RunSummary, t: Translator) -> Iterator[Message]:
    """What did not stop anybody, by what it is."""
    yield from listed(
        "report.table.remarks", summed.remarks, lambda same: remark_text(same, t), t, n=summed.remarks_total
    )


def _word(drifted: Drifted) -> str:
    return "restored" if drifted.restored else "left"


def _of_person(change: Change) -> tuple[str, str]:
    return change.person.name, change.person.number


def _who(outcome: Outcome) -> tuple[str, str]:
    return outcome.person.name, outcome.person.number


def _kind(kind: OutcomeKind, t: Translator, preview: bool) -> str:
    return t(f"report.outcome.{kind}.preview" if preview else f"report.outcome.{kind}")


def _field_names(outcome: Outcome, t: Translator) -> str:
    names = dict.fromkeys(name for _, _, name in outcome.fields)
    if outcome.kind is OutcomeKind.CREATED:
        return t("report.fields.new", n=len(names))
    return t.value(tuple(t(f"field.{name}") for name in names))


def field_label(field: FieldChange | Drifted, t: Translator) -> str:
    """The field, and from when it holds where it is dated."""
    label = t(f"field.{field.field}")
    if field.level is Level.PERSON or not field.key:
        return label
    return t("report.field_from", field=label, date=field.key[-1])


def laid_out(
    caption: str,
    columns: Sequence[str],
    sample: TopN[T],
    row: Callable[[T], Row],
    t: Translator,
) -> Iterator[Message]:
    """The tables of a sample, which knows how many rows there are in all."""
    at = 0
    for page in _pages(map(row, sample.first), ROWS, lambda cells: sum(min(len(cell), CELL) for cell in cells)):
        title = _part(caption, at, len(page), sample.total, sample.total, t)
        head = tuple(t(column) for column in columns)
        laid = table([head, *page], [{"is_wrapped": True} for _ in columns], CELL)
        yield Message(title, [_heading(title), laid])
        at += len(page)


def listed(
    caption: str, sample: TopN[T], entry: Callable[[T], str], t: Translator, *, n: int | None = None
) -> Iterator[Message]:
    """A sample as lists of mrkdwn; `n` is told in their heading where an entry is of several."""
    at = 0
    for page in _pages(map(entry, sample.first), ENTRIES, len):
        title = _part(caption, at, len(page), sample.total, sample.total if n is None else n, t)
        yield Message(title, [_heading(title), *(blocks.section(said).to_dict() for said in page)])
        at += len(page)


def _part(caption: str, start: int, size: int, total: int, n: int, t: Translator) -> str:
    title = t(caption, n=n)
    return title if size == total else t("report.table.part", title=title, start=start + 1, end=start + size)


def _heading(title: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "plain_text", "text": title, "emoji": False}}


def _pages(entries: Iterable[T], most: int, length_of: Callable[[T], int]) -> Iterator[Sequence[T]]:
    """The entries in messages that Slack takes, by their number and by their text."""
    page: list[T] = []
    length = 0
    for entry in entries:
        size = length_of(entry)
        if page and (len(page) == most or length + size > TABLE_TEXT):
            yield page
            page, length = [], 0
        page.append(entry)
        length += size
    if page:
        yield page
