"""Measuring: quantiles, CPU and memory of a process, and how late the event loop is."""

from __future__ import annotations

import asyncio
import math
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all lie at or under; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def median(values: Sequence[float]) -> float:
    """The median; 0 of none."""
    return statistics.median(values) if values else 0.0


def process_figures(pid: int | str = "self") -> dict[str, float]:
    """`cpu` seconds so far, `rss` and `peak_rss` in MB (Linux)."""
    fields = {}
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name in ("VmRSS", "VmHWM"):
            fields[name] = int(value.split()[0]) / 1024
    # Behind the name, which may hold anything; in ticks.
    used = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    cpu = (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")
    return {"cpu": cpu, "rss": fields["VmRSS"], "peak_rss": fields["VmHWM"]}


class Stopwatch:
    """Wall and CPU seconds of this process since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    @property
    def wall(self) -> float:
        """Seconds by the clock."""
        return time.perf_counter() - self._wall

    @property
    def cpu(self) -> float:
        """Seconds of CPU, of all threads."""
        return time.process_time() - self._cpu


class LoopLag:
    """How much later than asked the event loop comes round, in milliseconds."""

    PERIOD = 0.01

    def __init__(self) -> None:
        self.late: list[float] = []

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch the running loop."""
        task = asyncio.get_running_loop().create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()

    async def _watch(self) -> None:
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(self.PERIOD)
            self.late.append(max(0.0, (time.perf_counter() - asked - self.PERIOD) * 1000))

    def figures(self) -> dict[str, float]:
        """p50, p99 and max."""
        return spread(self.late)


def spread(values: Sequence[float]) -> dict[str, float]:
    """p50, p99, max and how many they are of."""
    return {
        "p50": round(quantile(values, 0.5), 2),
        "p99": round(quantile(values, 0.99), 2),
        "max": round(max(values, default=0.0), 2),
        "count": len(values),
    }
