"""An integration as storage gives it, and what makes or changes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict

import sqlalchemy as sa

from storage.models import IntegrationRow


class IntegrationState(StrEnum):
    """Life of an integration: connected, tested (a sync has succeeded), live; aside: paused, needs reconnecting."""

    CONNECTED = "connected"
    TESTED = "tested"
    LIVE = "live"
    PAUSED = "paused"
    NEEDS_RECONNECT = "needs_reconnect"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIntegration:
    """What a finished set-up hands over. `credentials` go into the vault; the rest is kept in clear."""

    team_id: str
    provider: str
    target_account_id: str
    target_account_name: str
    name: str
    owner_user_id: str
    channel_id: str
    language: str
    credentials: Mapping[str, str] = field(repr=False)
    environment: str = "production"
    scope: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    attention: Mapping[str, Any] = field(default_factory=dict)
    state: IntegrationState = IntegrationState.CONNECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """An integration without its credentials. `version` grows with every change that a person makes.

    `retention_days` is how long outcomes per employee are kept, where that is shorter than the installation keeps them.
    `basis` grows with every change of what plans are made with (`storage.kept_plans`); `synced_basis` is the last one
    of which a plan was carried out. `choices` proves that it is as it was chosen (`storage.choice_seal`).
    """

    id: str
    team_id: str
    provider: str
    target_account_id: str
    target_account_name: str
    environment: str
    name: str
    state: IntegrationState
    paused_from_state: IntegrationState | None
    owner_user_id: str
    channel_id: str
    language: str
    scope: Mapping[str, Any]
    settings: Mapping[str, Any]
    thresholds: Mapping[str, Any]
    attention: Mapping[str, Any]
    retention_days: int | None
    full_compare_at: datetime | None
    last_source_count: int | None
    created_at: datetime
    updated_at: datetime
    version: int
    removed_at: datetime | None
    basis: int = 0
    synced_basis: int | None = None
    choices: bytes | None = field(default=None, repr=False, compare=False)

    @property
    def has_synced_as_is(self) -> bool:
        """Whether a plan has been carried out with the scope, settings and credentials that it has now."""
        return self.synced_basis == self.basis


class IntegrationUpdate(TypedDict, total=False):
    """What `update` can change."""

    name: str
    owner_user_id: str
    channel_id: str
    language: str
    target_account_name: str
    environment: str
    scope: Mapping[str, Any]
    settings: Mapping[str, Any]
    thresholds: Mapping[str, Any]
    attention: Mapping[str, Any]
    retention_days: int | None


def of_row(row: IntegrationRow | sa.Row[Any]) -> Integration:
    """An integration as its row says."""
    return Integration(
        id=row.id,
        team_id=row.team_id,
        provider=row.provider,
        target_account_id=row.target_account_id,
        target_account_name=row.target_account_name,
        environment=row.environment,
        name=row.name,
        state=IntegrationState(row.state),
        paused_from_state=IntegrationState(row.paused_from_state) if row.paused_from_state else None,
        owner_user_id=row.owner_user_id,
        channel_id=row.channel_id,
        language=row.language,
        scope=dict(row.scope),
        settings=dict(row.settings),
        thresholds=dict(row.thresholds),
        attention=dict(row.attention or {}),
        retention_days=row.retention_days,
        full_compare_at=row.full_compare_at,
        last_source_count=row.last_source_count,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
        removed_at=row.removed_at,
        basis=row.basis or 0,
        synced_basis=row.synced_basis,
        choices=row.choices,
    )
