"""What this process counts, for Prometheus. Labels are keys of systems and states: no workspace, no person, no id.

Counters are of the process and begin anew with it; what the database knows is read when somebody asks
(`bot.metrics_server`).
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

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
