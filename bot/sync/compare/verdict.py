"""What a comparison said of somebody in whom nothing was to be written, and for how long that holds.

A comparison is made of what the source and the target show of a person, of what is remembered of them and was decided,
and of all that is the same for everybody. While none of it is another, and no day has come on which anything of it
turns out otherwise, it would say the same again. `bot.sync.plan.verdicts` keeps and asks; `README.md` beside this
module has the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

from bot.domain.employee import Employee
from bot.domain.record import Record
from bot.providers.protocol import Desired
from bot.sync.checks.compensation import RECENT_DAYS
from bot.sync.checks.duplicates import KINDS, Marks
from bot.sync.checks.norwegian import FIRST_DAY_OF_2032_RULE
from bot.sync.compare.change_detection import AROUND, days_of, own_days_of

_DAY = timedelta(days=1)
_KINDS = {kind[0]: kind for kind in KINDS}
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """That nothing is to be written. `key` is a keyed digest of all that the comparison was made of. It holds from the
    day on which it was made (`looked`) to the day before `until`. `marks` must be the person's own, and `said` is what
    the plan has of them beside that, as JSON."""

    key: str
    looked: date
    until: date
    marks: Marks
    said: str

    def holds_on(self, today: date) -> bool:
        """Whether nothing that turns on a day has changed: False on days before the look as well."""
        return self.looked <= today < self.until

    def to_json(self) -> list[Any]:
        """A JSON-able form."""
        marks = [part for kind, mark in self.marks for part in (kind[0], mark)]
        return [self.key, self.looked.toordinal(), self.until.toordinal(), self.said, *marks]

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> Self:
        """The verdict that `to_json` wrote."""
        key, looked, until, said, *marks = data
        pairs = zip(marks[::2], marks[1::2], strict=True)
        own = tuple((_KINDS[kind], mark) for kind, mark in pairs)
        return cls(key, date.fromordinal(looked), date.fromordinal(until), own, said)


def holds_until(employee: Employee, desired: Desired, held: Record, today: date, *, told: bool) -> date | None:
    """The first day on which a comparison of these two might say something else; None where that may be any day now.

    `told` says that something was found. What is found of a day to come may name how far it is, and the century of an
    identity number goes by the day it is read on: such a comparison holds for the day.
    """
    days = [*days_of(employee, today), *_other_days(employee, desired, held)]
    if any(abs(day - today) <= AROUND for day in days) or desired.believed_days == 0:
        return None
    if told and any(day > today for day in own_days_of(employee)):
        return today + _DAY
    if employee.identity is not None and employee.birth_date is None:
        return today + _DAY
    until = min((day - AROUND for day in days if day > today), default=date.max)
    return until if desired.believed_days is None else min(until, today + timedelta(days=desired.believed_days))


def _other_days(employee: Employee, desired: Desired, held: Record) -> Iterator[date]:
    """The days besides those that are somebody's own in the source."""
    yield FIRST_DAY_OF_2032_RULE
    for pay in employee.compensations:
        yield from _later(pay.effective, RECENT_DAYS)
    yield from (one.until for one in employee.misread if one.until is not None)
    yield from (value for one in employee.misread for _, value in one.values if isinstance(value, date))
    for own in employee.custom.values():
        if isinstance(own, str) and _DATED.match(own):
            yield from _read(own[:10])
    for record in (desired.record, held):
        for part in record:
            yield from part.key
            yield from (value for value in part.values.values() if isinstance(value, date))
    yield from (day for _, days in desired.when_new for day in days)
    yield from (day for _, day, _ in (*desired.when_empty, *desired.when_other))


def _later(day: date, days: int) -> Iterator[date]:
    try:
        yield day + timedelta(days=days)
    except OverflowError:
        return


def _read(text: str) -> Iterator[date]:
    try:
        yield date.fromisoformat(text)
    except ValueError:
        return
