"""The thread of a run: tables of who, what, why and what to do. Pure functions.

A private value is never shown: the table says that the field changes, not from what to what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TypeVar

from bot.domain.change import Change, FieldChange
from bot.domain.outcome import Drifted, Outcome, OutcomeKind
from bot.domain.record import Level, Value
from bot.locales import Translator
from bot.sync.report.issues import Issue
from bot.sync.report.run_summary import ROWS as SAMPLED
from bot.sync.report.run_summary import RunSummary, TopN
from bot.views.message import Message
from bot.views.table import table

T = TypeVar("T")
Row = tuple[str, ...]

TABLES = 4
"""Tables in a thread at most; the file has everybody."""

ROWS = SAMPLED // TABLES
"""Slack takes 100 rows to a table; fewer keep a message readable on a phone."""

CELL = 200
"""Characters of a cell that are shown."""

TABLE_TEXT = 8_000
"""Characters in a table at most: Slack refuses messages of some 13,000 (`msg_blocks_too_long`, bolt-js issue 2509)."""

WHO = ("report.column.name", "report.column.number")
WRONG = (*WHO, "report.column.field", "report.column.reason", "report.column.advice")


def tables(summed: RunSummary, t: Translator, *, preview: bool) -> Iterator[Message]:
    """What a run's thread shows, no more than `TABLES`; each is laid out when it is asked for."""
    more = change_tables(summed, t) if preview else drift_tables(summed, t)
    return islice(chain(outcome_tables(summed, t, preview=preview), more), TABLES)


def outcome_tables(summed: RunSummary, t: Translator, *, preview: bool) -> Iterator[Message]:
    """Tables of what needs a person, of what was (or would be) changed, and of remarks; nothing on what stayed."""
    yield from laid_out("report.table.problems", WRONG, summed.problems, lambda issue: _issue_row(issue, t), t)
    yield from laid_out(
        "report.table.changed.preview" if preview else "report.table.changed",
        (*WHO, "report.column.outcome", "report.column.fields"),
        summed.changed,
        lambda outcome: (*_who(outcome), _kind(outcome.kind, t, preview), _field_names(outcome, t)),
        t,
    )
    yield from laid_out(
        "report.table.remarks", WRONG, summed.remarks, lambda same: _remark_row(same, t), t, n=summed.remarks_total
    )


def change_tables(summed: RunSummary, t: Translator) -> Iterator[Message]:
    """What updates would change, field by field, old and new where the value may be shown; and what somebody has
    changed in the target since a sync wrote it, whether it is to be put right or left."""
    about = (*WHO, "report.column.field")
    yield from laid_out(
        "report.table.updates",
        (*about, "report.column.old", "report.column.new"),
        summed.updates,
        lambda one: _field_row(*one, t, seen=not one[0].delivery),
        t,
    )
    yield from laid_out(
        "report.table.drift",
        (*about, "report.column.theirs", "report.column.ours"),
        summed.drift,
        lambda one: _field_row(*one, t, seen=True),
        t,
    )


def drift_tables(summed: RunSummary, t: Translator) -> Iterator[Message]:
    """What somebody had changed in the target since a sync wrote it, and whether it was put right or left; its values
    have gone with the plan."""
    yield from laid_out(
        "report.table.drift",
        (*WHO, "report.column.field", "report.column.drifted"),
        summed.drifted,
        lambda one: (*_who(one[0]), field_label(one[1], t), t(f"report.drift.{_word(one[1])}")),
        t,
    )


def _word(drifted: Drifted) -> str:
    return "restored" if drifted.restored else "left"


def _issue_row(issue: Issue, t: Translator) -> Row:
    return (
        issue.person.name,
        issue.person.number,
        t(f"field.{issue.field}") if issue.field else t(f"report.outcome.{issue.kind}"),
        t.render(issue.reason),
        t.render(issue.advice) if issue.advice else "",
    )


def _remark_row(same: TopN[Issue], t: Translator) -> Row:
    first = _issue_row(same.first[0], t)
    if same.total == 1:
        return first
    names = [issue.person.name for issue in same.first]
    if same.total > len(names):
        names.append(t("report.table.shared.more", n=same.total - len(names)))
    return (t("report.table.shared", n=same.total, who=tuple(names)), "", *first[2:])


def _field_row(change: Change, field: FieldChange, t: Translator, *, seen: bool) -> Row:
    person = change.person
    return (person.name, person.number, field_label(field, t), *change_values(field, t, seen=seen))


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


def change_values(field: FieldChange, t: Translator, *, seen: bool) -> tuple[str, str]:
    """Old and new as they may be shown. What a file target holds is not `seen`."""
    new = t("report.private.new") if field.private and field.new is not None else shown_value(field.new, t)
    if not seen:
        return t("report.private.unseen"), new
    if field.private:
        return t("report.private.none" if field.old is None else "report.private.old"), t("report.private.new")
    return shown_value(field.old, t), new


def shown_value(value: Value, t: Translator) -> str:
    """A value that may be shown."""
    return t("report.private.none") if value is None or value == "" else t.value(value)


def laid_out(
    caption: str,
    columns: Sequence[str],
    sample: TopN[T],
    row: Callable[[T], Row],
    t: Translator,
    *,
    n: int | None = None,
) -> Iterator[Message]:
    """The tables of a sample, which knows how many rows there are in all; `n` is told where a row is of several."""
    at = 0
    for page in _pages(map(row, sample.first)):
        title = t(caption, n=sample.total if n is None else n)
        if len(page) < sample.total:
            title = t("report.table.part", title=title, start=at + 1, end=at + len(page))
        head = tuple(t(column) for column in columns)
        laid = table([head, *page], [{"is_wrapped": True} for _ in columns], CELL)
        heading = {"type": "section", "text": {"type": "plain_text", "text": title, "emoji": False}}
        yield Message(title, [heading, laid])
        at += len(page)


def _pages(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    """The rows in tables that Slack takes, by their number and by their text."""
    page: list[Row] = []
    length = 0
    for row in rows:
        size = sum(min(len(value), CELL) for value in row)
        if page and (len(page) == ROWS or length + size > TABLE_TEXT):
            yield page
            page, length = [], 0
        page.append(row)
        length += size
    if page:
        yield page
