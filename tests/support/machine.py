"""What some tests need of the machine; where it is missing they are left out, and one line of the summary says so.

`NEEDS` are the only reasons for which a test may be skipped: any other skip fails (`tests/conftest.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

import pytest

MARK = "not run here: "


@dataclass(frozen=True)
class Need:
    """What tests with the marker of that name need, and what an operating system calls it."""

    title: str
    package: str


NEEDS: Mapping[str, Need] = {
    "browser": Need("browser", "chromium"),
    "postgres": Need("PostgreSQL", "postgresql"),
    "sshd": Need("sshd", "openssh-server"),
}
"""By the marker."""


def reason(marker: str, detail: str = "") -> str:
    """For a skip, which `summary` reads; `detail` where the package alone would not help."""
    need = NEEDS[marker]
    return f"{MARK}{need.title} ({detail or need.package})"


def leave_out(marker: str, detail: str) -> NoReturn:
    """Skip this test: what it needs is there, and does not work."""
    pytest.skip(reason(marker, detail))


def summary(skipped: Iterable[str]) -> str | None:
    """One line for the reasons of all skips; None where everything ran."""
    found = Counter(said.partition(MARK)[2] for said in skipped if MARK in said)
    if not found:
        return None
    tests = found.total()
    return f"Not run here: {', '.join(sorted(found))}: {tests} {'test' if tests == 1 else 'tests'}"
