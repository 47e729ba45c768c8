"""One day, or one leave of absence, of somebody's stored outcome: what it was, what it is, and what became of it. Pure.

Private: it says why somebody is away. Beside an outcome it is sealed under `LEAVE`, and only the private file shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from bot.core.text import Text
from bot.domain.resource import LeaveWay
from bot.sync.leave.day_applier import DayOutcomeKind

LEAVE = "leave"

RELEASED = "released"
"""The reason of a day that is no longer ours (left the scope, type not sent any more) and stays in the target."""


@dataclass(frozen=True, slots=True)
class LeavePlace:
    """Where a line stands in the ledger: `sequence` is the number of the latest entry that was known, 0 for none.

    `parents` are the ids of its leaves, and `reference` is a leave of absence's own id in the target.
    """

    sequence: int
    child: str = field(default="", repr=False)
    parents: tuple[str, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveLine:
    """`old` and `new` are hours of a day, and percent of a leave of absence, whose `last` is None while it goes on.

    `key` is the keyed hash that the ledger knows it by, "" where an earlier version kept none. `place` is what an
    answer is booked with: lines that wait for a person have it.
    """

    kind: DayOutcomeKind
    first: date
    last: date | None
    code: str = field(repr=False)
    old: Decimal = field(default=Decimal(0), repr=False)
    new: Decimal = field(default=Decimal(0), repr=False)
    reason: str | None = None
    way: LeaveWay = LeaveWay.DAY
    key: str = ""
    place: LeavePlace | None = None
    said: Text | None = None

    def to_json(self) -> list[Any]:
        """As it is sealed."""
        last = self.last.isoformat() if self.last is not None else None
        numbers, where = [str(self.old), str(self.new)], self.place
        return [
            self.kind.value,
            self.first.isoformat(),
            last,
            self.code,
            *numbers,
            self.reason,
            self.way.value,
            self.key,
            *([where.sequence, where.child, list(where.parents), where.reference] if where is not None else ()),
        ]

    @classmethod
    def from_json(cls, data: list[Any]) -> LeaveLine:
        """The line that `to_json` wrote; former versions wrote neither way nor key, and no place."""
        kind, first, last, code, old, new, reason, *more = data
        way = more[0] if more else LeaveWay.DAY if first == last else LeaveWay.PERIOD
        return cls(
            kind=DayOutcomeKind(kind),
            first=date.fromisoformat(first),
            last=date.fromisoformat(last) if last else None,
            code=code,
            old=Decimal(old),
            new=Decimal(new),
            reason=reason,
            way=LeaveWay(way),
            key=more[1] if more else "",
            place=LeavePlace(more[2], more[3], tuple(more[4]), more[5]) if len(more) > 2 else None,
        )


def lines_of(detail: Mapping[str, Any]) -> list[LeaveLine]:
    """The days of a stored outcome; none of one that is about an employee."""
    return [LeaveLine.from_json(line) for line in detail.get(LEAVE, ())]
