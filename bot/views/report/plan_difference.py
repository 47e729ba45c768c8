"""Where a plan that was made again is not the one that was approved or shown, person by person and field by field.

A private value is never shown: the table says that it was one value and is another.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from bot.core.text import Text
from bot.domain.change import ChangeKind, FieldChange
from bot.locales import Translator
from bot.sync.plan.plan_diff import DifferentPoint, FieldDiff, PersonDiff
from bot.sync.report.top_n import TopN
from bot.views.message import Message
from bot.views.report.details import TABLES, Row, field_label, laid_out
from bot.views.report.values import ShownValues

_COLUMNS = (
    "report.column.name",
    "report.column.number",
    "report.column.field",
    "report.column.approved",
    "report.column.now",
)

_FORESEEN = {ChangeKind.CREATE: "created", ChangeKind.UPDATE: "updated"}


def difference_tables(found: TopN[DifferentPoint], values: ShownValues, *, preview: bool = False) -> Iterator[Message]:
    """The tables of the thread, no more than `TABLES`: what differs from a `preview`, else from what was approved."""
    title, columns = "report.table.difference", _COLUMNS
    if preview:
        title, columns = "report.table.difference.shown", (*_COLUMNS[:3], "report.column.shown", _COLUMNS[4])
    return islice(laid_out(title, columns, found, lambda point: _row(*point, values), values.t), TABLES)


def _row(plan_difference: PersonDiff, pair: FieldDiff | None, values: ShownValues) -> Row:
    t = values.t
    who = (plan_difference.person.name, plan_difference.person.number)
    if pair is not None:
        return (*who, field_label(pair.field, t), *_pair(pair, values))
    return (
        *who,
        t(f"report.difference.{plan_difference.turn}"),
        _kind(plan_difference.shown, t),
        " ".join((_kind(plan_difference.now, t), *_why(plan_difference, t))),
    )


def _kind(kind: ChangeKind | None, t: Translator) -> str:
    if kind is None:
        return t("report.difference.absent")
    return t(f"report.outcome.{_FORESEEN[kind]}.preview" if kind in _FORESEEN else f"report.difference.{kind}")


def _why(plan_difference: PersonDiff, t: Translator) -> list[str]:
    if plan_difference.shown is plan_difference.now and not plan_difference.fields:
        return [t("report.difference.elsewhere")]
    return [t.render(Text(f"check.{finding.code}", finding.values)) for finding in plan_difference.findings[:1]]


def _pair(pair: FieldDiff, values: ShownValues) -> tuple[str, str]:
    return (
        _value(pair.shown, values, private="report.private.old"),
        _value(pair.now, values, private="report.private.new"),
    )


def _value(field: FieldChange | None, values: ShownValues, *, private: str) -> str:
    t = values.t
    if field is None:
        return t("report.difference.not_written")
    if values.hides(field):
        return t(private)
    new = values.plain(field.field, field.new)
    if field.old is None or field.old == "":
        return new
    return t("report.difference.from_to", old=values.plain(field.field, field.old), new=new)
