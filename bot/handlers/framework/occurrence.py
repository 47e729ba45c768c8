"""What Slack tells of a workspace or of the installation itself, which no person asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """Something that Slack tells of a workspace; of a whole organisation's installation where `team_id` is None.

    `at` is when it happened, to the second: it may be told late, and again.
    """

    team_id: str | None
    enterprise_id: str | None
    event: Mapping[str, Any] = field(repr=False)
    at: datetime | None
    is_org_wide: bool = False

    @property
    def kind(self) -> str:
        """Slack's name of the event."""
        return str(self.event.get("type"))

    @property
    def of_organisation(self) -> bool:
        """Whether it concerns an installation in a whole organisation."""
        return bool(self.enterprise_id) and (self.is_org_wide or self.team_id is None)

    @classmethod
    def of(cls, body: Mapping[str, Any], context: AsyncBoltContext) -> Occurrence:
        """What an event's delivery tells."""
        told = body.get("event_time")
        return cls(
            team_id=context.team_id,
            enterprise_id=context.enterprise_id,
            event=body["event"],
            at=datetime.fromtimestamp(told, UTC) if isinstance(told, int) else None,
            is_org_wide=bool(context.is_enterprise_install),
        )
