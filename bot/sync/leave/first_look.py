"""What an administrator must know before absence is switched on: who has which leave, and whether it can be trusted.

Pure. Types and counts alone: nobody's leave is in it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.domain.findings import Severity
from bot.domain.leave import LeaveFinding, LeavePerson, LeaveSnapshot, LeaveType
from bot.sync.leave.normal_days import NormalRules, normal_leave
from bot.sync.leave.probes import ExtentContradiction
from bot.sync.leave.routes import LeaveRoutes


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveTypeLook:
    """A type, and what of it stands in the window: of how many people, on how many days of theirs, and how many of
    these days are before the period that is open now."""

    type: LeaveType
    people: int = 0
    days: int = 0
    earlier: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveLook:
    """The types that somebody has leave of first, then by name. `stop` is why nothing may be sent at all."""

    types: tuple[LeaveTypeLook, ...] = field(default=(), repr=False)
    people: int = 0
    stop: LeaveFinding | None = None


def first_look(
    snapshot: LeaveSnapshot,
    members: Mapping[str, LeavePerson],
    routes: LeaveRoutes,
    rules: NormalRules,
    period_start: date,
) -> LeaveLook:
    """Count the days of people in scope. Types that are archived are left out, unless somebody has such leave."""
    people: dict[str, set[str]] = defaultdict(set)
    days: Counter[str] = Counter()
    earlier: Counter[str] = Counter()
    for row in snapshot.days:
        if row.employee_id not in members or row.day < rules.first_day or row.day not in snapshot.window:
            continue
        people[row.type_id].add(row.employee_id)
        days[row.type_id] += 1
        earlier[row.type_id] += row.day < period_start
    looks = [
        LeaveTypeLook(type=each, people=len(people[each.id]), days=days[each.id], earlier=earlier[each.id])
        for each in snapshot.types.values()
        if days[each.id] or not (each.archived or each.disabled)
    ]
    looks.sort(key=lambda look: (not look.people, look.type.name.casefold(), look.type.id))
    return LeaveLook(
        types=tuple(looks),
        people=len(set().union(*people.values())),
        stop=_stop(snapshot, members, routes, rules),
    )


def _stop(
    snapshot: LeaveSnapshot, members: Mapping[str, LeavePerson], routes: LeaveRoutes, rules: NormalRules
) -> LeaveFinding | None:
    """What the probes of a run would end it with."""
    try:
        return normal_leave(snapshot, members, routes, rules).stop
    except ExtentContradiction:
        return LeaveFinding(code="extent_contradiction", severity=Severity.BLOCKING)
