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


class FateUnclear(OSError):
    """The draft was gone before it was moved: whoever imports may have taken it in."""


class DraftLeft(OSError):
    """Nothing is in place, and the draft `file` could not be removed. `__cause__` is what went wrong before."""

    def __init__(self, file: str) -> None:
        super().__init__(f"{file} is left")
        self.file = file


async def put(folder: Path, names: Iterable[str], data: bytes, *, prefix: str) -> str:
    """Put a whole file under the first of `names` that is free, and give that name.

    It is written under a hidden name first, its size is read back, and moving it is the last thing that can fail. What
    an earlier try left, known by `prefix`, is removed: private data must not lie about. Raises OSError and what
    `bot.core.ownership` raises, and then nothing is in place; but for `FateUnclear`.
    """
    draft, name = await asyncio.to_thread(_write, folder, names, data, prefix)
    try:
        await require_ownership()
    except BaseException:
        _drop(draft)
        raise
    try:
        # Here and not in a thread: nothing comes between the answer and the move, which takes no time.
        draft.rename(folder / name)
    except OSError as error:
        # A folder of another machine may have done it all the same.
        if _size(folder / name) == len(data):
            _drop(draft)
            return name
        raise _after(error, draft) from error
    return name


async def try_out(folder: Path, prefix: str) -> bool:
    """Write, move and remove an empty draft, as `put` does. Gives whether it was left alone. Raises OSError."""
    return await asyncio.to_thread(_try_out, folder, prefix)


def _try_out(folder: Path, prefix: str) -> bool:
    first, second = (folder / f".{prefix}{name}{DRAFT}" for name in ("test", "test-2"))
    first.touch(mode=0o640)
    try:
        first.rename(second)
        second.unlink()
    except FileNotFoundError:
        return False
    except OSError:
        _drop(first)
        raise
    return True


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
    except OSError as error:
        raise _after(error, draft) from error
    return draft, name


def _after(error: OSError, draft: Path) -> OSError:
    """What an error means, once the draft has been removed."""
    try:
        draft.unlink()
    except FileNotFoundError:
        return FateUnclear(f"{draft.name} was gone")
    except OSError:
        return DraftLeft(draft.name)
    return error


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _drop(draft: Path) -> None:
    with suppress(OSError):
        draft.unlink()
