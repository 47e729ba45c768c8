"""Libraries follow the level that is set, and none is let down to where it writes whole requests."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.core import log_config


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    configured = structlog.get_config()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in log_config.TALKATIVE}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.configure(**configured)


@pytest.mark.parametrize(("level", "told"), [("DEBUG", "iwe"), ("INFO", "iwe"), ("WARNING", "we"), ("ERROR", "e")])
def test_a_library_tells_what_the_level_lets_through(level: str, told: str) -> None:
    lines = io.StringIO()
    log_config.configure(level, stream=lines)
    library = logging.getLogger("slack_sdk.somewhere")
    for number, word in ((10, "d"), (20, "i"), (30, "w"), (40, "e")):
        library.log(number, "said-%s", word)
    assert "".join(word for word in "diwe" if f"said-{word}" in lines.getvalue()) == told


def test_who_talks_of_customers_is_held_at_warnings() -> None:
    lines = io.StringIO()
    log_config.configure("DEBUG", stream=lines)
    logging.getLogger("asyncssh.connection").info("Beginning auth for user canary")
    assert "canary" not in lines.getvalue()


@pytest.mark.parametrize("style", ["console", "json"])
def test_no_value_begins_a_line_of_its_own_or_speaks_to_the_console(style: str) -> None:
    lines = io.StringIO()
    log_config.configure("INFO", style=style, stream=lines)
    odd = "me\r\n2026-11-30 [error] forged \x1b[2J\u202egnp\u2028x"
    structlog.get_logger("bot").warning("account_refused", key=odd)
    logging.getLogger("slack_sdk").warning("said %s", odd)
    told = lines.getvalue().rstrip("\n")
    assert len(told.splitlines()) == 2
    assert told.replace("\n", "").isprintable()


@pytest.mark.parametrize("secret", ["eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl", "17059012345", "NO9386011117947", "xoxb-1-2"])
def test_a_value_of_any_length_is_cut_and_what_is_cut_in_two_is_not_told(secret: str) -> None:
    for before in range(log_config.LONGEST_VALUE - len(secret), log_config.LONGEST_VALUE + 1):
        said = str(log_config.redact(f"{'- ' * (before // 2)}{' ' * (before % 2)}{secret} {'x ' * 100_000}"))
        assert len(said) <= log_config.LONGEST_VALUE
        assert secret[:4] not in said
    assert str(log_config.redact(f"a {secret} b")) == "a [redacted] b"


@pytest.mark.parametrize("begun", ["eyJ", "postgresql://a:", "Bearer ", "1234-", "NO12"])
def test_no_beginning_of_a_secret_is_read_to_the_end_again_and_again(begun: str) -> None:
    # Without a limit of what follows a beginning this takes a minute.
    assert len(str(log_config.redact(begun * 100_000))) <= log_config.LONGEST_VALUE
