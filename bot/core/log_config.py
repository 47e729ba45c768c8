"""Structured logs that cannot carry a secret: what looks like one is blanked in every event and traceback."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

REDACTED = "[redacted]"

LONGEST_VALUE = 20_000
"""Characters of one value, or of one traceback: nobody reads more, and what is quoted may be of any length."""

_CUT_IN_TWO = 300

_SECRET_NAMES = re.compile(
    r"token|secret|password|authorization|credential|cookie|api_?key|encryption|ssn|identity|national|bank|iban"
    r"|account_?number|salary|amount|compensation",
    re.IGNORECASE,
)
_SECRET_SHAPES = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|xoxe\.[\w.-]+"  # Slack tokens
    r"|Bearer\s+\S+|Basic\s+[A-Za-z0-9+/=]{8,}"  # credentials in a header
    # Neither is longer, and without an end each beginning would be read to the end of the line.
    r"|eyJ[\w-]{1,2000}\.[\w-]+\.[\w-]*"  # JSON web tokens
    r"|postgres(?:ql)?(?:\+\w+)?://[^:@\s/]{1,100}:[^@\s]{1,200}@"  # a password in a database address
    r"|\b\d{6}[-+ ]?\d{5}\b|\b(?:19|20)?\d{6}[-+ ]?\d{4}\b"  # Norwegian and Swedish identity numbers
    r"|\b\d{4}[. ]?\d{2}[. ]?\d{5}\b"  # Norwegian bank accounts
    r"|\b\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]\b"  # Finnish identity codes
    r"|\b\d{4}-\d[,.]?[ ]?\d[\d. -]{4,11}\d\b"  # Swedish bank accounts, with a clearing number
    r"|\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b"  # IBAN
)


_IDS = re.compile(
    r"(?:no id )?[0-9a-f]{24}"  # Simployer's, and those that are made up for rows without one
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}"  # UUIDs
    r"|\d{1,10}",  # what a database counts
    re.IGNORECASE,
)


def id_of(value: object) -> str:
    """An id of an outside system, to be logged; "?" for what has not the form of one, and so may be anything."""
    return str(value) if isinstance(value, str | int) and _IDS.fullmatch(str(value)) else "?"


TALKATIVE = ("alembic", "apscheduler", "asyncssh", "dbos", "httpcore", "httpx")
"""Libraries that tell at INFO what the bot tells itself, every few seconds or with users and addresses of customers.

The others follow the level that is set."""


def redact(value: object, name: str = "") -> object:
    """A copy of a value with everything blanked that is named, or looks, like a secret or a private number."""
    if name and _SECRET_NAMES.search(name) and not isinstance(value, bool | None):
        return REDACTED
    if isinstance(value, str):
        said = _SECRET_SHAPES.sub(REDACTED, value[:LONGEST_VALUE])
        # What is cut in two at its end has no shape any more.
        return said if len(value) <= LONGEST_VALUE else f"{said[:-_CUT_IN_TWO]}…"
    if isinstance(value, Mapping):
        return {key: redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item) for item in value]
    return value


def _redact_event(_: WrappedLogger, __: str, event: EventDict) -> MutableMapping[str, Any]:
    return {
        key: redact(value if key == "exception" else _in_one_line(value), "" if key == "event" else key)
        for key, value in event.items()
    }


def _in_one_line(value: object) -> object:
    """Text that neither begins another line of the log nor tells a console what to do, nor turns what follows."""
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(" " if one.isspace() else one if one.isprintable() else "?" for one in value)


_OURS = ("bot.", "storage.")
_QUOTING = frozenset(
    {
        *("IntegrityError", "DataError", "StatementError", "UniqueViolation", "NotNullViolation", "CheckViolation"),
        *("ClientResponseError", "ContentTypeError", "WSServerHandshakeError", "HTTPStatusError"),
    }
)
"""What a database raises with the values of a row in its words, and HTTP with an address and what a server says."""
_CODE = re.compile(r"[a-z0-9_.]{1,60}")


def _words_of(error: BaseException) -> str:
    """What an error says; nothing where it may quote what was read: a name that is no number, a key, a server."""
    kind = type(error)
    if kind.__module__.startswith(_OURS):
        return f": {_in_one_line(str(error))}"
    if kind.__module__.startswith("slack_sdk"):
        # Its words are all that Slack has answered, which may quote what was to be shown.
        answer = getattr(getattr(error, "response", None), "data", None)
        code = answer.get("error") if isinstance(answer, Mapping) else None
        return f": {code}" if isinstance(code, str) and _CODE.fullmatch(code) else ""
    quotes = isinstance(error, ValueError | LookupError) or kind.__name__ in _QUOTING
    unsaid = quotes or kind.__module__.startswith(("asyncssh", "pydantic"))
    return "" if unsaid else f": {_in_one_line(str(error))}"


def _traceback(exc_info: ExcInfo) -> str:
    """Where an error and those it came of were raised, the first one first, without words that may quote data."""
    error: BaseException | None = exc_info[1]
    told: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
        inner = [f"  of which: {type(one).__qualname__}{_words_of(one)}" for one in getattr(error, "exceptions", ())]
        lines = "".join(traceback.format_tb(error.__traceback__))
        told.append("\n".join([f"Traceback (most recent call last):\n{lines}{kind}{_words_of(error)}", *inner]))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\nThen:\n\n".join(reversed(told))


class _RedactingFilter(logging.Filter):
    """Blanks the records of libraries that log through `logging`, arguments and all."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            said = record.getMessage()
        except Exception:  # arguments that do not fit: a filter that raises stops whoever writes the line
            said = f"{record.name} wrote a line that cannot be read"
        record.msg, record.args = redact(_in_one_line(said)), ()
        return True


def configure(level: str = "INFO", style: str = "json", stream: TextIO | None = None) -> None:
    """Send structlog and `logging` to standard error (or `stream`), as JSON lines or for a reader at a console."""
    stream = stream or sys.stderr
    render: Processor = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty())
        if style == "console"
        else structlog.processors.JSONRenderer()
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_traceback),
        _redact_event,
    ]
    structlog.configure(
        processors=[*shared[:2], *shared[3:], render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.addFilter(_RedactingFilter())
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=render, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    wanted = logging.getLevelNamesMapping()[level]
    # Never lower: at DEBUG some write whole requests, with the tokens in them.
    root.setLevel(max(wanted, logging.INFO))
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(wanted, logging.WARNING))
