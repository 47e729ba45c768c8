"""A copy of the tree, for a test that adds to it."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]


def copied(into: Path, *names: str) -> None:
    """Copy files and folders, with what is compiled of them: compiling all anew takes longer than most tests.

    A test beside this one may be compiling; its half-written files are left out.
    """
    for name in names:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, into / name, ignore=shutil.ignore_patterns("*.pyc.*"))
        else:
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, into / name)
