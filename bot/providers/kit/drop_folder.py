"""Files into a folder of the server, whole or not at all. It knows folders and bytes, not employees."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from bot.core.ownership import require_ownership

DRAFT = ".part"


class ShortWrite(OSError):
    """The disk kept less than it was given."""


async def put(folder: Path, names: Iterable[str], data: bytes, *, prefix: str) -> str:
    """Put a whole file under the first of `names` that is free, and give that name.

    It is written under a hidden name first, its size is read back, and moving it is the last thing that can fail. What
    an earlier try left, known by `prefix`, is removed: private data must not lie about. Raises OSError and what
    `bot.core.ownership` raises, and then nothing is in place.
    """
    draft, name = await asyncio.to_thread(_write, folder, names, data, prefix)
    try:
        await require_ownership()
        # Here and not in a thread: nothing comes between the answer and the move, which takes no time.
        draft.rename(folder / name)
    except BaseException:
        _drop(draft)
        raise
    return name


def _write(folder: Path, names: Iterable[str], data: bytes, prefix: str) -> tuple[Path, str]:
    for left in folder.glob(f".{prefix}*{DRAFT}"):
        _drop(left)
    taken = {path.name for path in folder.iterdir()}
    name = next(name for name in names if name not in taken)
    draft = folder / f".{name}{DRAFT}"
    # Its owner and group may read it, and nobody else: the importer needs to.
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if draft.stat().st_size != len(data):
            raise ShortWrite(f"{name} came out shorter")
    except OSError:
        _drop(draft)
        raise
    return draft, name


def _drop(draft: Path) -> None:
    with suppress(OSError):
        draft.unlink()
