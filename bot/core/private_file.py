"""Files that the bot makes are for its own user alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


def write(path: Path, lines: Sequence[str]) -> None:
    """Write a new file, readable by its owner alone from the first moment. Raises `FileExistsError`, `OSError`."""
    with opened(path) as file:
        file.writelines(f"{line}\n" for line in lines)


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """A new file to write into, as `write` makes it; it is taken away again where the block does not come to its end.

    Raises `FileExistsError`, `OSError`.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        # Half characters, which UTF-8 has no bytes for, become what JSON writes for them.
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise
