"""A plan of leave between the two steps of one execution: read once where nobody was asked in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.jobs.leave.plan_leave import LeavePlanned

FRESH = timedelta(minutes=10)
"""How old a plan may be to be carried out as it is. Each row is read once more before it is written all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePlan:
    """A plan with what it was made of: the choices at a version, the integration at a basis. Do not log."""

    planned: LeavePlanned = field(repr=False)
    made_at: datetime
    version: int
    basis: int


@dataclass(slots=True)
class FreshPlan:
    """Holds at most one plan, in this process alone: whoever goes on elsewhere, or later, makes it anew."""

    _made: MadePlan | None = field(default=None, repr=False)

    def keep(self, made: MadePlan) -> None:
        """Keep a plan that nobody is asked about."""
        self._made = made

    def take(self, now: datetime, *, version: int | None, basis: int) -> LeavePlanned | None:
        """The plan, once, if it is still what would be made; None where it has to be made anew."""
        made, self._made = self._made, None
        if made is None or made.version != version or made.basis != basis or now - made.made_at > FRESH:
            return None
        return made.planned
