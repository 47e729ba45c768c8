"""What a human has decided of somebody, to be stored."""

from __future__ import annotations

from datetime import UTC, datetime

from storage.resolutions import ResolutionKind, StoredResolution
from tests.storage.conftest import ADMIN


def decision(integration_id: str, source_id: str = "e1") -> StoredResolution:
    return StoredResolution(
        integration_id=integration_id,
        source_id=source_id,
        decision=ResolutionKind.SAME,
        target_id="t1",
        decided_by=ADMIN,
        decided_at=datetime(2026, 3, 2, tzinfo=UTC),
        others=("t2",),
    )
