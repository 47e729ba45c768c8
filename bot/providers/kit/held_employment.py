"""Employments of a target that cannot be told by their first day, and so neither be compared nor written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class HeldEmployment:
    """The days of an employment as a target shows them; None for one that is missing or no date.

    `days` are those from which its rows hold. `has_end` is False where there is a last day that is no date.
    """

    start: date | None
    days: Sequence[date | None] = ()
    has_end: bool = True


def unclear_employments(employments: Iterable[HeldEmployment]) -> dict[date | None, Finding]:
    """Why employments are unclear, by their first day; None for one whose first day cannot be read: it may be any."""
    found: dict[date | None, Finding] = {}
    starts: Counter[date] = Counter()
    for held in employments:
        if held.start is None:
            found[None] = _unreadable("start_date")
            continue
        starts[held.start] += 1
        twice = [day for day, rows in Counter(held.days).items() if day is not None and rows > 1]
        if not held.has_end:
            found[held.start] = _unreadable("end_date")
        elif None in held.days:
            found[held.start] = _unreadable("start_date")
        elif twice:
            found[held.start] = Finding("terms.twice_in_target", Severity.BLOCKING, "salary", {"day": min(twice)})
    for start, rows in starts.items():
        if rows > 1:
            found[start] = Finding("employment.twice_in_target", Severity.BLOCKING, "start_date", {"start": start})
    return found


def _unreadable(field: str) -> Finding:
    return Finding("employment.unreadable_in_target", Severity.BLOCKING, field)
