"""What every table has in common: the names of constraints, the types of columns, the lengths of ids."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, MetaData, String, Table, Text
from sqlalchemy.orm import DeclarativeBase

from storage.columns import JsonColumn, UtcDateTime

ID = String(32)
RUN_ID = String(200)
EXTERNAL_ID = String(255)
WORD = String(40)

EMPLOYEES = "employees"
"""What everything was about before there was another resource (`bot.domain.resource`), and is where nothing is said."""


class Base(DeclarativeBase):
    """Names every constraint, so that a later migration can address it on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy as a class attribute
        datetime: UtcDateTime,
        dict[str, Any]: JsonColumn,
        list[Any]: JsonColumn,
        bytes: LargeBinary,
        str: Text,
    }


def table(model: type[Base]) -> Table:
    """The plain table of a model, for statements on many rows."""
    plain = model.__table__
    if not isinstance(plain, Table):
        raise TypeError(f"{model.__name__} is not mapped to a table.")
    return plain
