"""A statement is compiled once in a process of tests, and not once for each of the hundreds of databases they open.

SQLAlchemy keeps what it has compiled with the engine, and under its dialect: here engines share one store, in which
dialects that compile alike are the same. A process of the bot has one database and gains nothing by it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.util import LRUCache

_compiled: LRUCache[Any, Any] = LRUCache(2000)
_classes: dict[type[Dialect], type[Dialect]] = {}


def compile_once() -> None:
    """For every engine that this process makes from now on."""
    Dialect.engine_created = classmethod(_share)  # type: ignore[assignment, method-assign]


def _share(_of: type[Dialect], engine: Engine) -> None:
    dialect: Any = engine.dialect
    if (of := type(dialect)) not in _classes:
        _classes[of] = _alike(of)
    dialect.__class__ = _classes[of]
    engine._compiled_cache = _compiled


def _alike(of: type[Dialect]) -> type[Dialect]:
    """The dialect's class, whose instances are equal where they were made alike."""

    def made(dialect: Any) -> tuple[object, ...]:
        return of, dialect.paramstyle, dialect._json_serializer, dialect._json_deserializer

    own: dict[str, Any] = {
        "supports_statement_cache": of.supports_statement_cache,
        "__eq__": lambda one, other: type(one) is type(other) and made(one) == made(other),
        "__hash__": lambda one: hash(made(one)),
    }
    alike: type[Dialect] = type(of.__name__, (of,), own)
    return alike
