"""What a plan of leave says of itself, in its header: marks of all that it would write, for whoever agrees to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from bot.domain.resource import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveAgreement:
    """`marks` are of everything that would be written (`bot.sync.leave.day_plan.mark_of`), and of what of it is late
    (`bot.jobs.leave.late_days`); `order` are the employees of
    whom the plan has something to say: an outcome's position is the place here. `version` is that of the choices
    (`storage.leave_settings`) with which it was made.
    """

    marks: frozenset[str]
    order: tuple[str, ...]
    made_at: datetime
    version: int

    def is_old(self, now: datetime, limit: timedelta) -> bool:
        """Whether the plan was made too long ago to stand for what would be written now."""
        return now - self.made_at > limit

    def to_json(self) -> dict[str, Any]:
        """As it is sealed; `resource` tells it from the header of a plan of employees."""
        return {
            "resource": Resource.ABSENCE.value,
            "agreed": sorted(self.marks),
            "people": list(self.order),
            "made_at": self.made_at.isoformat(),
            "version": self.version,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The header that `to_json` wrote."""
        return cls(
            marks=frozenset(data["agreed"]),
            order=tuple(data["people"]),
            made_at=datetime.fromisoformat(data["made_at"]),
            version=data["version"],
        )
