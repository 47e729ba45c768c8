"""What the source does not say of its own numbers, found out from them: the scale of `extent`, and whether hours are
what is left after it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot.domain.leave import LeaveDay

ScheduledHours = Callable[[LeaveDay], Decimal | None]
"""What the person would have worked on a row's day; None where no work week is known."""

_NEAR = Decimal("0.02")
_FULL = Decimal(100)


class ExtentScale(StrEnum):
    """How the source writes a whole day. UNDECIDED: nothing seen tells, so extents are not used."""

    PERCENT = "percent"
    FRACTION = "fraction"
    UNDECIDED = "undecided"


class HoursMeaning(StrEnum):
    """Whether hours of a graded day are what is away (NET), or the whole day's (GROSS)."""

    NET = "net"
    GROSS = "gross"
    MIXED = "mixed"
    UNDECIDED = "undecided"


class ExtentContradiction(Exception):
    """A row is written in another scale than all before: the source cannot be trusted with it, and absence stops."""


def extent_scale(
    rows: Iterable[LeaveDay], scheduled: ScheduledHours, known: ExtentScale = ExtentScale.UNDECIDED
) -> ExtentScale:
    """The scale that the rows show, with the verdict of earlier runs. Raises `ExtentContradiction`."""
    above = whole_at_one = False
    for row in rows:
        if row.extent is None:
            continue
        above = above or row.extent > 1
        if row.extent == 1 and not whole_at_one:
            day = scheduled(row)
            whole_at_one = day is not None and day > 0 and _near(row.hours, day)
    if above and (whole_at_one or known is ExtentScale.FRACTION):
        raise ExtentContradiction("extent is above 1 and was a fraction")
    if whole_at_one and known is ExtentScale.PERCENT:
        raise ExtentContradiction("a whole day has the extent 1 and it was a percentage")
    if above:
        return ExtentScale.PERCENT
    return ExtentScale.FRACTION if whole_at_one else known


def percent_of(row: LeaveDay, scale: ExtentScale) -> Decimal | None:
    """A row's extent in percent; None where there is none or the scale is not known."""
    if row.extent is None or scale is ExtentScale.UNDECIDED:
        return None
    return row.extent if scale is ExtentScale.PERCENT else row.extent * 100


@dataclass(frozen=True, slots=True)
class HoursVerdict:
    """What graded rows say, and which of them have the hours of the whole day."""

    meaning: HoursMeaning
    gross: tuple[LeaveDay, ...] = ()


def hours_meaning(rows: Iterable[LeaveDay], scheduled: ScheduledHours, scale: ExtentScale) -> HoursVerdict:
    """Compare the hours of graded rows with the scheduled ones."""
    net = 0
    gross: list[LeaveDay] = []
    for row in rows:
        percent = percent_of(row, scale)
        day = scheduled(row)
        if percent is None or not 0 < percent < _FULL or not day:
            continue
        if _near(row.hours, day * percent / 100):
            net += 1
        elif _near(row.hours, day):
            gross.append(row)
    if gross:
        return HoursVerdict(HoursMeaning.MIXED if net else HoursMeaning.GROSS, tuple(gross))
    return HoursVerdict(HoursMeaning.NET if net else HoursMeaning.UNDECIDED)


def _near(left: Decimal, right: Decimal) -> bool:
    return abs(left - right) <= _NEAR
