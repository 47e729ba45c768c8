"""Integrations of which a plan has been shown and carried out."""

from __future__ import annotations

from storage import integrations, kept_plans
from storage.database import Session
from storage.integrations import Integration


async def synced_as_is(session: Session, integration: Integration) -> Integration:
    """The integration, as if a plan had been carried out with the scope, settings and credentials that it has."""
    await kept_plans.record_synced(session, integration.id, integration.basis)
    found = await integrations.get(session, integration.id)
    assert found is not None
    return found
