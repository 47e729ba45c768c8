"""A traceback says where, and not what was read: the words of many errors quote the value that they stumbled on."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import structlog
from pydantic import BaseModel

from bot.core.log_config import configure
from storage.errors import NotFound

CANARY = "Ola Nordmann"


class Counted(BaseModel):
    n: int


def chained() -> None:
    try:
        int(CANARY)
    except ValueError:
        raise RuntimeError("could not count") from None


def in_the_middle() -> None:
    try:
        int(CANARY)
    except ValueError as error:
        raise RuntimeError("could not count") from error


def together() -> None:
    raise ExceptionGroup("two", [ValueError(CANARY), RuntimeError("known")])


QUOTING: dict[str, Callable[[], object]] = {
    "a number": lambda: int(CANARY),
    "a key": lambda: dict[str, int]()[CANARY],
    "a model": lambda: Counted.model_validate({"n": CANARY}),
    "letters": lambda: f"{CANARY} \ud83d".encode(),
    "json": lambda: json.loads(f"{CANARY}"),
    "a decimal": lambda: Decimal(CANARY),
    "a cause": in_the_middle,
    "a hidden cause": chained,
    "several": together,
}


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream, before, level = io.StringIO(), list(logging.getLogger().handlers), logging.getLogger().level
    config = structlog.get_config()
    configure(stream=stream)
    yield stream
    logging.getLogger().handlers[:] = before
    logging.getLogger().setLevel(level)
    structlog.configure(**config)


@pytest.mark.parametrize("through", ["structlog", "logging"])
@pytest.mark.parametrize("what", QUOTING)
def test_what_was_read_is_in_no_traceback(written: io.StringIO, what: str, through: str) -> None:
    try:
        QUOTING[what]()
    except Exception:
        if through == "structlog":
            structlog.get_logger().exception("failed")
        else:
            logging.getLogger("x").exception("failed")
    said = written.getvalue()
    assert Path(__file__).name in said
    assert "Ola" not in said
    assert "Error" in said or "InvalidOperation" in said or "ExceptionGroup" in said


def test_our_own_words_and_those_of_the_machine_are_told(written: io.StringIO) -> None:
    for error in (NotFound("draft", "d1"), OSError(28, "No space left on device"), RuntimeError("no loop")):
        try:
            raise error
        except Exception:
            structlog.get_logger().exception("failed")
    assert all(words in written.getvalue() for words in ("d1", "No space left", "no loop", "OSError"))
