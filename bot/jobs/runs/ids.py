"""The ids of runs: one for a slot of a schedule, one for a request, so that either is carried out once."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.resource import Resource


def run_id_for_slot(integration_id: str, slot: datetime, resource: str = Resource.EMPLOYEES) -> str:
    """The run of a slot: the same slot always names the same run of a resource.

    By id, the employees' run comes before the one of absence: so they are enqueued.
    """
    return f"sync:{integration_id}:{_about(resource)}{slot.astimezone(UTC).strftime('%Y-%m-%dT%H:%MZ')}"


def run_id_for_request(kind: str, integration_id: str, idempotency_key: str, resource: str = Resource.EMPLOYEES) -> str:
    """The run of a button press or command: the same press always names the same run."""
    return f"{kind}:{integration_id}:{_about(resource)}{idempotency_key}"


def _about(resource: str) -> str:
    """Nothing for employees: their runs had these ids before there was another resource."""
    return "" if resource == Resource.EMPLOYEES else f"{resource}:"
