"""Statements that SQLite and PostgreSQL share in meaning but that SQLAlchemy keeps per dialect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult, Result
from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")

CHUNK = 200
"""Rows sealed and written at a time: some 10 ms of work, between which the event loop answers others."""

Insert = sqlite.Insert | postgresql.Insert


def insert(session: AsyncSession, into: Table) -> Insert:
    """An INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`, for the session's database."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(into)
    return sqlite.insert(into)


def chunked(items: Iterable[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def touched(result: Result[Any]) -> int:
    """How many rows an UPDATE or DELETE reached."""
    if not isinstance(result, CursorResult):
        raise TypeError("Only a statement that writes has a row count.")
    return result.rowcount
