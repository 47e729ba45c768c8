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
_FEW = 2
"""People whose rows may contradict all others without anything being said of the source."""


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


@dataclass(frozen=True, slots=True)
class ExtentVerdict:
    """The scale, and the employees (ids) whose rows are written in another one than everybody else's."""

    scale: ExtentScale
    odd: frozenset[str] = frozenset()


def extent_verdict(
    rows: Iterable[LeaveDay], scheduled: ScheduledHours, known: ExtentScale = ExtentScale.UNDECIDED
) -> ExtentVerdict:
    """What the rows show, with the verdict of earlier runs. A few people's rows decide for nobody else's.

    Raises `ExtentContradiction` where there is nobody else, or where more than a few contradict, not outnumbered.
    """
    percent, fraction, graded, everybody = set[str](), set[str](), set[str](), set[str]()
    for row in rows:
        everybody.add(row.employee_id)
        if row.extent is None:
            continue
        graded.add(row.employee_id)
        if row.extent > 1:
            percent.add(row.employee_id)
        elif row.extent == 1 and row.employee_id not in fraction:
            day = scheduled(row)
            if day is not None and day > 0 and _near(row.hours, day):
                fraction.add(row.employee_id)
    if known is ExtentScale.UNDECIDED and len(percent) > len(fraction):
        known = ExtentScale.PERCENT
    elif known is ExtentScale.UNDECIDED and len(fraction) > len(percent):
        known = ExtentScale.FRACTION
    odd = {
        ExtentScale.FRACTION: percent,
        ExtentScale.PERCENT: fraction,
        ExtentScale.UNDECIDED: percent | fraction,
    }[known]
    if odd and (odd == everybody or (len(odd) > _FEW and len(odd) >= len(graded - odd))):
        raise ExtentContradiction("rows are written in another scale than before, or in two")
    return ExtentVerdict(known, frozenset(odd))


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
        # Most rows are of whole days, and say nothing: their work week is not looked for.
        if percent is None or not 0 < percent < _FULL or not (day := scheduled(row)):
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
