"""What an integration says about absence: which type goes where, from when, and what is closed. One JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from bot.domain.resource import LeaveWay


@dataclass(frozen=True, slots=True)
class LeaveRoute:
    """Where a leave type goes: a code of the target and its way, or nowhere (`code` None: not to be sent)."""

    code: str | None = field(default=None, repr=False)
    way: LeaveWay = LeaveWay.DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveSettings:
    """An integration's choices. All days are of the zone, and included.

    `routes` are by leave type; a type without one goes by its own code in the source, if the target has it.
    `first_day` is the first day that is ever sent. `closed_through` is the last day that payroll is done with.
    `period_from` is the day of the month on which a payroll period begins; from 2 on it is named after the month in
    which it ends. `cut_off_day` counts from the end of the period (0: its last day) at `cut_off_time`.
    """

    enabled: bool = False
    routes: Mapping[str, LeaveRoute] = field(default_factory=dict, repr=False)
    first_day: date | None = None
    closed_through: date | None = None
    period_from: int = 1
    cut_off_day: int | None = None
    cut_off_time: time = time(12)
    zone: str | None = None
    horizon_months: int = 0
    confirmed_only: bool = False
    with_employees: bool = True
    percent_extent: bool | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it is stored, sealed or in clear."""
        return {
            "enabled": self.enabled,
            "routes": {type_id: [route.code, route.way.value] for type_id, route in self.routes.items()},
            "first_day": self.first_day and self.first_day.isoformat(),
            "closed_through": self.closed_through and self.closed_through.isoformat(),
            "period_from": self.period_from,
            "cut_off_day": self.cut_off_day,
            "cut_off_time": self.cut_off_time.isoformat("minutes"),
            "zone": self.zone,
            "horizon_months": self.horizon_months,
            "confirmed_only": self.confirmed_only,
            "with_employees": self.with_employees,
            "percent_extent": self.percent_extent,
            "values": dict(self.values),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LeaveSettings:
        """What `to_json` wrote; what is absent has its default."""
        known = {name: data[name] for name in _AS_IT_IS if name in data}
        for name in ("first_day", "closed_through"):
            if data.get(name) is not None:
                known[name] = date.fromisoformat(data[name])
        if "cut_off_time" in data:
            known["cut_off_time"] = time.fromisoformat(data["cut_off_time"])
        routes = {key: LeaveRoute(code, LeaveWay(way)) for key, (code, way) in data.get("routes", {}).items()}
        return cls(routes=routes, **known)


_AS_IT_IS = (
    "enabled", "period_from", "cut_off_day", "zone", "horizon_months", "confirmed_only", "with_employees",
    "percent_extent", "values",
)  # fmt: skip
