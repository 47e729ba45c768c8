"""What this process counts, for Prometheus. Labels are keys of systems and states: no workspace, no person, no id.

Counters are of the process and begin anew with it; what the database knows is read when somebody asks
(`bot.metrics_server`).
"""

from __future__ import annotations

from collections import Counter as Sum
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Sample

Key: TypeAlias = tuple[str, str, tuple[tuple[str, str], ...]]
"""What is counted, the sample of it, and its labels in the order of their names."""

Figures: TypeAlias = Mapping[Key, float]
"""What a process has counted since it began."""

REGISTRY = CollectorRegistry()
"""Ours alone: nothing of the machine or of libraries is given out."""

CALLS = Counter(
    "integration_bot_calls",
    "Requests to the systems of both ends, by system and class of the status; none is no answer.",
    ("system", "status"),
    registry=REGISTRY,
)
REFUSALS = Counter(
    "integration_bot_refusals", "Requests that a system refused for now (429).", ("system",), registry=REGISTRY
)
THROTTLED = Counter(
    "integration_bot_throttled_seconds",
    "Seconds that requests waited for their turn at a system.",
    ("system",),
    registry=REGISTRY,
)
OWNERSHIP_LOST = Counter(
    "integration_bot_ownership_lost", "Work found to be another process's before a write.", registry=REGISTRY
)
RUNS_ENDED = Counter("integration_bot_runs_ended", "Runs that ended, by how.", ("state",), registry=REGISTRY)
ACKNOWLEDGEMENT = Histogram(
    "integration_bot_acknowledgement_seconds",
    "From a request of Slack's to its acknowledgement; Slack gives three seconds.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10),
    registry=REGISTRY,
)


def count_call(system: str, status: int) -> None:
    """A request was made; `status` 0 is no answer."""
    CALLS.labels(system, f"{status // 100}xx" if status else "none").inc()
    if status == 429:
        REFUSALS.labels(system).inc()


def figures() -> Figures:
    """What this process has counted until now."""
    return {
        (family.name, sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
        # When it began to count cannot be summed.
        if not sample.name.endswith("_created")
    }


def figures_to_json(counted: Figures) -> list[Any]:
    """For another process."""
    return [[name, sample, dict(labels), value] for (name, sample, labels), value in counted.items()]


def figures_from_json(kept: Iterable[Any]) -> Figures:
    """What `figures_to_json` made. Raises `ValueError` for anything else."""
    return {(name, sample, tuple(sorted(labels.items()))): float(value) for name, sample, labels, value in kept}


def sum_of(*counted: Figures) -> Figures:
    """Of several processes together."""
    total: Sum[Key] = Sum()
    for each in counted:
        total.update(each)
    return total


class AllFigures:
    """This process's figures with those of others, as Prometheus's collectors are: for `generate_latest`."""

    def __init__(self, others: Figures) -> None:
        self._others = others

    def collect(self) -> Iterator[Metric]:
        """Each figure once."""
        total = sum_of(figures(), self._others)
        for family in REGISTRY.collect():
            family.samples = [
                Sample(sample, dict(labels), value) for (name, sample, labels), value in total.items()
                if name == family.name
            ]  # fmt: skip
            yield family
