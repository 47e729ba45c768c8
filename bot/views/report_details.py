"""The thread of a run: tables of who, what, why and what to do. Pure functions.

A private value is never shown: the table says that the field changes, not from what to what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.locales import Translator
from bot.sync.change import Change, ChangeKind, FieldChange, Level, Outcome, OutcomeKind, Value
from bot.sync.report import Issue, issues
from bot.views.blocks import cut
from bot.views.report import Message
from bot.views.report_problems import PROBLEMS

ROWS = 50
"""Slack takes 100 rows to a table; fewer keep a message readable on a phone."""

CELL = 200

TABLE_TEXT = 8_000
"""Characters in a table at most: Slack refuses messages of some 13,000 (`msg_blocks_too_long`, bolt-js issue 2509)."""

WHO = ("report.column.name", "report.column.number")
WRONG = (*WHO, "report.column.field", "report.column.reason", "report.column.advice")


def outcome_tables(outcomes: Sequence[Outcome], t: Translator, *, preview: bool) -> list[Message]:
    """Tables of what needs a person, of what was (or would be) changed, and of remarks; nothing on what stayed."""
    problems = [issue for outcome in outcomes if outcome.kind in PROBLEMS for issue in issues(outcome)]
    changed = [outcome for outcome in outcomes if outcome.kind in (OutcomeKind.CREATED, OutcomeKind.UPDATED)]
    remarks = [issue for outcome in outcomes if outcome.kind not in PROBLEMS for issue in issues(outcome)]
    return [
        *_tables("report.table.problems", WRONG, _issue_rows(problems, t), t),
        *_tables(
            "report.table.changed.preview" if preview else "report.table.changed",
            (*WHO, "report.column.outcome", "report.column.fields"),
            [(*_who(outcome), _kind(outcome.kind, t, preview), _field_names(outcome, t)) for outcome in changed],
            t,
        ),
        *_tables("report.table.remarks", WRONG, _issue_rows(remarks, t), t),
    ]


def change_tables(changes: Sequence[Change], t: Translator) -> list[Message]:
    """What updates would change, field by field, old and new where the value may be shown; and what somebody has
    changed in the target since a sync wrote it, whether it is to be put right or left."""
    rows = [
        (change.person.name, change.person.number, _field_label(field, t), *_values(field, t, seen=not change.delivery))
        for change in changes
        if change.kind is ChangeKind.UPDATE
        for field in change.fields
    ]
    drifted = [
        (change.person.name, change.person.number, _field_label(field, t), *_values(field, t, seen=True))
        for change in changes
        for field in change.drift
    ]
    about = (*WHO, "report.column.field")
    return [
        *_tables("report.table.updates", (*about, "report.column.old", "report.column.new"), rows, t),
        *_tables("report.table.drift", (*about, "report.column.theirs", "report.column.ours"), drifted, t),
    ]


def _issue_rows(found: Iterable[Issue], t: Translator) -> list[tuple[str, ...]]:
    return [
        (
            issue.person.name,
            issue.person.number,
            t(f"field.{issue.field}") if issue.field else t(f"report.outcome.{issue.kind}"),
            " ".join(filter(None, (t.render(issue.reason), issue.verbatim))),
            t.render(issue.advice) if issue.advice else "",
        )
        for issue in found
    ]


def _who(outcome: Outcome) -> tuple[str, str]:
    return outcome.person.name, outcome.person.number


def _kind(kind: OutcomeKind, t: Translator, preview: bool) -> str:
    return t(f"report.outcome.{kind}.preview" if preview else f"report.outcome.{kind}")


def _field_names(outcome: Outcome, t: Translator) -> str:
    names = dict.fromkeys(name for _, _, name in outcome.fields)
    if outcome.kind is OutcomeKind.CREATED:
        return t("report.fields.new", n=len(names))
    return t.value(tuple(t(f"field.{name}") for name in names))


def _field_label(field: FieldChange, t: Translator) -> str:
    label = t(f"field.{field.field}")
    if field.level is Level.PERSON or not field.key:
        return label
    return t("report.field_from", field=label, date=field.key[-1])


def _values(field: FieldChange, t: Translator, *, seen: bool) -> tuple[str, str]:
    """Old and new. What an inbox holds is not `seen`."""
    new = t("report.private.new") if field.private and field.new is not None else _shown(field.new, t)
    if not seen:
        return t("report.private.unseen"), new
    if field.private:
        return t("report.private.none" if field.old is None else "report.private.old"), t("report.private.new")
    return _shown(field.old, t), new


def _shown(value: Value, t: Translator) -> str:
    return t("report.private.none") if value is None or value == "" else t.value(value)


def _tables(caption: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]], t: Translator) -> list[Message]:
    messages, at = [], 0
    pages = list(_pages(rows))
    for page in pages:
        title = t(caption, n=len(rows))
        if len(pages) > 1:
            title = t("report.table.part", title=title, start=at + 1, end=at + len(page))
        cells = [[_cell(t(column)) for column in columns], *([_cell(value) for value in row] for row in page)]
        table = {"type": "table", "rows": cells, "column_settings": [{"is_wrapped": True} for _ in columns]}
        heading = {"type": "section", "text": {"type": "plain_text", "text": title, "emoji": False}}
        messages.append(Message(title, [heading, table]))
        at += len(page)
    return messages


def _pages(rows: Sequence[tuple[str, ...]]) -> Iterator[Sequence[tuple[str, ...]]]:
    """The rows in tables that Slack takes, by their number and by their text."""
    page: list[tuple[str, ...]] = []
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


def _cell(value: str) -> dict[str, str]:
    return {"type": "raw_text", "text": cut(value, CELL) or "–"}
