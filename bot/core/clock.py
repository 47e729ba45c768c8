"""The present, as something that can be given: tests set it, nothing waits for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the present, aware and in UTC."""

    def __call__(self) -> datetime:
        """The present."""
        ...


def system_clock() -> datetime:
    """The machine's own clock."""
    return datetime.now(UTC)


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def __call__(self) -> datetime:
        """The time it was set to."""
        return self.at

    def forward(self, **by: float) -> datetime:
        """Move on, by the arguments of `timedelta`; returns the new present."""
        self.at += timedelta(**by)
        return self.at
