"""What narrows or widens a run: chosen when it is made, stored with it, and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The options of a run; without any, it does what its integration is set to do.

    only: source ids of the employees it is about, for a rerun; None for all in scope.
    full: compare everybody with the target.
    redeliver: hand everybody whole to a target that cannot be read.
    everyone: look at the whole company, also at those who take no part; previews only.
    late_hours, late_limit: by how many hours a scheduled run is late, and of how many it asks before it writes.
    first_run: where a plan is made again, the id of the run that somebody, or a workflow, started.
    shown_run: where a plan is made again, the id of the run that was approved.
    preview_run: the id of the preview that a sync applies.
    scheduled_by: the user id of who had changed the schedule last, for a run that it started.
    approved: what the guard said of that run, as `GuardReason.to_json` wrote it: somebody has agreed to it.
    """

    only: frozenset[str] | None = None
    full: bool = False
    redeliver: bool = False
    everyone: bool = False
    late_hours: int | None = None
    late_limit: int | None = None
    first_run: str | None = None
    shown_run: str | None = None
    preview_run: str | None = None
    scheduled_by: str | None = None
    approved: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The column `runs.options`: an option that is not chosen has no key."""
        data: dict[str, Any] = {}
        if self.only is not None:
            data["only"] = sorted(self.only)
        data |= {name: True for name in ("full", "redeliver", "everyone") if getattr(self, name)}
        for name in ("late_hours", "late_limit", "first_run", "shown_run", "preview_run", "scheduled_by"):
            if (value := getattr(self, name)) is not None:
                data[name] = value
        if self.approved or self.shown_run is not None:
            data["approved"] = [dict(reason) for reason in self.approved]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The options that `to_json`, or a version before it, wrote. Keys that are unknown here are passed over."""
        only = data.get("only")
        return cls(
            only=None if only is None else frozenset(only),
            full=bool(data.get("full")),
            redeliver=bool(data.get("redeliver")),
            everyone=bool(data.get("everyone")),
            late_hours=data.get("late_hours"),
            late_limit=data.get("late_limit"),
            first_run=data.get("first_run"),
            shown_run=data.get("shown_run"),
            preview_run=data.get("preview_run"),
            scheduled_by=data.get("scheduled_by"),
            approved=tuple(data.get("approved", ())),
        )


NO_OPTIONS = RunOptions()
"""The run does what its integration is set to do."""
