"""How Python looks for garbage: seldom, and never through what a process needs until its end."""

from __future__ import annotations

import gc

THRESHOLDS = (20_000, 10, 10)
"""New objects until the young are looked through, and rounds until the older ones are."""


def tune_gc() -> None:
    """For a process that has started, once: what is there by now is looked through no more.

    Modules, tables and templates are most of a bot's objects. Going through all of them again and again took a tenth of
    its CPU, and held the event loop for over a tenth of a second each time (docs/benchmarks.md).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
