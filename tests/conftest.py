"""What holds for every test."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Generator, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from bot.core.gc_policy import tune_gc
from tests.support.browser import find_chromium
from tests.support.compiled_once import compile_once
from tests.support.machine import MARK, reason, summary
from tests.support.openssh import SSHD
from tests.support.postgres import missing
from tests.support.properties import examples

# For every property that names no number of its own.
settings.register_profile("here", examples())
settings.load_profile("here")

compile_once()

# Whoever starts tests in the background has these ignored, and so have all children: but what a demo does with them is
# tested.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_xdist_auto_num_workers() -> int:
    """More than two workers to a core: most tests wait for other processes for more than half of their time."""
    return (os.cpu_count() or 1) * 2 + 1


TOGETHER = {
    # A stage that is set once for the whole module.
    "tests/e2e/test_walks.py": "walks",
    "tests/sandbox/test_page.py": "page",
    # All that is written is read once for the whole module.
    "tests/architecture/test_layers.py": "layers",
    "tests/sync/compare/test_code_version.py": "code",
    # Waiting for most of their time: one after the other, beside workers that are busy.
    "tests/chaos/test_short.py": "waiting",
    "tests/chaos/test_steps.py": "waiting",
    "tests/benchmarks/test_benchmarks_run.py": "waiting",
}


class OneByOne(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a worker one test at a time; what belongs together goes to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return TOGETHER.get(_module(nodeid), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneByOne | None:
    """Unless another way is asked for."""
    return OneByOne(config, log) if config.getvalue("dist") == "load" else None


def _lacking() -> dict[str, str]:
    """Why tests with these markers cannot run on this machine."""
    told = missing()
    found = {
        "browser": None if find_chromium() else reason("browser"),
        "postgres": reason("postgres", told) if told else None,
        "sshd": None if SSHD else reason("sshd"),
    }
    return {marker: why for marker, why in found.items() if why}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: whichever worker has one at the end is waited for by the others."""
    for marker, why in _lacking().items():
        for item in items:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=why))
    items.sort(key=lambda item: (item.get_closest_marker("long") is None, _module(item.nodeid) not in TOGETHER))


def pytest_collection_finish() -> None:
    """What importing and collecting made is never garbage; looking through it again and again costs every test."""
    tune_gc()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test is left out for what the machine lacks, and for nothing else."""
    report = yield
    if report.skipped and MARK not in _why(report):
        report.outcome, report.longrepr = "failed", f"tests/support/machine.py knows no such reason: {_why(report)}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What is missing on this machine, in one line."""
    if said := summary(_why(report) for report in terminalreporter.stats.get("skipped", ())):
        terminalreporter.write_line(said)


def _why(skipped: pytest.TestReport) -> str:
    return str(skipped.longrepr[2] if isinstance(skipped.longrepr, tuple) else skipped.longrepr)


def _module(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _log_plainly() -> None:
    """As structlog does by itself, but that a traceback is drawn without colours and frames, which take long."""
    structlog.reset_defaults()
    *others, renderer = structlog.get_config()["processors"]
    assert isinstance(renderer, structlog.dev.ConsoleRenderer)
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*others, plain])


_log_plainly()


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A test that configures the log, as the command line does, does not leave its stream to the next one."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    _log_plainly()
    root.handlers[:] = handlers
    root.setLevel(level)
