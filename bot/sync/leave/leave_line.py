"""One day, or one leave of absence, of somebody's stored outcome: what it was, what it is, and what became of it. Pure.

Private: it says why somebody is away. Beside an outcome it is sealed under `LEAVE`, and only the private file shows it.
What was found of somebody's days is beside it under `TOLD`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from bot.core.text import Text
from bot.domain.leave_delivery import RowReference
from bot.domain.resource import LeaveWay
from bot.sync.leave.day_applier import DayOutcomeKind

LEAVE = "leave"
TOLD = "leave_told"

RELEASED = "released"
"""The reason of a day that is no longer ours (left the scope, type not sent any more) and stays in the target."""


HALF_DONE = "half_done"
"""The reason of a day that is the rest of a change which an earlier run was stopped in the middle of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPeriod:
    """A leave of absence as the target shows it: a row, and what is in it; `last` is None while it goes on."""

    row: RowReference
    code: str = field(repr=False)
    first: date
    last: date | None
    percent: Decimal = field(repr=False)

    def to_json(self) -> list[Any]:
        """As it is sealed."""
        last = self.last.isoformat() if self.last is not None else None
        return [self.row.target_id, self.row.version, self.code, self.first.isoformat(), last, str(self.percent)]

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> FoundPeriod:
        """What `to_json` wrote."""
        target_id, version, code, first, last, percent = data
        return cls(
            row=RowReference(target_id, version),
            code=code,
            first=date.fromisoformat(first),
            last=date.fromisoformat(last) if last else None,
            percent=Decimal(percent),
        )


@dataclass(frozen=True, slots=True)
class LeavePlace:
    """Where a line stands in the ledger: `sequence` is the number of the latest entry that was known, 0 for none.

    `parents` are the ids of its leaves, and `reference` is a leave of absence's own id in the target. `found` is what
    the target shows of that one, and `moves_end` whether its last day alone differs.
    """

    sequence: int
    child: str = field(default="", repr=False)
    parents: tuple[str, ...] = ()
    reference: str = ""
    found: FoundPeriod | None = field(default=None, repr=False)
    moves_end: bool = False

    def to_json(self) -> list[Any]:
        """As it is sealed."""
        found = self.found.to_json() if self.found is not None else None
        return [self.sequence, self.child, list(self.parents), self.reference, found, self.moves_end]

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> LeavePlace:
        """The place that `to_json` wrote; a former version did not write what was found."""
        sequence, child, parents, reference, *more = data
        found = FoundPeriod.from_json(more[0]) if more and more[0] is not None else None
        return cls(sequence, child, tuple(parents), reference, found, bool(more and more[1]))


FORMER_PLACE = 6
"""So many values follow a line's reason where a former version wrote the four of its place one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveLine:
    """`old` and `new` are hours of a day, and percent of a leave of absence, whose `last` is None while it goes on.

    `key` is the keyed hash that the ledger knows it by, "" where an earlier version kept none. `place` is what an
    answer is booked with: lines that wait for a person have it. `types` are the names of the leave types that it comes
    from, as far as the source still says so.
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
    types: tuple[str, ...] = field(default=(), repr=False)

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
            where.to_json() if where is not None else None,
            list(self.types),
        ]

    @classmethod
    def from_json(cls, data: list[Any]) -> LeaveLine:
        """The line that `to_json` wrote; former versions wrote neither way nor key, and the place not as one."""
        kind, first, last, code, old, new, reason, *more = data
        way = more[0] if more else LeaveWay.DAY if first == last else LeaveWay.PERIOD
        where = more[2:6] if len(more) >= FORMER_PLACE else more[2] if len(more) > 2 else None
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
            place=LeavePlace.from_json(where) if where is not None else None,
            types=tuple(more[3]) if 2 < len(more) < FORMER_PLACE else (),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveTold:
    """Something that was found of somebody's days: texts `leave.<code>` and `.advice`. It is about days from `first` to
    `last`, `days` of them, or about no day (None). `blocking`: these days were not sent. `types` are names of leave
    types."""

    code: str
    first: date | None = None
    last: date | None = None
    days: int = 0
    blocking: bool = False
    types: tuple[str, ...] = field(default=(), repr=False)

    def to_json(self) -> list[Any]:
        """As it is sealed."""
        ends = [day.isoformat() if day is not None else None for day in (self.first, self.last)]
        return [self.code, *ends, self.days, self.blocking, list(self.types)]

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> LeaveTold:
        """What `to_json` wrote."""
        code, first, last, days, blocking, types = data
        return cls(
            code=code,
            first=date.fromisoformat(first) if first else None,
            last=date.fromisoformat(last) if last else None,
            days=days,
            blocking=blocking,
            types=tuple(types),
        )


def told_of(detail: Mapping[str, Any]) -> list[LeaveTold]:
    """What was found of the days of a stored outcome."""
    return [LeaveTold.from_json(told) for told in detail.get(TOLD, ())]


def lines_of(detail: Mapping[str, Any]) -> list[LeaveLine]:
    """The days of a stored outcome; none of one that is about an employee."""
    return [LeaveLine.from_json(line) for line in detail.get(LEAVE, ())]
