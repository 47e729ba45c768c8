"""The ids of runs: one for a slot of a schedule, one for a request, so that either is carried out once."""

from __future__ import annotations

from datetime import UTC, datetime


def run_id_for_slot(integration_id: str, slot: datetime) -> str:
    """The run of a slot: the same slot always names the same run."""
    return f"sync:{integration_id}:{slot.astimezone(UTC).strftime('%Y-%m-%dT%H:%MZ')}"


def run_id_for_request(kind: str, integration_id: str, idempotency_key: str) -> str:
    """The run of a button press or command: the same press always names the same run."""
    return f"{kind}:{integration_id}:{idempotency_key}"
