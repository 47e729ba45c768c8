"""What holds for every test."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest
import structlog


def pytest_xdist_auto_num_workers() -> int:
    """Two workers for each core: half of the time a test waits, for other processes or for what it has asked for."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A test that configures the log, as the command line does, does not leave its stream to the next one."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
