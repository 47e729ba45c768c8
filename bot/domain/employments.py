"""Employments of one person beside and after each other.

Which one reaches furthest decides, never which one began last: of an open employment from 2020 and one of the spring
of 2021, the open one goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.employee import Employment


@dataclass(frozen=True, slots=True)
class EmploymentRun:
    """Employments without a day between them, overlapping ones too, oldest first. There is at least one."""

    employments: tuple[Employment, ...]

    @property
    def start(self) -> date:
        """The first day."""
        return self.employments[0].start

    @property
    def end(self) -> date | None:
        """The last day, inclusive; None while any of them is open."""
        return end_of(self.employments)

    @property
    def furthest(self) -> Employment:
        """The employment that ends last; of several, the one that began first."""
        return max(self.employments, key=lambda employment: employment.end or date.max)


def end_of(employments: Iterable[Employment]) -> date | None:
    """The last day on which any of the employments runs; None while one is open, and where there is none."""
    ends = [employment.end for employment in employments]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def ordered(employments: Iterable[Employment]) -> list[Employment]:
    """The employments by first day, without those that end before they begin."""
    whole = (employment for employment in employments if not _is_backwards(employment))
    return sorted(whole, key=lambda employment: employment.start)


def runs(employments: Iterable[Employment]) -> list[EmploymentRun]:
    """The runs of some employments, oldest first."""
    groups: list[list[Employment]] = []
    reach: date | None = None
    for employment in ordered(employments):
        if groups and (reach is None or employment.start <= _day_after(reach)):
            groups[-1].append(employment)
        else:
            groups.append([employment])
        reach = end_of(groups[-1])
    return [EmploymentRun(tuple(group)) for group in groups]


def overlaps(employments: Iterable[Employment]) -> Iterator[tuple[Employment, Employment]]:
    """Each employment that begins before all earlier ones have ended, behind the one of those that reaches furthest."""
    furthest: Employment | None = None
    for employment in ordered(employments):
        if furthest is not None and (furthest.end is None or employment.start <= furthest.end):
            yield furthest, employment
        if furthest is None or (employment.end or date.max) > (furthest.end or date.max):
            furthest = employment


def _is_backwards(employment: Employment) -> bool:
    return employment.end is not None and employment.end < employment.start


def _day_after(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day
