"""A process that has settled still finds its garbage, and leaves alone what it started with."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own: what is frozen stays so until its end.
SETTLED = """
import gc, weakref
from bot.core.gc_policy import THRESHOLDS, tune_gc

class Node:
    pass

def knot():
    one, other = Node(), Node()
    one.other, other.other = other, one
    return weakref.ref(one)

before = knot()
tune_gc()
assert before() is None, "what was garbage before was kept for ever"
assert gc.get_freeze_count() > len(gc.get_objects()), "what it started with is looked through again"
after, kept = knot(), []
while after() is not None:
    kept.append([])
    assert len(kept) <= THRESHOLDS[0], "garbage is not found any more"
"""


def test_a_settled_process_finds_new_garbage_and_leaves_the_old_alone() -> None:
    done = subprocess.run([sys.executable, "-c", SETTLED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
