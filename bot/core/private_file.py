"""Files that the bot makes are for its own user alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


def write(path: Path, lines: Sequence[str]) -> None:
    """Write a new file, readable by its owner alone from the first moment. Raises `FileExistsError`, `OSError`."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
