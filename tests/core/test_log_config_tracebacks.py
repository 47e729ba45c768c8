"""A traceback says where, and not what was read: the words of many errors quote the value that they stumbled on."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
from aiohttp import ContentTypeError, RequestInfo
from multidict import CIMultiDict, CIMultiDictProxy
from pydantic import BaseModel
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from yarl import URL

from bot.core.log_config import configure
from storage.errors import NotFound

CANARY = "Ola Nordmann"
ODD = "gone\nforged line\x1b[2J\x1b]8;;http://evil.example\x07 \u202egnirts"


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


def refused_by_slack() -> None:
    said = {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": [f"unknown value {CANARY}"]}}
    answer = AsyncSlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data=said, headers={}, status_code=200
    )
    raise SlackApiError("The request failed.", answer)  # type: ignore[no-untyped-call]


def answered_in_no_json() -> None:
    asked = RequestInfo(URL(f"https://files.example/{CANARY}"), "POST", CIMultiDictProxy(CIMultiDict()))
    raise ContentTypeError(asked, (), status=200, message=f"said {CANARY}")


def bound() -> None:
    raise sa.exc.StatementError(f"could not convert {CANARY}", None, None, None)


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
    "Slack's refusal": refused_by_slack,
    "a page instead of an answer": answered_in_no_json,
    "a value that is bound": bound,
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


def test_of_slacks_refusal_its_word_is_told(written: io.StringIO) -> None:
    try:
        refused_by_slack()
    except SlackApiError:
        structlog.get_logger().exception("failed")
    assert "SlackApiError: invalid_blocks" in written.getvalue()


@pytest.mark.parametrize("style", ["json", "console"])
def test_what_an_error_says_begins_no_line_and_speaks_to_no_console(written: io.StringIO, style: str) -> None:
    configure(style=style, stream=written)
    try:
        raise OSError(ODD)
    except OSError:
        structlog.get_logger().exception("failed")
        logging.getLogger("x").exception("failed")
    said = written.getvalue().replace("\x1b[0m", "").replace("\\n", "\n")
    assert not [line for line in said.splitlines() if line.startswith("forged")]
    assert not {"\x07", "\u202e", "\x1b]"} & {said[at : at + size] for at in range(len(said)) for size in (1, 2)}
    assert "\\u202e" not in said
    assert "\\u001b" not in said
