"""What the machine lacks is told in one line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import pytest_runtest_makereport
from tests.support.machine import NEEDS, reason, summary


def test_what_is_missing_is_told_in_one_line_with_what_to_install() -> None:
    said = summary([reason("sshd"), reason("browser"), reason("browser")])
    assert said == "Not run here: browser (chromium), sshd (openssh-server): 3 tests"
    assert summary([reason("postgres", "it refuses to run as root")]) == (
        "Not run here: PostgreSQL (it refuses to run as root): 1 test"
    )
    assert summary([]) is None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("3371 passed, 10 skipped in 400.12s (0:06:40)", True),
        ("1 failed, 3370 passed in 400.12s (0:06:40)", True),
        ("========= 3371 passed in 400.12s (0:06:40) =========", True),
        ("Not run here: sshd (openssh-server): 10 tests", False),
        ("============================= slowest 10 durations =============================", False),
        ("12.34s call     tests/e2e/test_test_to_live.py::test_3_passed in time", False),
        ("(1 durations < 0.005s hidden.  Use -vv to show these durations.)", False),
    ],
)
def test_the_closing_line_is_found_among_what_is_printed_at_the_end(line: str, found: bool) -> None:
    run = (Path(__file__).parents[2] / ".ci" / "run").read_text(encoding="utf-8")
    pattern = re.search(r"grep -E '(.+)'", run)
    assert pattern is not None
    assert (re.search(pattern[1], line) is not None) is found


@pytest.mark.parametrize("marker", NEEDS)
def test_each_need_is_a_marker(marker: str, pytestconfig: pytest.Config) -> None:
    assert any(line.startswith(f"{marker}:") for line in pytestconfig.getini("markers"))


@pytest.mark.parametrize(("why", "outcome"), [("some day", "failed"), (reason("browser"), "skipped")])
def test_no_other_skip_passes(why: str, outcome: str) -> None:
    made = pytest.TestReport("a", ("a", 1, "a"), {}, "skipped", ("a", 1, f"Skipped: {why}"), "call")
    judged = pytest_runtest_makereport()
    next(judged)
    with pytest.raises(StopIteration) as over:
        judged.send(made)
    assert over.value.value.outcome == outcome
