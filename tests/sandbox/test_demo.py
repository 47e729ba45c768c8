"""What the demo says when it cannot begin or go on, in the words of whoever started it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.demo import why_nothing_is_kept

INTERRUPTED = """
import sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "sandbox.demo":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
sys.argv = ["sandbox"]
from sandbox.__main__ import main
main()
"""


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_folder_that_takes_nothing_more_is_named(number: int) -> None:
    said = why_nothing_is_kept(Path("/somewhere/kept"), OSError(number, os.strerror(number)))
    assert os.strerror(number) in said
    assert "/somewhere/kept" in said
    assert "--data other" in said


def test_another_trouble_is_not_the_folders() -> None:
    said = why_nothing_is_kept(Path("/somewhere/kept"), OSError(errno.EMFILE, os.strerror(errno.EMFILE)))
    assert "/somewhere/kept" not in said


def test_ctrl_c_while_it_is_loaded_is_no_error() -> None:
    ended = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.strip()) == (130, "Stopped.")


@pytest.mark.parametrize("words", ["abc", "", "8o80"])
def test_what_is_no_number_is_no_port(words: str) -> None:
    asked = [sys.executable, "-m", "sandbox", "--port", words]
    ended = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert f"{words!r} is no port" in ended.stderr
