"""What comes from an outside system is not logged as it is: an id if it has the form of one, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.log_config import id_of
from bot.provider_tools.code_rules import breaches_of, log_lines

ROOT = Path(__file__).parents[2]
ROOMS = ("bot/providers", "bot/sync", "bot/jobs/leave")
LOG_LINES = {"log_lines": log_lines}


def test_nothing_of_an_outside_system_is_logged_as_it_is() -> None:
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    assert len(files) > 100
    found = [breach for path in files for breach in breaches_of(path.read_text(encoding="utf-8"), str(path), LOG_LINES)]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        'log.info("x", id=row["id"])',
        '_log.error("x", who=a.get("id"))',
        'log.debug(f"{name}")',
        'log.error("x", exc_info=True)',
    ],
)
def test_a_line_that_would_is_found(line: str) -> None:
    assert breaches_of(line, "a line", LOG_LINES)


@pytest.mark.parametrize("value", ["65f0c0ffee65f0c0ffee65f0", "no id 65f0c0ffee65f0c0ffee65f0", 77, "1234567890"])
def test_an_id_is_logged(value: object) -> None:
    assert id_of(value) == str(value)


@pytest.mark.parametrize(
    "value", ["01017012345", "Ola", "ola@x.no", None, {"id": 1}, ["7"], True, "", "65f0c0ffee", "7\n"]
)
def test_what_is_no_id_is_not_logged(value: object) -> None:
    assert id_of(value) == "?"
