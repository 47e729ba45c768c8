"""The thread of a run: tables of who, what, why and what to do. Pure functions.

A private value is never shown: the table says that the field changes, not from what to what.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.locales import Translator
from bot.sync.change import Change, ChangeKind, FieldChange, Finding, Level, Outcome, OutcomeKind, Value
from bot.views.report import PROBLEMS, Message, Point, Problem

ROWS = 50
"""Slack takes 100 rows to a table; fewer keep a message readable on a phone."""

CELL = 200

OUTCOME_OF = {
    ChangeKind.CREATE: OutcomeKind.CREATED,
    ChangeKind.UPDATE: OutcomeKind.UPDATED,
    ChangeKind.UNCHANGED: OutcomeKind.UNCHANGED,
    ChangeKind.SKIP: OutcomeKind.SKIPPED,
    ChangeKind.BLOCKED: OutcomeKind.BLOCKED,
    ChangeKind.CONFLICT: OutcomeKind.CONFLICT,
}


def explain(finding: Finding, t: Translator) -> tuple[str, str]:
    """What is wrong and what to do, as plain text."""
    what = t(f"check.{finding.code}", **finding.values)
    advice = f"check.{finding.code}.advice"
    return what, t(advice, **finding.values) if t.has(advice) else ""


def problems_of(outcomes: Sequence[Outcome], t: Translator) -> list[Problem]:
    """The outcomes that need a person, the gravest first."""
    concerned = [outcome for outcome in outcomes if outcome.kind in PROBLEMS]
    concerned.sort(key=lambda outcome: (PROBLEMS.index(outcome.kind), outcome.person.name))
    return [
        Problem(
            name=outcome.person.name,
            number=outcome.person.number,
            kind=outcome.kind,
            points=tuple(_points(outcome, t)),
        )
        for outcome in concerned
    ]


def outcome_tables(outcomes: Sequence[Outcome], t: Translator, preview: bool) -> list[Message]:
    """Tables of what was (or would be) changed, and of what needs a person; nothing for what stayed as it was."""
    changed = [o for o in outcomes if o.kind in (OutcomeKind.CREATED, OutcomeKind.UPDATED)]
    rows = [
        (o.person.name, o.person.number, _kind(o.kind, t, preview), t.value(tuple(_field_names(o, t)))) for o in changed
    ]
    heads = ("report.column.name", "report.column.number", "report.column.outcome")
    messages = _tables("report.table.changed", (*heads, "report.column.fields"), rows, t)
    rows_of_problems = [
        (problem.name, problem.number, _label(problem, point, t), point.reason, point.advice or "")
        for problem in problems_of(outcomes, t)
        for point in problem.points
    ]
    columns = (heads[0], heads[1], "report.column.field", "report.column.reason", "report.column.advice")
    messages += _tables("report.table.problems", columns, rows_of_problems, t)
    warned = [
        (o.person.name, o.person.number, t(f"field.{f.field}"), *explain(f, t))
        for o in outcomes
        if o.kind not in PROBLEMS
        for f in o.findings
    ]
    return messages + _tables("report.table.warnings", columns, warned, t)


def change_tables(changes: Sequence[Change], t: Translator) -> list[Message]:
    """What an update would change, field by field, old and new where the value may be shown."""
    rows = [
        (change.person.name, change.person.number, _field_label(field, t), *_values(field, t))
        for change in changes
        if change.kind is ChangeKind.UPDATE
        for field in change.fields
    ]
    columns = ("report.column.name", "report.column.number", "report.column.field", "report.column.old")
    return _tables("report.table.updates", (*columns, "report.column.new"), rows, t)


def _points(outcome: Outcome, t: Translator) -> Iterator[Point]:
    if outcome.reason:
        advice = t.render(outcome.advice) if outcome.advice else None
        field = outcome.findings[0].field if outcome.findings else None
        yield Point(field, t.render(outcome.reason), advice, outcome.verbatim)
        return
    for finding in outcome.findings:
        reason, advice = explain(finding, t)
        yield Point(finding.field, reason, advice or None, finding.verbatim)
    if not outcome.findings:
        kind = outcome.kind
        yield Point(None, t(f"report.reason.{kind}"), t(f"report.reason.{kind}.advice"), outcome.verbatim)


def _kind(kind: OutcomeKind, t: Translator, preview: bool) -> str:
    return t(f"report.outcome.{kind}.preview" if preview else f"report.outcome.{kind}")


def _label(problem: Problem, point: Point, t: Translator) -> str:
    return t(f"field.{point.field}") if point.field else t(f"report.outcome.{problem.kind}")


def _field_names(outcome: Outcome, t: Translator) -> Iterator[str]:
    seen: set[str] = set()
    for _, _, name in outcome.fields:
        if name not in seen:
            seen.add(name)
            yield t(f"field.{name}")


def _field_label(field: FieldChange, t: Translator) -> str:
    label = t(f"field.{field.field}")
    if field.level is Level.PERSON or not field.key:
        return label
    return t("report.field_from", field=label, date=field.key[-1])


def _values(field: FieldChange, t: Translator) -> tuple[str, str]:
    if field.private:
        return t("report.private.old" if field.old is not None else "report.private.none"), t("report.private.new")
    return _shown(field.old, t), _shown(field.new, t)


def _shown(value: Value, t: Translator) -> str:
    return t("report.private.none") if value is None or value == "" else t.value(value)


def _tables(caption: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]], t: Translator) -> list[Message]:
    messages = []
    for at in range(0, len(rows), ROWS):
        page = rows[at : at + ROWS]
        title = t(caption, n=len(rows))
        if len(rows) > ROWS:
            title = t("report.table.part", title=title, start=at + 1, end=at + len(page))
        cells = [[_cell(t(column)) for column in columns], *([_cell(value) for value in row] for row in page)]
        table = {"type": "table", "rows": cells, "column_settings": [{"is_wrapped": True} for _ in columns]}
        heading = {"type": "section", "text": {"type": "plain_text", "text": title, "emoji": False}}
        messages.append(Message(title, [heading, table]))
    return messages


def _cell(value: str) -> dict[str, str]:
    shown = value if len(value) <= CELL else value[: CELL - 1].rstrip() + "…"
    return {"type": "raw_text", "text": shown or "–"}
