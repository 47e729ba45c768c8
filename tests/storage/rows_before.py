"""Rows as a version before would write them, for tables that are known by their columns alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

_SOME: dict[type, Any] = {
    str: "x",
    int: 1,
    bool: True,
    bytes: b"x",
    dict: {},
    date: date(2026, 1, 1),
    datetime: datetime(2026, 1, 1, tzinfo=UTC),
}


def filled(rows: sa.Table) -> dict[str, Any]:
    """Something in each column that must have a value."""
    return {
        column.name: _SOME.get(column.type.python_type, {})
        for column in rows.columns
        if column.primary_key or (not column.nullable and column.server_default is None)
    }
