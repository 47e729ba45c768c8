"""Corrections of a period that a person types into payroll: a line for each, what to take back and what to add. Pure.

It says why people are away: it goes to one person who may manage, and nowhere else. Hours stand without a sign: what is
to be done with them says the column.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.text import text
from bot.sync.report.csv_export import Render, csv_head, csv_rows

LIST_COLUMNS = ("number", "name", "day", "code", "minus", "plus", "child")


def list_csv(rows: Sequence[Sequence[str]], render: Render) -> bytes:
    """`rows` are number, name, day, code, hours with sign and decimal point, and child's name; a child's column stands
    only where one is named."""
    columns = LIST_COLUMNS if any(child for *_, child in rows) else LIST_COLUMNS[:-1]
    head = csv_head([render(text(f"leave.csv.{column}")) for column in columns])
    return head + csv_rows([_row(row)[: len(columns)] for row in rows])


def _row(row: Sequence[str]) -> list[str]:
    number, name, day, code, hours, child = row
    shown = hours.removeprefix("-").replace(".", ",")
    minus, plus = (shown, "") if hours.startswith("-") else ("", shown)
    return [number, name, day, code, minus, plus, child]
